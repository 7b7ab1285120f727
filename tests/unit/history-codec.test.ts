import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBuckets,
  decodeJournal,
  decodePoints,
  encodeBuckets,
  encodeJournal,
  encodePoints,
  roundedMeans,
} from '../../src/telemetry/history/chunk-codec.ts';
import { bucketsOfPoints } from '../../src/telemetry/history/buckets.ts';
import { mergedPoints, PointList, pointsBetween } from '../../src/telemetry/history/points.ts';
import { anyPoints, pointsOf, startMs } from './history-kit.ts';

const rows = (points: ReturnType<typeof pointsOf>): unknown[] =>
  Array.from(points.timesMs, (atMs, i) => [atMs, points.values[i], points.sources[i]]);

describe('a chunk of readings', () => {
  it('gives back the very same numbers, minus zero and the smallest double among them', () => {
    const doubles = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(anyPoints, fc.array(doubles, { maxLength: 30 }), (points, extra) => {
        expect(decodePoints(encodePoints(points))).toEqual(points);
        const odd = pointsOf([...extra, -0, 5e-324, 1e308, 2 ** 53].map((value, i) => [startMs + i, value]));
        const back = decodePoints(encodePoints(odd));
        expect(typeof back === 'string' ? [] : [...back.values]).toEqual([...odd.values]);
      }),
    );
  });

  it('takes about three bytes a reading where a sensor speaks every ten seconds in tenths', () => {
    const points = pointsOf(
      Array.from({ length: 60 }, (_, i) => [
        startMs + i * 10_000 + ((i * 37) % 40),
        23 + ((i * 7) % 11) / 10,
      ]),
    );
    expect(encodePoints(points).length).toBeLessThan(60 * 4);
  });

  it('is damaged after any changed byte and after any cut, and never throws', () => {
    const bytes = encodePoints(
      pointsOf([
        [startMs, 23.4],
        [startMs + 10_000, 23.5, 1],
        [startMs + 21_000, -1e-9],
      ]),
    );
    for (let at = 0; at < bytes.length; at++) {
      expect(decodePoints(bytes.subarray(0, at)), `cut at ${at}`).toBe('damaged');
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x41;
      expect(decodePoints(changed), `byte ${at}`).toBe(at === 1 ? 'newer' : 'damaged');
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => void decodePoints(noise)));
  });

  it('of a later version is left alone', () => {
    const bytes = encodePoints(pointsOf([[startMs, 1]]));
    bytes[1] = 2;
    expect(decodePoints(bytes)).toBe('newer');
  });
});

describe('a chunk of buckets', () => {
  it('gives back the very same numbers, means to seven digits', () => {
    fc.assert(
      fc.property(anyPoints, fc.constantFrom(1_000, 60_000, 900_000), (points, widthMs) => {
        const buckets = bucketsOfPoints(points, widthMs);
        expect(decodeBuckets(encodeBuckets(buckets))).toEqual({ ...buckets, means: roundedMeans(buckets) });
        roundedMeans(buckets).forEach((mean, i) => {
          const exact = buckets.means[i] ?? NaN;
          expect(Math.abs(mean - exact)).toBeLessThanOrEqual(1e-30 + Math.abs(exact) * 1e-7);
        });
      }),
    );
  });

  it('is not taken for readings', () => {
    expect(decodePoints(encodeBuckets(bucketsOfPoints(pointsOf([[startMs, 1]]), 60_000)))).toBe('damaged');
  });
});

describe('a journal entry', () => {
  it('holds many series', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyPoints, { maxKeys: 5 }), (series) => {
        const batch = new Map(Object.entries(series));
        expect(decodeJournal(encodeJournal(batch))).toEqual(batch);
      }),
    );
  });
});

describe('readings put together', () => {
  it('are ascending and there once, in whatever order and however often they came', () => {
    fc.assert(
      fc.property(anyPoints, fc.array(fc.nat(1_000)), (points, order) => {
        const list = new PointList();
        const all = Array.from(points.timesMs, (_, i) => i);
        // Every point at least once, some again, out of order.
        const shuffled = [...order.map((n) => n % Math.max(1, all.length)), ...all.reverse()];
        for (const i of shuffled.filter((n) => n < points.timesMs.length))
          list.add(points.timesMs[i] ?? 0, points.values[i] ?? 0, points.sources[i] ?? 0);
        expect(rows(list.points())).toEqual(rows(points));
        const half = (points.timesMs[points.timesMs.length >> 1] ?? startMs) + 1;
        const parts = [pointsBetween(points, half, Infinity), pointsBetween(points, 0, half), points];
        expect(rows(mergedPoints(parts))).toEqual(rows(points));
      }),
    );
  });
});
