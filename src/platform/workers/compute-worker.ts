/** The compute worker: one request, one reply; stopped by being terminated. Knows only the job table. */
import type { JobName } from '../../ports/jobs.ts';
import { jobTable } from './job-table.ts';
import type { JobReply, JobRequest } from './messages.ts';

interface WorkerScope {
  onmessage: ((event: MessageEvent<JobRequest>) => void) | null;
  postMessage(message: JobReply, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;

function perform<J extends JobName>({ job, input }: JobRequest<J>): JobReply<J> {
  try {
    return { kind: 'done', output: jobTable[job](input) };
  } catch (thrown) {
    return { kind: 'failed', why: thrown instanceof Error ? thrown.message : 'unknown error' };
  }
}

/** Large results are handed over, not copied. */
function buffersOf(reply: JobReply): Transferable[] {
  return reply.kind === 'done' && 'deflated' in reply.output ? [reply.output.deflated.buffer] : [];
}

scope.onmessage = ({ data }) => {
  const reply = perform(data);
  scope.postMessage(reply, buffersOf(reply));
};
