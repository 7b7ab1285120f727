/** Heavy work off the page's thread. Adapter: platform/workers; in Node the same jobs run in place. */
import type { Outcome, RunOptions } from '../shared/outcome.ts';
import type { Bytes } from '../shared/bytes.ts';

/** A domain adds its own jobs by declaring them here (pki/import/import-job.ts); platform/workers/job-table.ts runs them. */
export interface Jobs {
  deflate: { input: { bytes: Uint8Array }; output: { deflated: Bytes } };
  md5: { input: { bytes: Uint8Array }; output: { hex: string } };
}

export type JobName = keyof Jobs;
export type JobInput<J extends JobName> = Jobs[J]['input'];
export type JobOutput<J extends JobName> = Jobs[J]['output'];

/** What a job may ask of whoever runs it. */
export interface JobClock {
  /** The time of `work` does not count against the job's `timeoutMs`; it has a limit of its own (a minute in workers). */
  uncounted<T>(work: () => Promise<T>): Promise<T>;
}

export interface JobRunner {
  /** Rejects with the job's own AppError, or with jobs.failed (details.isLate when `timeoutMs` ran out). */
  run<J extends JobName>(job: J, input: JobInput<J>, options: RunOptions): Promise<Outcome<JobOutput<J>>>;
}
