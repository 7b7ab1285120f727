/**
 * How long the code under measurement slept on purpose: timers that fired. Polling (1 ms) and the board's own EN delay
 * (10 ms) stay below the threshold; time-outs that were cleared did not fire.
 */
const LEAST_COUNTED_MS = 20;

/** Seconds of deliberate waiting during `work`. Not for overlapping use. */
export async function countWaits(work: () => Promise<unknown>): Promise<number> {
  const original = globalThis.setTimeout;
  let waitedMs = 0;
  const counting = ((callback: () => void, ms = 0) =>
    original(() => {
      if (ms >= LEAST_COUNTED_MS) waitedMs += ms;
      callback();
    }, ms)) as typeof setTimeout;
  globalThis.setTimeout = counting;
  try {
    await work();
  } finally {
    globalThis.setTimeout = original;
  }
  return waitedMs / 1000;
}
