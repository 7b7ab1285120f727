/** One pool of workers for the whole page, fetched when it is first wanted. */
import type { JobRunner } from '../../ports/jobs.ts';

/** Boards that are written at once share the pool, instead of starting one each. */
export function sharedJobs(): () => Promise<JobRunner> {
  let pool: Promise<JobRunner> | null = null;
  return () => {
    pool ??= import('./worker-jobs.ts').then(({ WorkerJobs }) => new WorkerJobs());
    // What could not be fetched may be fetched later.
    pool.catch(() => (pool = null));
    return pool;
  };
}
