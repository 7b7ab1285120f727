import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Series } from '../../src/telemetry/series.ts';

const filled = (capacity: number, points: readonly (readonly [number, number])[]): Series => {
  const series = new Series({ capacity });
  for (const [timeMs, value] of points) series.append(timeMs, value);
  return series;
};

describe('a series', () => {
  it('holds the newest points and nothing else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 5, 20, 128, 129, 300, 600),
        fc.array(fc.integer(), { maxLength: 1_000, size: 'max' }),
        (capacity, values) => {
          const series = filled(
            capacity,
            values.map((value, i) => [i * 1000, value]),
          );
          const window = series.window(-Infinity, Infinity);
          expect([...window.values]).toEqual(values.slice(-capacity));
          expect(series.size).toBe(Math.min(capacity, values.length));
        },
      ),
    );
  });

  it('gives exactly the points of a window, and their minimum, maximum and mean', () => {
    const ends = fc.tuple(fc.nat(120_000), fc.nat(120_000));
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -99, max: 99 }), { maxLength: 100 }),
        ends,
        (values, [from, to]) => {
          const points = values.map((value, i) => [i * 1000, value] as const);
          const series = filled(50, points);
          const wanted = points
            .slice(-50)
            .filter(([timeMs]) => timeMs >= from && timeMs <= to)
            .map(([, value]) => value);
          expect([...series.window(from, to).values]).toEqual(wanted);
          const summary = series.summary(from, to);
          if (wanted.length === 0) expect(summary).toBeNull();
          else {
            expect(summary).toMatchObject({
              min: Math.min(...wanted),
              max: Math.max(...wanted),
              count: wanted.length,
            });
            expect(summary?.mean).toBeCloseTo(wanted.reduce((a, b) => a + b, 0) / wanted.length);
          }
        },
      ),
    );
  });

  it('shows a gap as a gap', () => {
    const series = filled(9, [
      [0, 1],
      [10_000, 2],
      [100_000, 3],
    ]);
    const { timesMs, values } = series.window(0, 200_000, 30_000);
    expect([...values]).toEqual([1, 2, Number.NaN, 3]);
    expect([...timesMs]).toEqual([0, 10_000, 55_000, 100_000]);
  });

  it('loses nothing when the clock is set back: older points keep their distances', () => {
    const series = filled(9, [
      [1_000_000, 1],
      [1_010_000, 2],
      [500_000, 3],
      [510_000, 4],
    ]);
    const { timesMs, values } = series.window(-Infinity, Infinity);
    expect([...values]).toEqual([1, 2, 3, 4]);
    expect([...timesMs]).toEqual([490_000, 500_000, 500_000, 510_000]);
  });

  it('stays in order when a point is a little late', () => {
    const series = filled(9, [
      [1_000, 1],
      [600, 2],
      [1_400, 3],
    ]);
    expect([...series.window(0, 9_999).timesMs]).toEqual([1_000, 1_000, 1_400]);
  });
});
