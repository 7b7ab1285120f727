/** The compute worker: one request, one reply; stopped by being terminated. Knows only the job table. */
import type { JobClock, JobName, JobOutput } from '../../ports/jobs.ts';
import { AppError } from '../../shared/errors.ts';
import { jobOf } from './job-table.ts';
import type { ClockNotice, JobReply, JobRequest } from './messages.ts';

interface WorkerScope {
  onmessage: ((event: MessageEvent<JobRequest>) => void) | null;
  postMessage(message: JobReply | ClockNotice, transfer?: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;

const clock: JobClock = {
  async uncounted(work) {
    scope.postMessage({ kind: 'clock', counts: false });
    try {
      return await work();
    } finally {
      scope.postMessage({ kind: 'clock', counts: true });
    }
  },
};

async function perform<J extends JobName>({ job, input }: JobRequest<J>): Promise<JobReply<J>> {
  try {
    const output: JobOutput<J> = await jobOf(job)(input, clock);
    return { kind: 'done', output };
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : 'unknown error';
    if (!(thrown instanceof AppError)) return { kind: 'failed', why };
    return { kind: 'failed', why, error: { code: thrown.code, details: thrown.details } };
  }
}

/** Large results are handed over, not copied. */
function buffersOf(reply: JobReply): Transferable[] {
  return reply.kind === 'done' && 'deflated' in reply.output ? [reply.output.deflated.buffer] : [];
}

scope.onmessage = ({ data }) =>
  void perform(data).then((reply) => {
    scope.postMessage(reply, buffersOf(reply));
  });
