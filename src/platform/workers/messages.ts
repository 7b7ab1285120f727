/** What page and worker say to each other. */
import type { JobInput, JobName, JobOutput } from '../../ports/jobs.ts';
import type { ErrorCode, ErrorDetails } from '../../shared/errors.ts';

export interface JobRequest<J extends JobName = JobName> {
  readonly job: J;
  readonly input: JobInput<J>;
}

export type JobReply<J extends JobName = JobName> =
  | { readonly kind: 'done'; readonly output: JobOutput<J> }
  | {
      readonly kind: 'failed';
      readonly why: string;
      /** The job's own AppError, which does not survive the way as a class. */
      readonly error?: { readonly code: ErrorCode; readonly details: ErrorDetails };
    };

/** From the worker in between: whether the time from now on counts. */
export interface ClockNotice {
  readonly kind: 'clock';
  readonly counts: boolean;
}
