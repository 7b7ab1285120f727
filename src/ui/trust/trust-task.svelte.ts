/** One piece of work that a form waits for: busy, progress, failure, cancelled. Knows no work. */
import { asAppError, type AppError } from '../../shared/errors.ts';
import type { Progress, RunOptions } from '../../shared/outcome.ts';

/** RSA-4096 on a slow phone, several at once. */
const TIMEOUT_MS = 600_000;

export class TrustTask {
  isRunning = $state(false);
  progress = $state.raw<Progress | null>(null);
  failure = $state.raw<AppError | null>(null);
  #abort: AbortController | null = null;

  /** True when the work was done; false when it failed or was cancelled. */
  async run(work: (options: RunOptions) => Promise<unknown>): Promise<boolean> {
    const abort = new AbortController();
    this.#abort = abort;
    this.isRunning = true;
    this.failure = this.progress = null;
    try {
      const onProgress = (progress: Progress): void => void (this.progress = progress);
      await work({ signal: abort.signal, timeoutMs: TIMEOUT_MS, onProgress });
      return !abort.signal.aborted;
    } catch (thrown) {
      this.failure = asAppError(thrown);
      return false;
    } finally {
      this.isRunning = false;
      this.progress = null;
    }
  }

  cancel(): void {
    this.#abort?.abort();
  }
}
