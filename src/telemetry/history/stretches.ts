/**
 * What was kept of one series in one ascending row, whatever its level: a reading is a stretch without length, a bucket
 * one of its width. Pure.
 */
import type { Buckets } from './buckets.ts';
import { retainedMark, type Points } from './points.ts';

export interface SeriesHistory {
  readonly points: Points;
  /** Of any widths. */
  readonly buckets: readonly Buckets[];
  /** Chunks that could not be read. */
  readonly unreadableCount: number;
}

/** Columns of equal length, ascending in time. */
export interface Stretches {
  readonly startsMs: Float64Array;
  /** 0 for a reading. */
  readonly widthsMs: Float64Array;
  readonly counts: Float64Array;
  readonly mins: Float64Array;
  readonly means: Float64Array;
  readonly maxs: Float64Array;
  /** 1: kept by the broker from before, its time unknown. */
  readonly retained: Uint8Array;
}

export function stretchesOf({ points, buckets }: SeriesHistory): Stretches {
  const size = buckets.reduce((sum, { startsMs }) => sum + startsMs.length, points.timesMs.length);
  const row = emptyStretches(size);
  let at = 0;
  for (const part of buckets) {
    row.startsMs.set(part.startsMs, at);
    row.widthsMs.fill(part.widthMs, at, at + part.startsMs.length);
    row.counts.set(part.counts, at);
    row.mins.set(part.mins, at);
    row.means.set(part.means, at);
    row.maxs.set(part.maxs, at);
    at += part.startsMs.length;
  }
  row.startsMs.set(points.timesMs, at);
  row.counts.fill(1, at);
  for (const column of [row.mins, row.means, row.maxs]) column.set(points.values, at);
  for (let i = 0; i < points.timesMs.length; i++) {
    row.retained[at + i] = points.sources[i] === retainedMark ? 1 : 0;
  }
  return ascending(row);
}

function emptyStretches(size: number): Stretches {
  const column = (): Float64Array => new Float64Array(size);
  return {
    startsMs: column(),
    widthsMs: column(),
    counts: column(),
    mins: column(),
    means: column(),
    maxs: column(),
    retained: new Uint8Array(size),
  };
}

/** Levels follow each other in time, unless something was imported into the past. */
function ascending(row: Stretches): Stretches {
  const { startsMs } = row;
  let isAscending = true;
  for (let i = 1; i < startsMs.length && isAscending; i++) {
    isAscending = (startsMs[i] ?? 0) >= (startsMs[i - 1] ?? 0);
  }
  if (isAscending) return row;
  const order = Array.from(startsMs, (_, i) => i).sort((a, b) => (startsMs[a] ?? 0) - (startsMs[b] ?? 0));
  const sorted = (column: Float64Array): Float64Array => Float64Array.from(order, (i) => column[i] ?? 0);
  return {
    startsMs: sorted(row.startsMs),
    widthsMs: sorted(row.widthsMs),
    counts: sorted(row.counts),
    mins: sorted(row.mins),
    means: sorted(row.means),
    maxs: sorted(row.maxs),
    retained: Uint8Array.from(order, (i) => row.retained[i] ?? 0),
  };
}
