/** Heavy work off the page's thread. Adapter: platform/workers; in Node the same jobs run in place. */
import type { Outcome, RunOptions } from '../shared/outcome.ts';
import type { Bytes } from '../shared/bytes.ts';

export interface Jobs {
  deflate: { input: { bytes: Uint8Array }; output: { deflated: Bytes } };
  md5: { input: { bytes: Uint8Array }; output: { hex: string } };
}

export type JobName = keyof Jobs;
export type JobInput<J extends JobName> = Jobs[J]['input'];
export type JobOutput<J extends JobName> = Jobs[J]['output'];

export interface JobRunner {
  run<J extends JobName>(job: J, input: JobInput<J>, options: RunOptions): Promise<Outcome<JobOutput<J>>>;
}
