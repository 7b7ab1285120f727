/** What each job does, the same in a worker and in place. Knows no messages. */
import { zlibSync } from 'fflate';
import type {} from '../../pki/export/pkcs12-job.ts';
import type {} from '../../pki/import/import-job.ts';
import type { JobClock, JobInput, JobName, JobOutput } from '../../ports/jobs.ts';
import { md5Hex } from '../../shared/md5.ts';

type JobTable = {
  readonly [J in JobName]: (input: JobInput<J>, clock: JobClock) => JobOutput<J> | Promise<JobOutput<J>>;
};

export const jobTable = {
  // Time on the wire outweighs time in the worker: the smallest stream is the fastest. A larger hash table (mem: 12 takes
  // 32 MB a call) makes no stream smaller and each one many times slower.
  deflate: ({ bytes }: JobInput<'deflate'>) => ({ deflated: zlibSync(bytes, { level: 9, mem: 4 }) }),
  md5: ({ bytes }: JobInput<'md5'>) => ({ hex: md5Hex(bytes) }),
  // Fetched when the first file is brought: flashing needs none of it.
  import: async (input: JobInput<'import'>, clock: JobClock) =>
    (await import('../../pki/import/import-job.ts')).runImport(input, clock),
  pkcs12: async (input: JobInput<'pkcs12'>) =>
    (await import('../../pki/export/pkcs12-job.ts')).runPkcs12(input),
} satisfies JobTable;

/** The same table, for a job that is only known when it runs. */
export const jobOf = <J extends JobName>(job: J): JobTable[J] => jobTable[job];
