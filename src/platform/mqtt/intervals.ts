/** mqtt.js's own timer, over our clock: its keep-alive then does not depend on how a browser treats hidden tabs. */
import type { Clock } from '../../shared/clock.ts';

export interface Intervals {
  set(call: () => void, everyMs: number): number;
  clear(id: number): void;
}

export function intervalsOf(clock: Clock): Intervals {
  const running = new Map<number, AbortController>();
  let lastId = 0;
  return {
    set(call, everyMs) {
      const stopped = new AbortController();
      const id = ++lastId;
      running.set(id, stopped);
      void (async () => {
        for (;;) {
          await clock.sleep(everyMs, stopped.signal);
          if (stopped.signal.aborted) return;
          call();
        }
      })();
      return id;
    },
    clear(id) {
      running.get(id)?.abort();
      running.delete(id);
    },
  };
}
