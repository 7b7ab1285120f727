/** What page and worker say to each other. */
import type { JobInput, JobName, JobOutput } from '../../ports/jobs.ts';

export interface JobRequest<J extends JobName = JobName> {
  readonly job: J;
  readonly input: JobInput<J>;
}

export type JobReply<J extends JobName = JobName> =
  | { readonly kind: 'done'; readonly output: JobOutput<J> }
  | { readonly kind: 'failed'; readonly why: string };
