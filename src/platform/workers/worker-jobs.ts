/** JobRunner over web workers. Cancelling or running late terminates the job's worker; the next job gets a fresh one. */
import type { JobInput, JobName, JobOutput, JobRunner } from '../../ports/jobs.ts';
import { AppError } from '../../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import computeWorkerUrl from './compute-worker.ts?worker&url';
import { JobDeadline } from './job-deadline.ts';
import type { ClockNotice, JobReply } from './messages.ts';
import { WorkerPool, type WorkerPort } from './worker-pool.ts';
import { trustedWorkerUrl } from './worker-url.ts';

/** One flashes, one prepares: more would only compete for the memory bus. */
const WORKERS = 2;

type Ending<J extends JobName> = JobReply<J> | { readonly kind: 'cancelled' } | { readonly kind: 'late' };

export class WorkerJobs implements JobRunner {
  readonly #pool: WorkerPool;

  /** @param start makes a worker; by default the page's own compute worker. */
  constructor(start: () => WorkerPort = startComputeWorker) {
    this.#pool = new WorkerPool(start, WORKERS);
  }

  /** @throws AppError jobs.failed, or the job's own */
  async run<J extends JobName>(
    job: J,
    input: JobInput<J>,
    options: RunOptions,
  ): Promise<Outcome<JobOutput<J>>> {
    if (options.signal.aborted) return cancelled;
    const worker = await this.#pool.borrow(options.signal);
    if (!worker) return cancelled;
    const ending = await ended<J>(worker, { job, input }, options);
    if (ending.kind === 'done') {
      this.#pool.giveBack(worker);
      return done(ending.output);
    }
    this.#pool.discard(worker);
    if (ending.kind === 'cancelled') return cancelled;
    throw failureOf(job, ending, options.timeoutMs);
  }
}

function failureOf(
  job: JobName,
  ending: Extract<Ending<JobName>, { kind: 'late' | 'failed' }>,
  timeoutMs: number,
): AppError {
  if (ending.kind === 'late') {
    return new AppError('jobs.failed', {
      details: { job, why: `no result within ${timeoutMs} ms`, isLate: true },
    });
  }
  if (ending.error) return new AppError(ending.error.code, { details: ending.error.details });
  return new AppError('jobs.failed', { details: { job, why: ending.why } });
}

function startComputeWorker(): WorkerPort {
  return new Worker(trustedWorkerUrl(computeWorkerUrl), { type: 'module', name: 'signet-compute' });
}

/** Resolves with the first of: reply, crash, cancel, time out. */
function ended<J extends JobName>(
  worker: WorkerPort,
  request: { job: J; input: JobInput<J> },
  { signal, timeoutMs }: RunOptions,
): Promise<Ending<J>> {
  // It may have been cancelled while the worker was handed over.
  if (signal.aborted) return Promise.resolve({ kind: 'cancelled' });
  return new Promise((resolve) => {
    const finish = (ending: Ending<J>): void => {
      deadline.clear();
      signal.removeEventListener('abort', cancel);
      worker.onmessage = worker.onerror = worker.onmessageerror = null;
      resolve(ending);
    };
    const cancel = (): void => finish({ kind: 'cancelled' });
    const deadline = new JobDeadline(timeoutMs, () => finish({ kind: 'late' }));
    signal.addEventListener('abort', cancel);
    worker.onmessage = ({ data }) => {
      const message = data as JobReply<J> | ClockNotice;
      if (message.kind === 'clock') deadline.count(message.counts);
      else finish(message);
    };
    worker.onerror = (event) => finish({ kind: 'failed', why: event.message || 'the worker did not start' });
    worker.onmessageerror = () => finish({ kind: 'failed', why: 'the reply could not be read' });
    worker.postMessage(request);
  });
}
