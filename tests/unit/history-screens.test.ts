// What the history's screens compute: aligned chart data, ranges, words, typed thresholds, and values in °F.
import { describe, expect, it } from 'vitest';
import { alignedLines, nearestPlace, type ChartLine } from '../../src/ui/history/chart-data.ts';
import { panned, zoomed } from '../../src/ui/history/chart-range.ts';
import { bytesWords, keepingLook } from '../../src/ui/history/keeping-words.ts';
import { curveOf, type Curve } from '../../src/telemetry/history/curve.ts';
import { quantityLook } from '../../src/telemetry/quantity-looks.ts';
import {
  differenceWords,
  keptDifference,
  keptValue,
  shownDifference,
  shownValue,
  valueWords,
} from '../../src/telemetry/shown-values.ts';
import { AppError } from '../../src/shared/errors.ts';
import { pointsOf, startMs } from './history-kit.ts';

const curve = (points: Parameters<typeof pointsOf>[0]): Curve =>
  curveOf(
    { points: pointsOf(points), buckets: [], unreadableCount: 0 },
    { fromMs: startMs, toMs: startMs + 3_600_000, places: 100 },
  );
const line = (id: string, of: Curve): ChartLine => ({
  id,
  name: id,
  unit: '',
  decimals: 1,
  colour: 0,
  curve: of,
  above: null,
  below: null,
});
const at = (seconds: number): number => startMs + seconds * 1000;

describe('the data of a chart', () => {
  it('has a null where a series has a gap, and nothing where only another one has a moment', () => {
    const { columns } = alignedLines([
      line(
        'a',
        curve([
          [at(0), 1],
          [at(10), 2],
          [at(300), 3],
          [at(310), 4],
        ]),
      ),
      line(
        'b',
        curve([
          [at(5), 7],
          [at(10), 8],
          [at(20), 9],
        ]),
      ),
    ]);
    expect(columns[0]).toEqual([0, 5, 10, 20, 155, 300, 310].map((s) => startMs / 1000 + s));
    expect(columns[1]).toEqual([1, undefined, 2, undefined, null, 3, 4]);
    expect(columns[2]).toEqual([undefined, 7, 8, 9, undefined, undefined, undefined]);
  });

  it('names the readings that stand alone, and those that the broker had kept', () => {
    const { lone, retained, columns } = alignedLines([
      line(
        'a',
        curve([
          [at(0), 1],
          [at(1000), 2, 1],
          [at(2000), 3],
          [at(2010), 4],
        ]),
      ),
    ]);
    expect(lone[0]?.map((place) => columns[1]?.[place])).toEqual([1, 2]);
    expect(retained[0]?.map((place) => columns[1]?.[place])).toEqual([2]);
  });

  it('has the spread of gathered places, but not of many lines', () => {
    const dense = curve(Array.from({ length: 1_000 }, (_, i) => [at(i * 3), i % 7] as const));
    expect(alignedLines([line('a', dense)]).columns).toHaveLength(4);
    const many = Array.from({ length: 5 }, (_, i) => line(`s${i}`, dense));
    expect(alignedLines(many).columns).toHaveLength(6);
  });

  it('finds the place nearest to the cursor', () => {
    const found = curve([
      [at(0), 1],
      [at(10), 2],
      [at(20), 3],
    ]);
    expect([-99, 4, 6, 14, 999].map((s) => nearestPlace(found, at(s)))).toEqual([0, 0, 1, 1, 2]);
    expect(nearestPlace(curve([]), at(0))).toBeNull();
  });
});

describe('moving a chart', () => {
  const range = { fromMs: 0, toMs: 100_000 };

  it('zooms about a moment, which stays where it is', () => {
    expect(zoomed(range, 25_000, 0.5)).toEqual({ fromMs: 12_500, toMs: 62_500 });
    expect(zoomed(range, 25_000, 1e-9)).toEqual({ fromMs: 22_500, toMs: 32_500 });
  });

  it('does not leave for the future', () => {
    expect(panned(range, 1e9, 100_000)).toEqual({ fromMs: 50_000, toMs: 150_000 });
    expect(panned(range, -1e6, 100_000)).toEqual({ fromMs: -1e6, toMs: -900_000 });
  });
});

describe('values as a person reads them', () => {
  const temperature = quantityLook('temperature');

  it('are in °C or °F whatever the device speaks, and come back', () => {
    expect(valueWords(21.5, temperature, 'F')).toBe('70.7 °F');
    expect(valueWords(70.7, quantityLook('temp_f'), 'C')).toBe('21.5 °C');
    expect(valueWords(41, quantityLook('humidity'), 'F')).toBe('41 %');
    expect(differenceWords(2, temperature, 'F')).toBe('3.6 °F');
    for (const value of [-40, 0, 21.5]) {
      expect(keptValue(shownValue(value, temperature, 'F'), temperature, 'F')).toBeCloseTo(value, 9);
      expect(keptDifference(shownDifference(value, temperature, 'F'), temperature, 'F')).toBeCloseTo(
        value,
        9,
      );
    }
  });

  it('of sizes have a unit that fits', () => {
    expect([12, 12_345, 12_345_678, 12_345_678_901].map(bytesWords)).toEqual([
      '12 bytes',
      '12.3 kB',
      '12.3 MB',
      '12.35 GB',
    ]);
  });
});

describe('the words of keeping', () => {
  const recorder = { failure: null, unsavedSinceMs: null, lostCount: 0, refusedCount: 0 };
  const state = (change: object) => ({
    role: 'recording' as const,
    recorder,
    upkeepFailure: null,
    ...change,
  });

  it('tell the states apart', () => {
    expect(keepingLook(state({}), true).word).toBe('Being kept');
    expect(keepingLook(state({}), false).word).toBe('Kept until the page closes');
    expect(keepingLook(state({ role: 'waiting' }), true).word).toBe('Kept by another tab');
    expect(keepingLook(state({ role: 'idle' }), true).word).toBe('Not being kept');
    const full = { ...recorder, failure: new AppError('storage.full'), unsavedSinceMs: startMs };
    expect(keepingLook(state({ recorder: full }), true)).toMatchObject({ tone: 'bad' });
    expect(keepingLook(state({ recorder: full }), true).more).toContain('held in memory');
    expect(keepingLook(state({ recorder: { ...full, lostCount: 1200 } }), true).more).toContain(
      '1,200 readings',
    );
  });
});
