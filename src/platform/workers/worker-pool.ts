/**
 * A few workers, made when needed, kept for a while when idle. Knows no job: it lends a worker and takes it back.
 */
export interface WorkerPort {
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
  terminate(): void;
}

/** The next job usually follows within a flash; afterwards the memory is better given back. */
const IDLE_MS = 15_000;

interface IdleWorker {
  readonly worker: WorkerPort;
  readonly expiry: ReturnType<typeof setTimeout>;
}

export class WorkerPool {
  readonly #start: () => WorkerPort;
  readonly #limit: number;
  readonly #idle: IdleWorker[] = [];
  readonly #queue: ((worker: WorkerPort) => void)[] = [];
  #alive = 0;

  constructor(start: () => WorkerPort, limit: number) {
    this.#start = start;
    this.#limit = limit;
  }

  /** Waits for a free worker; null when `signal` aborts first. */
  borrow(signal: AbortSignal): Promise<WorkerPort | null> {
    const free = this.#takeIdle() ?? this.#startOne();
    if (free) return Promise.resolve(free);
    return new Promise((resolve) => {
      const give = (worker: WorkerPort): void => {
        signal.removeEventListener('abort', leave);
        resolve(worker);
      };
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(give), 1);
        resolve(null);
      };
      this.#queue.push(give);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  giveBack(worker: WorkerPort): void {
    const next = this.#queue.shift();
    if (next) next(worker);
    else this.#idle.push({ worker, expiry: setTimeout(() => this.#expire(worker), IDLE_MS) });
  }

  /** Ends a worker in the middle of whatever it does; whoever waits gets a fresh one. */
  discard(worker: WorkerPort): void {
    worker.terminate();
    this.#alive -= 1;
    if (this.#queue.length === 0) return;
    const fresh = this.#startOne();
    if (fresh) this.giveBack(fresh);
  }

  #takeIdle(): WorkerPort | null {
    const idle = this.#idle.pop();
    if (!idle) return null;
    clearTimeout(idle.expiry);
    return idle.worker;
  }

  #expire(worker: WorkerPort): void {
    this.#idle.splice(
      this.#idle.findIndex((idle) => idle.worker === worker),
      1,
    );
    this.discard(worker);
  }

  #startOne(): WorkerPort | null {
    if (this.#alive >= this.#limit) return null;
    const worker = this.#start();
    this.#alive += 1;
    return worker;
  }
}
