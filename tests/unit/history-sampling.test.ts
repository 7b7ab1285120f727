// Down-sampling, gaps and curves, against the plainest way to say the same.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bucketAt,
  bucketsOfPoints,
  coarserBuckets,
  mergedBuckets,
  type Bucket,
  type Buckets,
} from '../../src/telemetry/history/buckets.ts';
import { curveOf } from '../../src/telemetry/history/curve.ts';
import { isGapBefore } from '../../src/telemetry/history/gaps.ts';
import { pointsBetween, type Points } from '../../src/telemetry/history/points.ts';
import { stretchesOf } from '../../src/telemetry/history/stretches.ts';
import { summaryOf } from '../../src/telemetry/history/summary.ts';
import { anyPoints, pointsOf, startMs } from './history-kit.ts';

const listed = (buckets: Buckets): Bucket[] => Array.from(buckets.startsMs, (_, i) => bucketAt(buckets, i));

/** The oracle: every reading to its stretch, then plain sums. */
function naiveBuckets(points: Points, widthMs: number): Bucket[] {
  const groups = new Map<number, number[]>();
  points.timesMs.forEach((atMs, i) => {
    if (points.sources[i] === 1) return;
    const start = atMs - (atMs % widthMs);
    groups.set(start, [...(groups.get(start) ?? []), points.values[i] ?? 0]);
  });
  return [...groups].map(([start, values]) => ({
    startMs: start,
    count: values.length,
    min: Math.min(...values),
    mean: values.reduce((sum, value) => sum + value / values.length, 0),
    max: Math.max(...values),
  }));
}

function expectSame(found: readonly Bucket[], wanted: readonly Bucket[]): void {
  expect(found.map(({ startMs: at, count, min, max }) => [at, count, min, max])).toEqual(
    wanted.map(({ startMs: at, count, min, max }) => [at, count, min, max]),
  );
  found.forEach(({ mean, min, max }, i) => {
    const scale = Math.max(1, Math.abs(min), Math.abs(max));
    expect(Math.abs(mean - (wanted[i]?.mean ?? NaN))).toBeLessThan(scale * 1e-9);
  });
}

describe('down-sampling', () => {
  it('keeps how many, the least, the mean and the greatest of every stretch, as counted by hand', () => {
    fc.assert(
      fc.property(anyPoints, fc.constantFrom(1_000, 60_000, 900_000), (points, widthMs) => {
        expectSame(listed(bucketsOfPoints(points, widthMs)), naiveBuckets(points, widthMs));
      }),
    );
  });

  it('comes to the same by way of minutes, and in whatever pieces', () => {
    fc.assert(
      fc.property(anyPoints, fc.nat(200), (points, cut) => {
        const atMs = points.timesMs[cut] ?? startMs;
        const early = bucketsOfPoints(pointsBetween(points, 0, atMs), 60_000);
        const late = bucketsOfPoints(pointsBetween(points, atMs, Infinity), 60_000);
        expectSame(
          listed(coarserBuckets(mergedBuckets(late, early), 900_000)),
          naiveBuckets(points, 900_000),
        );
      }),
    );
  });
});

const history = (points: Points, buckets: Buckets[] = []) => ({ points, buckets, unreadableCount: 0 });
const every = (seconds: number, count: number, from = startMs): (readonly [number, number])[] =>
  Array.from({ length: count }, (_, i) => [from + i * seconds * 1000, 20 + i / 10] as const);
const gapsIn = (points: Points, buckets: Buckets[] = []): number[] => {
  const row = stretchesOf(history(points, buckets));
  return Array.from(row.startsMs, (_, i) => i).filter((i) => isGapBefore(row, i));
};

describe('a gap', () => {
  it('is a silence longer than three intervals and half a minute', () => {
    const at = (silenceS: number) =>
      gapsIn(pointsOf([...every(10, 6), ...every(10, 6, startMs + 50_000 + silenceS * 1000)]));
    expect([at(10), at(29), at(30), at(31), at(600)]).toEqual([[], [], [], [6], [6]]);
  });

  it('is none where readings come every five minutes, nor where the interval was changed', () => {
    expect(gapsIn(pointsOf(every(300, 20)))).toEqual([]);
    expect(gapsIn(pointsOf([...every(10, 20), ...every(300, 20, startMs + 490_000)]))).toEqual([]);
    expect(
      gapsIn(pointsOf([...every(300, 20), ...every(300, 5, startMs + 19 * 300_000 + 1_000_000)])),
    ).toEqual([20]);
  });

  it('shows in minutes as well: a whole minute without readings that came every ten seconds', () => {
    const minutes = bucketsOfPoints(
      pointsOf([...every(10, 30), ...every(10, 30, startMs + 360_000 + 60_000)]),
      60_000,
    );
    expect(gapsIn(pointsOf([]), [minutes])).toEqual([5]);
    const slow = bucketsOfPoints(pointsOf(every(300, 20)), 60_000);
    expect(gapsIn(pointsOf([]), [slow])).toEqual([]);
  });

  it('stands on both sides of what the broker had kept', () => {
    expect(
      gapsIn(
        pointsOf([
          [startMs, 1],
          [startMs + 1, 2, 1],
          [startMs + 2, 3],
        ]),
      ),
    ).toEqual([1, 2]);
  });
});

describe('a curve', () => {
  const frame = { fromMs: startMs, toMs: startMs + 86_400_000, places: 50 };

  it('never draws through a gap, keeps its places and every extreme', () => {
    fc.assert(
      fc.property(anyPoints, fc.integer({ min: 1, max: 60 }), (points, places) => {
        const curve = curveOf(history(points), { ...frame, places });
        expect([...curve.timesMs]).toEqual([...curve.timesMs].sort((a, b) => a - b));
        const seen = curve.means.filter((mean) => !Number.isNaN(mean));
        if (points.timesMs.length === 0) {
          expect(seen).toEqual([]);
          return;
        }
        expect(Math.min(...curve.mins.filter((v) => !Number.isNaN(v)))).toBe(Math.min(...points.values));
        expect(Math.max(...curve.maxs.filter((v) => !Number.isNaN(v)))).toBe(Math.max(...points.values));
        // As many interruptions as the row has gaps: none lost, none added.
        expect(curve.means.filter((mean) => Number.isNaN(mean)).length).toBe(gapsIn(points).length);
      }),
    );
  });

  it('shows readings as they are while there is room, and marks what the broker had kept', () => {
    const curve = curveOf(
      history(
        pointsOf([
          [startMs, 1],
          [startMs + 10_000, 2],
          [startMs + 20_000, 9, 1],
        ]),
      ),
      frame,
    );
    expect(curve.timesMs.filter((_, i) => !Number.isNaN(curve.means[i]))).toEqual([
      startMs,
      startMs + 10_000,
      startMs + 20_000,
    ]);
    expect(curve.retained.map((place) => curve.means[place])).toEqual([9]);
  });

  it('gathers a day of 100,000 readings into the places there are', () => {
    const points = pointsOf(
      Array.from({ length: 100_000 }, (_, i) => [startMs + i * 864, Math.sin(i)] as const),
    );
    const curve = curveOf(history(points), { ...frame, places: 1_000 });
    expect(curve.timesMs.length).toBeLessThanOrEqual(1_002);
  });
});

describe('the numbers of the visible range', () => {
  it('are those of the readings in it, whatever the levels', () => {
    fc.assert(
      fc.property(anyPoints, fc.nat(200), fc.nat(200), (points, a, b) => {
        const ends = [points.timesMs[a] ?? startMs, points.timesMs[b] ?? startMs + 1].sort((x, y) => x - y);
        const [fromMs = 0, toMs = 0] = ends;
        const values = Array.from(points.values).filter((_, i) => {
          const atMs = points.timesMs[i] ?? 0;
          return atMs >= fromMs && atMs < toMs && points.sources[i] !== 1;
        });
        const found = summaryOf(stretchesOf(history(points)), fromMs, toMs);
        if (values.length === 0) expect(found).toBeNull();
        else {
          expect(found).toMatchObject({
            count: values.length,
            min: Math.min(...values),
            max: Math.max(...values),
          });
          const mean = values.reduce((sum, value) => sum + value / values.length, 0);
          expect(Math.abs((found?.mean ?? NaN) - mean)).toBeLessThan(
            Math.max(1, ...values.map(Math.abs)) * 1e-9,
          );
        }
      }),
    );
  });
});
