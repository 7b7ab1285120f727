/** Bytes on the flash as speed and time left. Knows no clock: times are passed in. */
export interface FlashProgress {
  /** Bytes on the flash, not on the wire. */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Null in the first moments, when a figure would be a guess. */
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

/** Shorter than this says nothing about the rest. */
const LEAST_MEASURED_MS = 300;

/** @param elapsedMs since the first byte was sent. */
export function progressAt(doneBytes: number, totalBytes: number, elapsedMs: number): FlashProgress {
  if (elapsedMs < LEAST_MEASURED_MS || doneBytes === 0) {
    return { doneBytes, totalBytes, bytesPerSecond: null, secondsLeft: null };
  }
  const bytesPerSecond = Math.round((doneBytes * 1000) / elapsedMs);
  const secondsLeft = Math.ceil((totalBytes - doneBytes) / bytesPerSecond);
  return { doneBytes, totalBytes, bytesPerSecond, secondsLeft };
}
