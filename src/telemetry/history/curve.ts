/**
 * What a chart draws of one series: at most so many places as it has room for, each with the least, the mean and the
 * greatest of what lies there, and a place of NaN wherever nothing was measured. Pure.
 */
import { isGapBefore } from './gaps.ts';
import { stretchesOf, type SeriesHistory, type Stretches } from './stretches.ts';

/** Columns of equal length, ascending in time. */
export interface Curve {
  readonly timesMs: number[];
  /** NaN: a gap. */
  readonly means: number[];
  readonly mins: number[];
  readonly maxs: number[];
  /** Places of what the broker had kept from before: its time is when it came, not when it was measured. */
  readonly retained: number[];
}

export interface CurveFrame {
  readonly fromMs: number;
  readonly toMs: number;
  /** Places the chart has room for: its width in pixels. */
  readonly places: number;
}

export function curveOf(history: SeriesHistory, frame: CurveFrame): Curve {
  const row = stretchesOf(history);
  const size = row.startsMs.length;
  const isGathered = size > frame.places;
  // Places begin at multiples of their width, so that nothing flickers while the frame moves.
  const placeMs = Math.max(1, (frame.toMs - frame.fromMs) / frame.places);
  const curve = new CurveMaker();
  let place = Number.NaN;
  for (let i = 0; i < size; i++) {
    const middleMs = (row.startsMs[i] ?? 0) + (row.widthsMs[i] ?? 0) / 2;
    const next = isGathered ? Math.floor(middleMs / placeMs) : i;
    if (isGapBefore(row, i)) curve.gap(middleMs);
    else if (next !== place) curve.close();
    place = next;
    curve.add(row, i, middleMs);
  }
  return curve.finish();
}

class CurveMaker {
  readonly #made: Curve = { timesMs: [], means: [], mins: [], maxs: [], retained: [] };
  #count = 0;
  #timeMs = 0;
  #mean = 0;
  #min = Infinity;
  #max = -Infinity;

  add(row: Stretches, i: number, middleMs: number): void {
    const count = row.counts[i] ?? 1;
    this.#count += count;
    this.#timeMs += ((middleMs - this.#timeMs) * count) / this.#count;
    this.#mean += (((row.means[i] ?? 0) - this.#mean) * count) / this.#count;
    this.#min = Math.min(this.#min, row.mins[i] ?? 0);
    this.#max = Math.max(this.#max, row.maxs[i] ?? 0);
    if (row.retained[i] === 1) this.#made.retained.push(this.#made.timesMs.length);
  }

  /** Ends the place, if there is anything in it. */
  close(): void {
    if (this.#count === 0) return;
    this.#push(this.#timeMs, [this.#mean, this.#min, this.#max]);
    [this.#count, this.#timeMs, this.#mean, this.#min, this.#max] = [0, 0, 0, Infinity, -Infinity];
  }

  gap(nextMs: number): void {
    const betweenMs = (this.#timeMs + nextMs) / 2;
    this.close();
    this.#push(betweenMs, [NaN, NaN, NaN]);
  }

  finish(): Curve {
    this.close();
    return this.#made;
  }

  #push(timeMs: number, [mean, min, max]: readonly [number, number, number]): void {
    this.#made.timesMs.push(timeMs);
    this.#made.means.push(mean);
    this.#made.mins.push(min);
    this.#made.maxs.push(max);
  }
}
