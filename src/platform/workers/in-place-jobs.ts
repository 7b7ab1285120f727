/** JobRunner without workers: for Node, where nobody waits for a frame. */
import type { JobClock, JobInput, JobName, JobOutput, JobRunner } from '../../ports/jobs.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import { jobOf } from './job-table.ts';

/** Nothing is timed here. */
const clock: JobClock = { uncounted: (work) => work() };

export class InPlaceJobs implements JobRunner {
  async run<J extends JobName>(
    job: J,
    input: JobInput<J>,
    { signal }: RunOptions,
  ): Promise<Outcome<JobOutput<J>>> {
    // One turn of the event loop, so that a caller can cancel between jobs.
    await Promise.resolve();
    return signal.aborted ? cancelled : done(await jobOf(job)(input, clock));
  }
}
