/** Readings of one series in typed arrays, ascending in time, each told only once. Pure. */
import { sampleSources, type SampleSource } from './sample.ts';

export interface Points {
  /** Unix ms, whole, ascending. */
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  /** Index into `sampleSources`. */
  readonly sources: Uint8Array;
}

export const noPoints: Points = {
  timesMs: new Float64Array(0),
  values: new Float64Array(0),
  sources: new Uint8Array(0),
};

export const retainedMark = sampleSources.indexOf('retained' satisfies SampleSource);

/** Grows as readings arrive, in whatever order. */
export class PointList {
  #timesMs = new Float64Array(16);
  #values = new Float64Array(16);
  #sources = new Uint8Array(16);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(atMs: number, value: number, source: number): void {
    if (this.#size === this.#timesMs.length) this.#grow();
    this.#timesMs[this.#size] = Math.round(atMs);
    this.#values[this.#size] = value;
    this.#sources[this.#size] = source;
    this.#size += 1;
  }

  /** A copy of what was added from `first` to before `end`, ascending and without what is there twice. */
  points(first = 0, end = this.#size): Points {
    return tidied({
      timesMs: this.#timesMs.slice(first, end),
      values: this.#values.slice(first, end),
      sources: this.#sources.slice(first, end),
    });
  }

  #grow(): void {
    const size = this.#size * 2;
    const [times, values, sources] = [new Float64Array(size), new Float64Array(size), new Uint8Array(size)];
    times.set(this.#timesMs);
    values.set(this.#values);
    sources.set(this.#sources);
    [this.#timesMs, this.#values, this.#sources] = [times, values, sources];
  }
}

/** One after the other, then as {@link tidied}. */
export function mergedPoints(parts: readonly Points[]): Points {
  const filled = parts.filter(({ timesMs }) => timesMs.length > 0);
  if (filled.length <= 1) return filled[0] ?? noPoints;
  const size = filled.reduce((sum, { timesMs }) => sum + timesMs.length, 0);
  const all = {
    timesMs: new Float64Array(size),
    values: new Float64Array(size),
    sources: new Uint8Array(size),
  };
  let at = 0;
  for (const part of filled) {
    all.timesMs.set(part.timesMs, at);
    all.values.set(part.values, at);
    all.sources.set(part.sources, at);
    at += part.timesMs.length;
  }
  return tidied(all);
}

/** Those with fromMs ≤ time < toMs, as views. */
export function pointsBetween(points: Points, fromMs: number, toMs: number): Points {
  const [from, to] = [firstAtOrAfter(points.timesMs, fromMs), firstAtOrAfter(points.timesMs, toMs)];
  if (from === 0 && to === points.timesMs.length) return points;
  return {
    timesMs: points.timesMs.subarray(from, to),
    values: points.values.subarray(from, to),
    sources: points.sources.subarray(from, to),
  };
}

export function firstAtOrAfter(timesMs: Float64Array, atMs: number): number {
  let [low, high] = [0, timesMs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesMs[middle] ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Ascending; what has the same time, value and source as another is there once: a replayed journal adds nothing. */
function tidied(points: Points): Points {
  const { timesMs } = points;
  for (let i = 1; i < timesMs.length; i++) {
    if ((timesMs[i] ?? 0) <= (timesMs[i - 1] ?? 0)) return sortedOnce(points);
  }
  return points;
}

function sortedOnce({ timesMs, values, sources }: Points): Points {
  const at = (array: Float64Array | Uint8Array, i: number): number => array[i] ?? 0;
  const order = Array.from(timesMs, (_, i) => i).sort(
    (a, b) =>
      at(timesMs, a) - at(timesMs, b) ||
      at(values, a) - at(values, b) ||
      at(sources, a) - at(sources, b) ||
      a - b,
  );
  const isRepeat = (i: number, before: number | undefined): boolean =>
    before !== undefined &&
    at(timesMs, i) === at(timesMs, before) &&
    at(values, i) === at(values, before) &&
    at(sources, i) === at(sources, before);
  const kept = order.filter((i, rank) => !isRepeat(i, order[rank - 1]));
  return {
    timesMs: Float64Array.from(kept, (i) => at(timesMs, i)),
    values: Float64Array.from(kept, (i) => at(values, i)),
    sources: Uint8Array.from(kept, (i) => at(sources, i)),
  };
}
