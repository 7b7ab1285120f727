/** Waiting for the next of many small events, for several who wait at once. Knows not what the events are. */
import type { Clock } from '../../shared/clock.ts';

export class Signals {
  readonly #wakers = new Set<() => void>();

  /** Wakes everybody who waits now. */
  ring(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  /** Resolves with the next {@link ring}, or after `ms`. */
  async next(clock: Clock, ms?: number): Promise<void> {
    const over = new AbortController();
    const rung = new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#wakers.delete(wake);
        resolve();
      };
      over.signal.addEventListener('abort', wake, { once: true });
      this.#wakers.add(wake);
    });
    await Promise.race([rung, ...(ms === undefined ? [] : [clock.sleep(ms, over.signal)])]);
    over.abort();
  }
}
