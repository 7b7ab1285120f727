/**
 * Down-sampling: readings of one series gathered into equal stretches of time, each with how many, the least, the mean
 * and the greatest. A stretch without readings has no bucket. Pure.
 */
import { retainedMark, type Points } from './points.ts';

/** Columns of equal length, ascending in time. */
export interface Buckets {
  readonly widthMs: number;
  /** Unix ms of each bucket's beginning, a multiple of the width. */
  readonly startsMs: Float64Array;
  readonly counts: Float64Array;
  readonly mins: Float64Array;
  readonly means: Float64Array;
  readonly maxs: Float64Array;
}

export interface Bucket {
  readonly startMs: number;
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** What the broker had kept is left out: nobody knows when it was measured. */
export function bucketsOfPoints(points: Points, widthMs: number): Buckets {
  const made = new BucketList(widthMs);
  for (let i = 0; i < points.timesMs.length; i++) {
    if (points.sources[i] === retainedMark) continue;
    const value = points.values[i] ?? 0;
    made.add({ startMs: points.timesMs[i] ?? 0, count: 1, min: value, mean: value, max: value });
  }
  return made.buckets();
}

/** @param widthMs a multiple of the buckets' own. */
export function coarserBuckets(buckets: Buckets, widthMs: number): Buckets {
  const made = new BucketList(widthMs);
  for (let i = 0; i < buckets.startsMs.length; i++) made.add(bucketAt(buckets, i));
  return made.buckets();
}

/** Of the same width; where both have one, it stands for all readings of both. */
export function mergedBuckets(a: Buckets, b: Buckets): Buckets {
  if (a.startsMs.length === 0) return b;
  const made = new BucketList(a.widthMs);
  let [i, j] = [0, 0];
  while (i < a.startsMs.length || j < b.startsMs.length) {
    const isFirst = (a.startsMs[i] ?? Infinity) <= (b.startsMs[j] ?? Infinity);
    made.add(isFirst ? bucketAt(a, i++) : bucketAt(b, j++));
  }
  return made.buckets();
}

export const bucketAt = (buckets: Buckets, i: number): Bucket => ({
  startMs: buckets.startsMs[i] ?? 0,
  count: buckets.counts[i] ?? 0,
  min: buckets.mins[i] ?? 0,
  mean: buckets.means[i] ?? 0,
  max: buckets.maxs[i] ?? 0,
});

/** Takes what comes in ascending order and puts together what falls into one stretch. */
class BucketList {
  readonly #widthMs: number;
  readonly #columns: readonly [number[], number[], number[], number[], number[]] = [[], [], [], [], []];

  constructor(widthMs: number) {
    this.#widthMs = widthMs;
  }

  add(next: Bucket): void {
    const [starts, counts, mins, means, maxs] = this.#columns;
    const startMs = Math.floor(next.startMs / this.#widthMs) * this.#widthMs;
    const last = starts.length - 1;
    if (last < 0 || starts[last] !== startMs) {
      starts.push(startMs);
      counts.push(next.count);
      mins.push(next.min);
      means.push(next.mean);
      maxs.push(next.max);
      return;
    }
    const count = (counts[last] ?? 0) + next.count;
    const mean = means[last] ?? 0;
    counts[last] = count;
    means[last] = mean + ((next.mean - mean) * next.count) / count;
    mins[last] = Math.min(mins[last] ?? 0, next.min);
    maxs[last] = Math.max(maxs[last] ?? 0, next.max);
  }

  buckets(): Buckets {
    const [startsMs, counts, mins, means, maxs] = this.#columns;
    return {
      widthMs: this.#widthMs,
      startsMs: Float64Array.from(startsMs),
      counts: Float64Array.from(counts),
      mins: Float64Array.from(mins),
      means: Float64Array.from(means),
      maxs: Float64Array.from(maxs),
    };
  }
}
