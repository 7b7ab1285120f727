/**
 * A clock that jumps to the next sleeper as soon as nothing else is going on, so that waits cost no time and a loaded
 * machine changes no outcome.
 */
import type { Clock } from '../../src/shared/clock.ts';

/** Turns of the event loop without any sleep begun or ended, after which everybody waits for time. */
const QUIET_TURNS = 4;

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

export class SimulatedClock implements Clock {
  #nowMs = 0;
  #activity = 0;
  #isWatching = false;
  readonly #sleepers = new Set<Sleeper>();

  nowMs(): number {
    return 1_790_000_000_000 + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', wake);
        this.#activity += 1;
        resolve();
      };
      const sleeper: Sleeper = { atMs: this.#nowMs + ms, wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', wake);
      this.#activity += 1;
      this.#watch();
    });
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    let seen = this.#activity;
    let quietTurns = 0;
    const turn = (): void => {
      if (this.#sleepers.size === 0) {
        this.#isWatching = false;
        return;
      }
      quietTurns = seen === this.#activity ? quietTurns + 1 : 0;
      seen = this.#activity;
      if (quietTurns > QUIET_TURNS) {
        quietTurns = 0;
        this.#wakeNext();
      }
      setImmediate(turn);
    };
    setImmediate(turn);
  }

  #wakeNext(): void {
    const next = [...this.#sleepers].reduce((first, other) => (other.atMs < first.atMs ? other : first));
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.wake();
  }
}
