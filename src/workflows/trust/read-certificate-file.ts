/** A file or text that somebody brings, read by the job `import`. Keeps nothing. */
import type {} from '../../pki/import/import-job.ts';
import { MAX_FILE_BYTES, type ImportedFile } from '../../pki/import/items.ts';
import type { JobRunner } from '../../ports/jobs.ts';
import { AppError } from '../../shared/errors.ts';
import type { Outcome } from '../../shared/outcome.ts';

/** Reading takes milliseconds; whatever takes this long is no certificate. Key derivation is not counted. */
const TIMEOUT_MS = 5_000;

export interface BroughtFile {
  readonly bytes: Uint8Array;
  /** Null until the person gave one. */
  readonly password: string | null;
}

/** Throws pki.import-slow and what the job throws (pki/import/read-file.ts). */
export async function readCertificateFile(
  env: { readonly jobs: () => Promise<JobRunner> },
  file: BroughtFile,
  signal: AbortSignal,
): Promise<Outcome<ImportedFile>> {
  // Refused before it is copied into the worker.
  if (file.bytes.length > MAX_FILE_BYTES) {
    throw new AppError('pki.import-too-large', { details: { sizeBytes: file.bytes.length } });
  }
  try {
    const { bytes, password } = file;
    return await (await env.jobs()).run('import', { bytes, password }, { signal, timeoutMs: TIMEOUT_MS });
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.details['isLate'] !== true) throw thrown;
    throw new AppError('pki.import-slow', { details: { timeoutMs: TIMEOUT_MS } });
  }
}
