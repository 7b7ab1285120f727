/**
 * How long operations are run and how they end. Cancelling is an outcome, never an error.
 */

/** What a running operation tells about itself; `unit` says what is counted. */
export interface Progress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes' | 'items' | 'steps';
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly onProgress?: (progress: Progress) => void;
}

export type Outcome<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'cancelled' };

export const done = <T>(value: T): Outcome<T> => ({ kind: 'done', value });
export const cancelled: Outcome<never> = { kind: 'cancelled' };
