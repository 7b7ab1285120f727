/**
 * One reading on its way into the history, and which readings are kept at all. Knows nothing of storage.
 */
import { largestValue } from '../readings.ts';

/** `retained`: kept by the broker from before, so nobody knows when it was measured. */
export type SampleSource = 'live' | 'retained' | 'import';

export interface Sample {
  readonly deviceId: string;
  /** For example "temperature". */
  readonly quantity: string;
  /** Unix ms. */
  readonly atMs: number;
  readonly value: number;
  readonly source: SampleSource;
}

/** What a sample is told by in storage; index in the codec. */
export const sampleSources: readonly SampleSource[] = ['live', 'retained', 'import'];

const separator = '\u001f';

export const seriesIdOf = (deviceId: string, quantity: string): string =>
  `${deviceId}${separator}${quantity}`;

export function seriesOf(id: string): { readonly deviceId: string; readonly quantity: string } {
  const at = id.indexOf(separator);
  return { deviceId: id.slice(0, Math.max(0, at)), quantity: id.slice(at + 1) };
}

/** Before and after these no page's clock is right. */
export const earliestMs = Date.UTC(2000, 0, 1);
export const latestMs = Date.UTC(2100, 0, 1);

/** NaN, the infinities and numbers beyond what a sensor can mean are not kept, nor what has no time. */
export const isKeepable = (atMs: number, value: number): boolean =>
  Math.abs(value) <= largestValue && atMs >= earliestMs && atMs < latestMs;
