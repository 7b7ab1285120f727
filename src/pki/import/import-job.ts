/** The job `import`: a file is read in a worker, which is ended when it takes too long. */
import type { JobClock } from '../../ports/jobs.ts';
import type { ImportedFile } from './items.ts';
import { readFile } from './read-file.ts';

export interface ImportInput {
  readonly bytes: Uint8Array;
  /** Null when none was given. */
  readonly password: string | null;
}

declare module '../../ports/jobs.ts' {
  interface Jobs {
    import: { input: ImportInput; output: ImportedFile };
  }
}

/** Throws what {@link readFile} throws. */
export const runImport = ({ bytes, password }: ImportInput, clock: JobClock): Promise<ImportedFile> =>
  readFile(bytes, { crypto, password, uncounted: (work) => clock.uncounted(work) });
