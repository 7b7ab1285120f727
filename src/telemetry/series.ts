/**
 * The last readings of one quantity in typed arrays: they grow up to the capacity, then the newest push the oldest out.
 */

export interface SeriesWindow {
  /** Unix ms, ascending; typed arrays of the caller's own. */
  readonly timesMs: Float64Array;
  /** NaN marks a gap: nothing was measured there. */
  readonly values: Float64Array;
}

export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

export interface SeriesOptions {
  /** Most points kept. */
  readonly capacity: number;
  /** Shared with other series; absent for none. */
  readonly budget?: PointBudget;
}

/** Room for points that several series share: who comes late keeps fewer. */
export class PointBudget {
  #left: number;

  constructor(points: number) {
    this.#left = points;
  }

  /** False when that many are not left. */
  take(points: number): boolean {
    if (points > this.#left) return false;
    this.#left -= points;
    return true;
  }
}

/** Batches arrive a little out of order; a clock that is set back moves by more. */
const jitterMs = 1_000;

/** Room at the start: most of a thousand devices' series never need all of it. */
const firstPoints = 128;

export class Series {
  readonly #budget: PointBudget | null;
  #capacity: number;
  #timesMs: Float64Array;
  #values: Float64Array;
  #next = 0;
  #size = 0;
  #revision = 0;

  constructor(options: SeriesOptions) {
    this.#capacity = options.capacity;
    this.#budget = options.budget ?? null;
    this.#timesMs = new Float64Array(Math.min(firstPoints, options.capacity));
    this.#values = new Float64Array(this.#timesMs.length);
  }

  get size(): number {
    return this.#size;
  }

  /** Grows with every point: tells whether a drawing is still fresh. */
  get revision(): number {
    return this.#revision;
  }

  get last(): { readonly timeMs: number; readonly value: number } | null {
    if (this.#size === 0) return null;
    const at = this.#index(this.#size - 1);
    return { timeMs: this.#timesMs[at] ?? 0, value: this.#values[at] ?? Number.NaN };
  }

  append(timeMs: number, value: number): void {
    const last = this.last;
    if (last && timeMs < last.timeMs - jitterMs) this.#moveBack(last.timeMs - timeMs);
    if (this.#size === this.#timesMs.length && this.#size < this.#capacity) this.#grow();
    this.#timesMs[this.#next] = Math.max(timeMs, this.last?.timeMs ?? timeMs);
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#timesMs.length;
    this.#size = Math.min(this.#size + 1, this.#timesMs.length);
    this.#revision += 1;
  }

  /** The newest points, oldest first, at most `count`. */
  tail(count: number): SeriesWindow {
    const size = Math.min(count, this.#size);
    const timesMs = new Float64Array(size);
    const values = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      const at = this.#index(this.#size - size + i);
      timesMs[i] = this.#timesMs[at] ?? 0;
      values[i] = this.#values[at] ?? Number.NaN;
    }
    return { timesMs, values };
  }

  /** Points with fromMs ≤ time ≤ toMs; a NaN stands between two that lie more than `gapMs` apart. */
  window(fromMs: number, toMs: number, gapMs = Number.POSITIVE_INFINITY): SeriesWindow {
    const timesMs: number[] = [];
    const values: number[] = [];
    for (let i = this.#firstAtOrAfter(fromMs); i < this.#size; i++) {
      const at = this.#index(i);
      const timeMs = this.#timesMs[at] ?? 0;
      if (timeMs > toMs) break;
      const previousMs = timesMs.at(-1);
      if (previousMs !== undefined && timeMs - previousMs > gapMs) {
        timesMs.push((previousMs + timeMs) / 2);
        values.push(Number.NaN);
      }
      timesMs.push(timeMs);
      values.push(this.#values[at] ?? Number.NaN);
    }
    return { timesMs: Float64Array.from(timesMs), values: Float64Array.from(values) };
  }

  /** Null when there is no point in the window. */
  summary(fromMs: number, toMs: number): Summary | null {
    let [count, min, max, sum] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    for (let i = this.#firstAtOrAfter(fromMs); i < this.#size; i++) {
      const at = this.#index(i);
      if ((this.#timesMs[at] ?? 0) > toMs) break;
      const value = this.#values[at] ?? Number.NaN;
      count += 1;
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
    }
    return count === 0 ? null : { count, min, max, mean: sum / count };
  }

  /** The page's clock was set back: what is there keeps its distances and ends before the new point. */
  #moveBack(byMs: number): void {
    for (let i = 0; i < this.#size; i++) {
      const at = this.#index(i);
      this.#timesMs[at] = (this.#timesMs[at] ?? 0) - byMs;
    }
  }

  #grow(): void {
    const length = Math.min(this.#capacity, this.#size * 2);
    if (this.#budget?.take(length - this.#size) === false) {
      this.#capacity = this.#size;
      return;
    }
    this.#timesMs = this.#unrolled(this.#timesMs, length);
    this.#values = this.#unrolled(this.#values, length);
    this.#next = this.#size;
  }

  #unrolled(ring: Float64Array, length: number): Float64Array {
    const grown = new Float64Array(length);
    grown.set(ring.subarray(this.#next));
    grown.set(ring.subarray(0, this.#next), ring.length - this.#next);
    return grown;
  }

  #index(i: number): number {
    return (this.#next - this.#size + i + this.#timesMs.length) % this.#timesMs.length;
  }

  #firstAtOrAfter(timeMs: number): number {
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timesMs[this.#index(middle)] ?? 0) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
