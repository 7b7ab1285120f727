// Keeping on a clock and leases of the test's own; out as CSV and JSON, and back in.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySeriesStore, MemorySeriesStores } from '../../src/platform/storage/memory-series-store.ts';
import type { Leases } from '../../src/ports/leases.ts';
import { fromUtf8 } from '../../src/shared/bytes.ts';
import { csvRows } from '../../src/telemetry/history/csv.ts';
import type { Sample } from '../../src/telemetry/history/sample.ts';
import { exportHistory, importSamples, previewCsv } from '../../src/workflows/history-files.ts';
import { KeptAlerts } from '../../src/workflows/keep-alerts.ts';
import { KeptHistory } from '../../src/workflows/keep-history.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { FaultyStore, sampleAt, startMs } from './history-kit.ts';

/** One holder at a time, in turn, as Web Locks have it. */
class TurnLeases implements Leases {
  #turn: Promise<unknown> = Promise.resolve();

  hold<T>(_name: string, use: (lost: AbortSignal) => Promise<T>): Promise<T> {
    const mine = this.#turn.then(() => use(new AbortController().signal));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

const series = { deviceId: 'porch-1', quantity: 'temperature' };
const signal = new AbortController().signal;

function keptOn(
  store = new MemorySeriesStore(),
  leases: Leases = new TurnLeases(),
  clock = new ManualClock(startMs),
) {
  const env = { histories: () => Promise.resolve(new MemorySeriesStores()), clock, leases };
  return { clock, kept: new KeptHistory(env, 'porch', store, { limitBytes: 1e9 }), store, leases };
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

const valuesOf = async (kept: KeptHistory): Promise<number[]> => [
  ...(await kept.read(series, 0, Number.MAX_SAFE_INTEGER)).points.values,
];

describe('keeping', () => {
  it('keeps what arrived while another tab still held the lease, once', async () => {
    const first = keptOn();
    const second = keptOn(first.store, first.leases, first.clock);
    first.kept.record();
    second.kept.record();
    await settled();
    expect([first.kept.state.role, second.kept.state.role]).toEqual(['recording', 'waiting']);
    for (const { kept } of [first, second]) kept.add([sampleAt(startMs - 3_000, 1), sampleAt(startMs, 2)]);
    await first.kept.flush();
    second.kept.add([sampleAt(startMs + 4_000, 3)]);
    await first.kept.stop();
    await settled();
    expect(second.kept.state.role).toBe('recording');
    await second.kept.flush();
    expect(await valuesOf(second.kept)).toEqual([1, 2, 3]);
    await second.kept.stop();
  });

  it('says that another tab keeps them instead of waiting for ever', async () => {
    const first = keptOn();
    const second = keptOn(first.store, first.leases, first.clock);
    first.kept.record();
    await settled();
    const clearing = second.kept.clear().then(
      () => 'cleared',
      (thrown: unknown) => (thrown as { code: string }).code,
    );
    await settled();
    await first.clock.advance(1_000);
    expect(await clearing).toBe('history.elsewhere');
    await first.kept.stop();
  });

  it('writes what is in memory when it stops', async () => {
    const { kept, store } = keptOn();
    kept.record();
    await settled();
    kept.add([sampleAt(startMs, 7)]);
    await kept.stop();
    expect(await valuesOf(keptOn(store).kept)).toEqual([7]);
  });

  it('clears one series or all', async () => {
    const { kept } = keptOn();
    kept.record();
    await settled();
    const other: Sample = { ...sampleAt(startMs, 40), quantity: 'humidity' };
    kept.add([sampleAt(startMs, 7), other]);
    await kept.clear(series);
    expect((await kept.series()).map(({ quantity }) => quantity)).toEqual(['humidity']);
    await kept.clear();
    expect(await kept.series()).toEqual([]);
    await kept.stop();
  });
});

describe('rules and the log', () => {
  const rule = {
    id: 'r',
    ...series,
    kind: 'above',
    limit: 30,
    hysteresis: 0,
    holdS: 0,
    windowS: 300,
  } as const;

  it('are shared with another tab, and kept in memory while they cannot be written', async () => {
    const store = new FaultyStore();
    const [first, second] = [new KeptAlerts(store), new KeptAlerts(store)];
    await first.putRule(rule, startMs);
    await second.refresh(startMs);
    expect(second.state.rules).toEqual([rule]);
    store.failFrom = 0;
    first.accept([sampleAt(startMs, 31)], true);
    await first.refresh(startMs);
    expect(first.state.failure?.code).toBe('storage.full');
    expect(first.state.log).toHaveLength(1);
    store.failFrom = Infinity;
    await first.refresh(startMs);
    expect(first.state.failure).toBeNull();
    await second.refresh(startMs);
    expect(second.state.log.map(({ value }) => value)).toEqual([31]);
    await second.markSeen(startMs + 5);
    await first.refresh(startMs);
    expect(first.state.log[0]?.seenAtMs).toBe(startMs + 5);
  });
});

describe('a CSV file', () => {
  const exported = async (kept: KeptHistory, form: 'csv' | 'json' = 'csv'): Promise<string> => {
    let text = '';
    const downloads = { save: (_: string, content: Uint8Array) => (text = fromUtf8(content)) };
    const choice = { series: await kept.series(), fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, form };
    await exportHistory({ history: kept, downloads }, 'porch', choice);
    return text;
  };

  it('that was exported comes back the same, once', async () => {
    const { kept } = keptOn();
    kept.record();
    await settled();
    kept.add([21.5, -3, 1e-9].map((value, i) => sampleAt(startMs + i * 1_000, value)));
    kept.add([sampleAt(startMs + 9_000, 5, 'retained'), { ...sampleAt(startMs, 1), deviceId: '=a,"b"' }]);
    const text = await exported(kept);
    expect(text).toContain('"\'=a,""b"""');
    const other = keptOn().kept;
    const preview = await previewCsv(new Blob([text]), 'nobody', signal);
    expect([preview.samples.length, preview.problemCount]).toEqual([5, 0]);
    expect(await importSamples(other, preview)).toEqual({ kept: 5, known: 0 });
    expect(await importSamples(other, preview)).toEqual({ kept: 0, known: 5 });
    expect((await exported(other)).replaceAll('import', 'live')).toBe(text);
    expect(JSON.parse(await exported(other, 'json'))).toHaveLength(2);
    await kept.stop();
  });

  it('may have semicolons, decimal commas, units and columns of its own', async () => {
    const text =
      '\ufeffZeit;Temperature (°C);porch-2/co2\r\n2026-11-21T10:00:00Z;21,5;\r\n1795255201;"22";400\r\n';
    const { samples } = await previewCsv(new Blob([text]), 'porch-1', signal);
    expect(samples.map(({ deviceId, quantity, value }) => [deviceId, quantity, value])).toEqual([
      ['porch-1', 'Temperature', 21.5],
      ['porch-1', 'Temperature', 22],
      ['porch-2', 'co2', 400],
    ]);
  });

  it('names every line that cannot be read, with the reason', async () => {
    const text =
      'time,value\nnever,1\n2026-11-21T10:00:00Z,warm\n2026-11-21T10:00:00Z,1e308\n2026-11-21T10:00:00Z,NaN\n1970-01-02,1\n2026-11-21T10:00:00Z,4\n';
    const { problems, samples } = await previewCsv(new Blob([text]), 'porch-1', signal);
    expect(problems).toEqual([
      { line: 2, reason: '"never" is no time' },
      { line: 3, reason: '"warm" is no number' },
      { line: 4, reason: '1e308 is beyond what is kept' },
      { line: 5, reason: '"NaN" is no number' },
      { line: 6, reason: '1 is beyond what is kept' },
    ]);
    expect(samples.map(({ value }) => value)).toEqual([4]);
  });

  it('without times, without rows or too large is refused in words', async () => {
    const code = (text: string): Promise<unknown> =>
      previewCsv(new Blob([text]), 'a', signal).catch((thrown: unknown) => (thrown as { code: string }).code);
    expect(await code('a,b\n1,2\n')).toBe('history.csv-heading');
    expect(await code('time,value\n')).toBe('history.csv-empty');
    expect(await code('')).toBe('history.csv-empty');
    expect(await code('x'.repeat(33 * 1024 * 1024))).toBe('history.csv-large');
  });

  it('is never an exception, whatever it is, and keeps its fields', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string(), { minLength: 1, maxLength: 4 })), (rows) => {
        const text = rows
          .map((fields) => fields.map((f) => `"${f.replaceAll('"', '""')}"`).join(','))
          .join('\n');
        const wanted = rows
          .map((fields) => fields.map((f) => f.trim()))
          .filter((f) => f.some((each) => each !== ''));
        // Quoted line ends and delimiters are text; which delimiter is meant is told by the first line.
        if (rows[0]?.some((f) => /[;\t\n]/.test(f)) ?? true) expect(() => [...csvRows(text)]).not.toThrow();
        else expect([...csvRows(text)].map(({ fields }) => fields)).toEqual(wanted);
      }),
    );
  });
});
