/** Says when the authority tier has lain unused for too long. Knows no keys. */
import type { Clock } from '../shared/clock.ts';

export const IDLE_LIMIT_MS = 5 * 60_000;

export interface IdleTimer {
  /** Unix ms at which it will expire unless touched again. */
  readonly expiresAtMs: number;
  /** True once the limit has passed on either clock: one may stand still in a sleeping computer, the other be set back. */
  readonly isExpired: boolean;
  touch(): void;
  stop(): void;
}

/** Runs until stopped or expired; `onExpired` is called once. */
export function startIdleTimer(clock: Clock, onExpired: () => void): IdleTimer {
  const stopped = new AbortController();
  let touchedAt = { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  const idleMs = (): number =>
    Math.max(clock.nowMs() - touchedAt.wallMs, clock.monotonicMs() - touchedAt.monotonicMs);
  const wait = async (): Promise<void> => {
    while (!stopped.signal.aborted && idleMs() < IDLE_LIMIT_MS) {
      await clock.sleep(IDLE_LIMIT_MS - idleMs(), stopped.signal);
    }
    if (!stopped.signal.aborted) onExpired();
  };
  void wait();
  return {
    get expiresAtMs() {
      return touchedAt.wallMs + IDLE_LIMIT_MS;
    },
    get isExpired() {
      return idleMs() >= IDLE_LIMIT_MS;
    },
    touch: () => {
      touchedAt = { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    },
    stop: () => stopped.abort(),
  };
}
