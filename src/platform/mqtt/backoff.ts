/** How long to wait before the next attempt: exponential with full jitter, so that many pages do not return at once. */

export interface BackoffOptions {
  /** Upper bound of the first wait. */
  readonly firstMs: number;
  /** Upper bound of every wait. */
  readonly maxMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface Backoff {
  /** The next wait in ms; its upper bound doubles from call to call. */
  next(): number;
  reset(): void;
}

/** Below this a broker that closes at once would be hammered. */
const shortestWaitMs = 250;

export function fullJitterBackoff(options: BackoffOptions): Backoff {
  let attempt = 0;
  return {
    next: () => {
      const upperBoundMs = Math.min(options.maxMs, options.firstMs * 2 ** attempt);
      attempt = Math.min(attempt + 1, 30);
      return Math.max(shortestWaitMs, Math.round(options.random() * upperBoundMs));
    },
    reset: () => {
      attempt = 0;
    },
  };
}
