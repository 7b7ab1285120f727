// What the history tests share: a store whose writes fail when asked, readings, and a recorder on a clock of the test's own.
import fc from 'fast-check';
import { MemorySeriesStore } from '../../src/platform/storage/memory-series-store.ts';
import type { HistoryChange } from '../../src/ports/series-store.ts';
import { AppError, type ErrorCode } from '../../src/shared/errors.ts';
import type { Points } from '../../src/telemetry/history/points.ts';
import { pointsInJournal, readHistory } from '../../src/telemetry/history/read-history.ts';
import { seriesIdOf, type Sample } from '../../src/telemetry/history/sample.ts';
import type { SeriesHistory } from '../../src/telemetry/history/stretches.ts';

export const startMs = Date.UTC(2026, 10, 21, 12);
export const temperature = seriesIdOf('porch-1', 'temperature');

export const sampleAt = (atMs: number, value: number, source: Sample['source'] = 'live'): Sample => ({
  deviceId: 'porch-1',
  quantity: 'temperature',
  atMs,
  value,
  source,
});

/** Counts its writes; from the write `failFrom` on, `failCount` of them fail with `code`. */
export class FaultyStore extends MemorySeriesStore {
  writes = 0;
  failFrom = Infinity;
  failCount = Infinity;
  code: ErrorCode = 'storage.full';

  override commit(change: HistoryChange): Promise<number | null> {
    this.writes += 1;
    const isFailing = this.writes >= this.failFrom && this.writes < this.failFrom + this.failCount;
    if (isFailing) return Promise.reject(new AppError(this.code, { details: { what: 'test' } }));
    return super.commit(change);
  }

  override putDocument(name: string, value: unknown): Promise<void> {
    this.writes += 1;
    if (this.writes >= this.failFrom && this.writes < this.failFrom + this.failCount)
      return Promise.reject(new AppError(this.code, { details: { what: 'test' } }));
    return super.putDocument(name, value);
  }
}

/** As a page sees it that was opened afterwards: chunks and journal only. */
export const readAll = (
  store: MemorySeriesStore,
  series = temperature,
  [fromMs, toMs] = [0, Date.UTC(2099, 0)],
): Promise<SeriesHistory> => readHistory(store, (id) => pointsInJournal(store, id), { series, fromMs, toMs });

export const pointsOf = (
  list: readonly (readonly [atMs: number, value: number, source?: number])[],
): Points => ({
  timesMs: Float64Array.from(list, ([atMs]) => atMs),
  values: Float64Array.from(list, ([, value]) => value),
  sources: Uint8Array.from(list, ([, , source = 0]) => source),
});

/** Ascending, as sensors measure: steps of seconds with jitter, now and then hours; decimals or any double. */
export const anyPoints = fc
  .array(
    fc.record({
      stepMs: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 1, max: 15_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 30_000, max: 7_200_000 }) },
      ),
      value: fc.oneof(
        fc.integer({ min: -1_000_000, max: 1_000_000 }).map((whole) => whole / 10),
        fc.double({ min: -1e12, max: 1e12, noNaN: true }),
      ),
      source: fc.constantFrom(0, 0, 0, 1, 2),
    }),
    { maxLength: 200 },
  )
  .map((steps) => {
    let atMs = startMs;
    return pointsOf(steps.map(({ stepMs, value, source }) => [(atMs += stepMs), value, source] as const));
  });
