/** Curves of several series on one time axis, as uPlot takes them: null is a gap, undefined only another's moment. Pure. */
import type { Curve } from '../../telemetry/history/curve.ts';

export interface ChartLine {
  /** Of the series; tells whether a drawing can stay. */
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly decimals: number;
  /** Which of the chart's colours. */
  readonly colour: number;
  readonly curve: Curve;
  /** Where values begin to be out of bounds, in the unit that is shown. */
  readonly above: number | null;
  readonly below: number | null;
}

export interface ChartRange {
  readonly fromMs: number;
  readonly toMs: number;
}

type Column = (number | null | undefined)[];

export interface AlignedLines {
  /** Unix seconds, then the lines' means, then for each line with a spread its least and greatest. */
  readonly columns: readonly [number[], ...Column[]];
  /** By line: places that have no neighbour and would not be seen as a line. */
  readonly lone: readonly (readonly number[])[];
  /** By line: places of what the broker had kept. */
  readonly retained: readonly (readonly number[])[];
  /** Lines that are drawn with their spread. */
  readonly spread: readonly number[];
}

/** More spreads than these hide each other. */
const mostSpreads = 4;

export function alignedLines(lines: readonly ChartLine[]): AlignedLines {
  const curves = lines.map(({ curve }) => curve);
  const times = sharedTimes(curves);
  const places = curves.map((curve) => placesIn(curve, times));
  const column = (line: number, of: 'means' | 'mins' | 'maxs'): Column =>
    filled(times.length, curves[line]?.[of] ?? [], places[line] ?? null);
  const isSpread = lines.length <= mostSpreads;
  const spread = curves.flatMap((curve, i) => (isSpread && hasSpread(curve) ? [i] : []));
  const joined = (found: readonly number[], line: number): number[] => {
    const at = places[line];
    return at ? found.map((place) => at[place] ?? 0) : [...found];
  };
  return {
    columns: [
      times.map((ms) => ms / 1000),
      ...lines.map((_, i) => column(i, 'means')),
      ...spread.flatMap((i) => [column(i, 'mins'), column(i, 'maxs')]),
    ],
    lone: curves.map((curve, i) => joined(lonePlaces(curve), i)),
    retained: curves.map((curve, i) => joined(curve.retained, i)),
    spread,
  };
}

const hasSpread = ({ mins, maxs }: Curve): boolean => mins.some((min, i) => min < (maxs[i] ?? min));

function lonePlaces({ means }: Curve): number[] {
  const isThere = (i: number): boolean => i >= 0 && i < means.length && !Number.isNaN(means[i]);
  return means.flatMap((_, i) => (isThere(i) && !isThere(i - 1) && !isThere(i + 1) ? [i] : []));
}

/** Every moment of every curve, once. Sensors of one device speak at the same moments: then there is nothing to merge. */
function sharedTimes(curves: readonly Curve[]): number[] {
  const first = curves[0]?.timesMs ?? [];
  const isSame = curves.every(
    ({ timesMs }) => timesMs.length === first.length && timesMs.every((ms, i) => ms === first[i]),
  );
  if (isSame) return first;
  return [...new Set(curves.flatMap(({ timesMs }) => timesMs))].sort((a, b) => a - b);
}

/** Where each of a curve's places is among all; null when they are all. */
function placesIn({ timesMs }: Curve, times: readonly number[]): number[] | null {
  if (timesMs.length === times.length) return null;
  let at = -1;
  return timesMs.map((ms) => {
    do at += 1;
    while (at < times.length && times[at] !== ms);
    return at;
  });
}

function filled(size: number, values: readonly number[], places: readonly number[] | null): Column {
  const column: Column = places ? new Array<undefined>(size).fill(undefined) : new Array<null>(size);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    column[places ? (places[i] ?? 0) : i] = Number.isNaN(value) ? null : value;
  }
  return column;
}

/** The place nearest to a moment; null without any. */
export function nearestPlace({ timesMs }: Curve, atMs: number): number | null {
  if (timesMs.length === 0) return null;
  let [low, high] = [0, timesMs.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesMs[middle] ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  const isBefore = low > 0 && atMs - (timesMs[low - 1] ?? 0) <= (timesMs[low] ?? 0) - atMs;
  return isBefore ? low - 1 : low;
}
