import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HistoryRecorder, mostUnsaved } from '../../src/telemetry/history/recorder.ts';
import { tidyHistory, totalBytes } from '../../src/telemetry/history/upkeep.ts';
import { decodeBuckets } from '../../src/telemetry/history/chunk-codec.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { FaultyStore, readAll, sampleAt, startMs, temperature } from './history-kit.ts';

const never = new AbortController().signal;

async function recorderOn(store: FaultyStore, clock = new ManualClock(startMs)) {
  const recorder = new HistoryRecorder({ store, clock });
  await recorder.resume();
  return { recorder, clock };
}

/** Readings every ten seconds, flushed every two, while the clock runs. */
async function record(store: FaultyStore, minutes: number, started = recorderOn(store)) {
  const { recorder, clock } = await started;
  for (let second = 0; second < minutes * 60; second += 2) {
    if (second % 10 === 0) recorder.add([sampleAt(clock.nowMs(), 20 + (second % 70) / 10)]);
    await recorder.flush();
    await clock.advance(2_000);
  }
  return { recorder, clock };
}

describe('recording', () => {
  it('has everything on the disk within two seconds: a killed tab loses nothing that was flushed', async () => {
    const store = new FaultyStore();
    await record(store, 25);
    const { points } = await readAll(store);
    expect([...points.timesMs]).toEqual(Array.from({ length: 150 }, (_, i) => startMs + i * 10_000));
    expect(points.values[7]).toBe(20);
    expect(points.values[8]).toBe(21);
  });

  it('goes on where the last tab was killed, whenever that was, with every reading once', async () => {
    for (const minutes of [3, 10, 10.5, 19.9, 21]) {
      const store = new FaultyStore();
      const { clock } = await record(store, minutes);
      const count = (await readAll(store)).points.timesMs.length;
      await record(store, 21, recorderOn(store, clock));
      const { points } = await readAll(store);
      expect(points.timesMs.length, `${minutes} min`).toBe(count + 126);
      expect(new Set(points.timesMs).size).toBe(points.timesMs.length);
    }
  });

  it('moves what is complete into chunks of ten minutes and keeps the journal short', async () => {
    const store = new FaultyStore();
    await record(store, 65);
    expect((await store.oldest(0, Infinity, 100)).map((chunk) => (chunk.startMs - startMs) / 60_000)).toEqual(
      [0, 10, 20, 30, 40, 50],
    );
    expect((await store.size()).journalBytes).toBeLessThan(4_000);
  });

  it('keeps late readings and those of a clock that jumped, each at its own time', async () => {
    const store = new FaultyStore();
    const { recorder, clock } = await record(store, 30);
    const odd = [startMs + 5_001, startMs - 86_400_000, startMs + 366 * 86_400_000];
    recorder.add(odd.map((atMs) => sampleAt(atMs, 1)));
    clock.setWall(startMs - 3_600_000);
    await recorder.flush();
    await record(store, 1, Promise.resolve({ recorder, clock }));
    await clock.advance(1_200_000);
    await recorder.flush();
    const { points } = await readAll(store);
    expect(points.timesMs.length).toBe(180 + 3 + 6);
    for (const atMs of odd) expect(points.timesMs.includes(atMs)).toBe(true);
    expect([...points.timesMs]).toEqual([...points.timesMs].sort((a, b) => a - b));
  });

  it('refuses what no sensor means and says how much', async () => {
    const store = new FaultyStore();
    const { recorder } = await recorderOn(store);
    recorder.add([NaN, Infinity, -Infinity, 1e308, 1e12 + 1e3].map((value) => sampleAt(startMs, value)));
    recorder.add([NaN, -1, Infinity].map((atMs) => sampleAt(atMs, 1)));
    recorder.add([sampleAt(startMs, 1e12)]);
    await recorder.flush();
    expect(recorder.state.refusedCount).toBe(8);
    expect([...(await readAll(store)).points.values]).toEqual([1e12]);
  });

  it('does not write chunks of a later page over', async () => {
    const store = new FaultyStore();
    const chunk = { series: temperature, level: 0, startMs, bytes: Uint8Array.of(0x53, 2, 0, 0, 0, 0, 0) };
    await store.commit({ put: [chunk] });
    const { recorder } = await record(store, 11);
    expect(recorder.state.failure?.code).toBe('storage.newer');
    expect((await store.chunk(chunk))?.bytes).toEqual(chunk.bytes);
    expect((await readAll(store)).points.timesMs.length).toBe(66);
  });
});

describe('a store that takes no more', () => {
  it('at any one write: nothing is lost, the state says so, and it is kept when there is room again', async () => {
    const probe = new FaultyStore();
    await record(probe, 12);
    const writes = probe.writes;
    for (let failing = 1; failing <= writes; failing++) {
      const store = new FaultyStore();
      store.failFrom = failing;
      store.failCount = 1;
      const { recorder } = await record(store, 12);
      expect(recorder.state.failure, `write ${failing}`).toBeNull();
      expect((await readAll(store)).points.timesMs.length, `write ${failing}`).toBe(72);
    }
  });

  it('for good: says since when, keeps what was kept, holds the rest in memory within bounds', async () => {
    const store = new FaultyStore();
    store.failFrom = 40;
    const { recorder } = await record(store, 12);
    expect(recorder.state.failure?.code).toBe('storage.full');
    expect(recorder.state.unsavedSinceMs).toBeGreaterThan(startMs);
    const kept = (await readAll(store)).points.timesMs.length;
    expect(kept).toBeGreaterThan(30);
    recorder.add(Array.from({ length: mostUnsaved }, (_, i) => sampleAt(startMs + 1e9 + i, i)));
    expect(recorder.state.lostCount).toBe(72 - kept);
    store.failFrom = Infinity;
    await recorder.flush();
    expect(recorder.state).toMatchObject({ failure: null, unsavedSinceMs: null });
    expect((await readAll(store)).points.timesMs.length).toBe(kept + mostUnsaved);
  });
});

/** Chunks as a recorder leaves them, `days` of readings a minute apart. */
async function filled(days: number): Promise<FaultyStore> {
  const store = new FaultyStore();
  const clock = new ManualClock(startMs);
  const { recorder } = await recorderOn(store, clock);
  recorder.add(
    Array.from({ length: days * 1440 }, (_, i) => sampleAt(startMs - i * 60_000 - 1_000, (i * 7) % 100)),
  );
  await recorder.settle();
  return store;
}

describe('upkeep', () => {
  it('down-samples what is old and loses no reading from the counts', async () => {
    const store = await filled(70);
    const before = await totalBytes(store);
    await tidyHistory(store, { nowMs: startMs, limitBytes: 1e9, signal: never });
    const { points, buckets } = await readAll(store);
    const counts = buckets.map(
      ({ widthMs, counts: n }) => [widthMs, n.reduce((sum, c) => sum + c, 0)] as const,
    );
    expect(points.timesMs.length).toBeLessThanOrEqual(2 * 1440 + 20);
    expect(counts.map(([widthMs]) => widthMs)).toEqual([900_000, 60_000]);
    expect(counts.reduce((sum, [, n]) => sum + n, points.timesMs.length)).toBe(70 * 1440);
    expect(await totalBytes(store)).toBeLessThan(before);
  });

  it('after an end at any write nothing is missing or told twice, and the next run completes it', async () => {
    const count = async (store: FaultyStore): Promise<number> => {
      const { points, buckets } = await readAll(store);
      return buckets.reduce(
        (sum, { counts }) => sum + counts.reduce((a, c) => a + c, 0),
        points.timesMs.length,
      );
    };
    for (let failing = 1; failing <= 8; failing++) {
      const store = await filled(4);
      store.failFrom = store.writes + failing;
      const options = { nowMs: startMs, limitBytes: 1e9, signal: never };
      await tidyHistory(store, options).catch((thrown: unknown) =>
        expect(thrown).toMatchObject({ code: 'storage.full' }),
      );
      expect(await count(store), `write ${failing}`).toBe(4 * 1440);
      store.failFrom = Infinity;
      await tidyHistory(store, options);
      expect(await count(store)).toBe(4 * 1440);
      expect((await readAll(store)).points.timesMs.length).toBeLessThanOrEqual(2 * 1440 + 20);
    }
  });

  it('gives up detail before age, and keeps within the limit', async () => {
    const store = await filled(30);
    await tidyHistory(store, { nowMs: startMs, limitBytes: 40_000, signal: never });
    expect(await totalBytes(store)).toBeLessThanOrEqual(40_000);
    const { buckets } = await readAll(store);
    // The oldest day is there still, coarser.
    expect(buckets[0]?.startsMs[0]).toBeLessThan(startMs - 29 * 86_400_000);
    await tidyHistory(store, { nowMs: startMs, limitBytes: 2_000, signal: never });
    expect(await totalBytes(store)).toBeLessThanOrEqual(2_000);
  });

  it('goes round what it cannot read', async () => {
    const store = await filled(4);
    const [oldest] = await store.oldest(0, Infinity, 1);
    if (!oldest) throw new Error('nothing there');
    await store.commit({ put: [{ ...oldest, bytes: Uint8Array.of(1, 2, 3) }] });
    await tidyHistory(store, { nowMs: startMs, limitBytes: 1e9, signal: never });
    expect((await readAll(store)).unreadableCount).toBe(1);
    expect(await store.oldest(0, startMs - 3 * 86_400_000, 10)).toEqual([oldest]);
  });

  it('with buckets of its own making only: every mean lies between its extremes', async () => {
    const store = await filled(4);
    await tidyHistory(store, { nowMs: startMs, limitBytes: 1e9, signal: never });
    for (const address of await store.oldest(1, Infinity, 100)) {
      const chunk = await store.chunk(address);
      const buckets = chunk ? decodeBuckets(chunk.bytes) : 'damaged';
      if (typeof buckets === 'string') throw new Error(buckets);
      buckets.means.forEach((mean, i) => {
        expect(mean).toBeGreaterThanOrEqual(buckets.mins[i] ?? NaN);
        expect(mean).toBeLessThanOrEqual(buckets.maxs[i] ?? NaN);
      });
    }
  });
});

describe('recording anything', () => {
  it('ends with every keepable reading once, in order, whatever came and whenever it was flushed', async () => {
    const reading = fc.record({
      offsetMs: fc.integer({ min: -7_200_000, max: 7_200_000 }),
      value: fc.oneof(fc.double(), fc.integer({ min: -50, max: 50 })),
      isFlushed: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(reading, { maxLength: 60 }), async (readings) => {
        const store = new FaultyStore();
        const { recorder, clock } = await recorderOn(store);
        const wanted = new Set<string>();
        for (const { offsetMs, value, isFlushed } of readings) {
          recorder.add([sampleAt(startMs + offsetMs, value)]);
          if (Math.abs(value) <= 1e12) wanted.add(`${startMs + offsetMs} ${value}`);
          if (isFlushed) await recorder.flush();
          await clock.advance(300_000);
        }
        await recorder.flush();
        const { points } = await readAll(store);
        expect(new Set(Array.from(points.timesMs, (atMs, i) => `${atMs} ${points.values[i] ?? ''}`))).toEqual(
          wanted,
        );
        expect(points.timesMs.length).toBe(wanted.size);
      }),
      { numRuns: 50 },
    );
  });
});
