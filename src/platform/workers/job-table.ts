/** What each job does: pure functions, the same in a worker and in place. Knows no messages. */
import { zlibSync } from 'fflate';
import type { JobInput, JobName, JobOutput } from '../../ports/jobs.ts';
import { md5Hex } from '../../shared/md5.ts';

type JobTable = { readonly [J in JobName]: (input: JobInput<J>) => JobOutput<J> };

export const jobTable: JobTable = {
  // Time on the wire outweighs time in the worker: the smallest stream is the fastest. A larger hash table (mem: 12 takes
  // 32 MB a call) makes no stream smaller and each one many times slower.
  deflate: ({ bytes }) => ({ deflated: zlibSync(bytes, { level: 9, mem: 4 }) }),
  md5: ({ bytes }) => ({ hex: md5Hex(bytes) }),
};
