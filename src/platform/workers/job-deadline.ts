/** When a job's time is over: counted time against its own limit, uncounted time (key derivation) against one for all. */

/** The largest number of rounds that a file may ask for takes some ten seconds on a slow computer. */
const UNCOUNTED_MS = 60_000;

export class JobDeadline {
  readonly #onLate: () => void;
  #leftMs: number;
  #uncountedLeftMs = UNCOUNTED_MS;
  #startedMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isCounting = true;

  constructor(timeoutMs: number, onLate: () => void) {
    this.#leftMs = timeoutMs;
    this.#onLate = onLate;
    this.#start(timeoutMs);
  }

  /** Stops the count, or goes on with what was left. */
  count(counts: boolean): void {
    if (counts === this.#isCounting) return;
    this.clear();
    const ranMs = performance.now() - this.#startedMs;
    if (counts) this.#uncountedLeftMs -= ranMs;
    else this.#leftMs -= ranMs;
    this.#isCounting = counts;
    this.#start(counts ? this.#leftMs : this.#uncountedLeftMs);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #start(ms: number): void {
    this.#startedMs = performance.now();
    this.#timer = setTimeout(this.#onLate, Math.max(ms, 0));
  }
}
