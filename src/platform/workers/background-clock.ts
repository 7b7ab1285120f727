/** A clock whose sleeps end in time in a tab that nobody looks at; where there is no worker, the page's own. */
import { systemClock, type Clock } from '../../shared/clock.ts';
import timerWorkerUrl from './timer-worker.ts?worker&url';
import type { TimerRequest } from './timer-worker.ts';
import type { WorkerPort } from './worker-pool.ts';
import { trustedWorkerUrl } from './worker-url.ts';

export function backgroundClock(start: () => WorkerPort = startTimerWorker): Clock {
  try {
    return new WorkerClock(start());
  } catch {
    return systemClock;
  }
}

const startTimerWorker = (): WorkerPort =>
  new Worker(trustedWorkerUrl(timerWorkerUrl), { type: 'module', name: 'signet-timers' });

class WorkerClock implements Clock {
  readonly #worker: WorkerPort;
  readonly #waiting = new Map<number, () => void>();
  #lastNumber = 0;
  #isBroken = false;

  constructor(worker: WorkerPort) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<number>) => this.#waiting.get(data)?.();
    worker.onerror = () => {
      this.#isBroken = true;
      for (const finish of [...this.#waiting.values()]) finish();
    };
  }

  nowMs(): number {
    return systemClock.nowMs();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isBroken || signal.aborted) return systemClock.sleep(ms, signal);
    const number = ++this.#lastNumber;
    return new Promise((resolve) => {
      const finish = (): void => {
        this.#waiting.delete(number);
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        this.#worker.postMessage({ number, afterMs: null } satisfies TimerRequest);
        finish();
      };
      this.#waiting.set(number, finish);
      signal.addEventListener('abort', stop);
      this.#worker.postMessage({ number, afterMs: ms } satisfies TimerRequest);
    });
  }
}
