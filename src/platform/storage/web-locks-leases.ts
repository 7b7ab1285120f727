/** Leases by Web Locks: the browser frees them when a tab ends, however it ends. */
import type { Leases } from '../../ports/leases.ts';

export class WebLocksLeases implements Leases {
  readonly #prefix: string;

  /** `prefix` keeps the demo's leases apart from the page's. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Waits for its turn. `lost` aborts when the holder's use ends, and would when the browser took the lease away. */
  async hold<T>(name: string, use: (lost: AbortSignal) => Promise<T>): Promise<T> {
    const lost = new AbortController();
    try {
      return await navigator.locks.request(`${this.#prefix}:${name}`, () => use(lost.signal));
    } finally {
      lost.abort();
    }
  }
}
