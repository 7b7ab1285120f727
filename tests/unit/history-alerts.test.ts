import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesIn, mostEntries, withEvents, withoutPast, withSeen } from '../../src/telemetry/alerts/log.ts';
import { ruleProblems, rulesIn, type AlertRule } from '../../src/telemetry/alerts/rule.ts';
import { AlertWatch } from '../../src/telemetry/alerts/watch.ts';
import { sampleAt, startMs } from './history-kit.ts';

const rule = (change: Partial<AlertRule> = {}): AlertRule => ({
  id: 'r1',
  deviceId: 'porch-1',
  quantity: 'temperature',
  kind: 'above',
  limit: 30,
  hysteresis: 0,
  holdS: 0,
  windowS: 300,
  ...change,
});

function watching(...rules: AlertRule[]): AlertWatch {
  const watch = new AlertWatch();
  watch.setRules(rules, startMs);
  watch.setConnected(true, startMs);
  return watch;
}

/** Values ten seconds apart, and the events as "raised 31". */
const run = (watch: AlertWatch, values: readonly number[]): string[] =>
  values.flatMap((value, i) =>
    watch
      .accept([sampleAt(startMs + i * 10_000, value)])
      .map((event) => `${event.kind} ${event.value ?? ''}`),
  );

describe('a threshold', () => {
  it('is raised above it and ended at it, once each', () => {
    expect(run(watching(rule()), [29, 30, 31, 35, 30, 29, 31])).toEqual([
      'raised 31',
      'ended 30',
      'raised 31',
    ]);
    expect(run(watching(rule({ kind: 'below', limit: 5 })), [5, 4, 3, 5, 6])).toEqual([
      'raised 4',
      'ended 5',
    ]);
  });

  it('with hysteresis is over only when the value has gone back far enough', () => {
    expect(run(watching(rule({ hysteresis: 2 })), [31, 30, 29, 28, 31])).toEqual([
      'raised 31',
      'ended 28',
      'raised 31',
    ]);
    const below = rule({ kind: 'below', limit: 5, hysteresis: 2 });
    expect(run(watching(below), [4, 5, 6, 7])).toEqual(['raised 4', 'ended 7']);
  });

  it('with a time to hold is not raised by a peak, and counts on between readings', () => {
    expect(run(watching(rule({ holdS: 20 })), [31, 29, 31, 31, 29, 31, 32, 33])).toEqual(['raised 33']);
    const watch = watching(rule({ holdS: 60 }));
    watch.accept([sampleAt(startMs, 31)]);
    expect(watch.tick(startMs + 59_000)).toEqual([]);
    expect(watch.tick(startMs + 60_000)).toMatchObject([{ kind: 'raised', value: 31 }]);
  });

  it('never rings twice in a row, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 20, max: 40 })),
        fc.nat(5),
        fc.nat(30),
        (values, hysteresis, holdS) => {
          const kinds = run(watching(rule({ hysteresis, holdS })), values).map(
            (event) => event.split(' ')[0],
          );
          kinds.forEach((kind, i) => expect(kind).toBe(i % 2 === 0 ? 'raised' : 'ended'));
        },
      ),
    );
  });

  it('is not raised by what the broker had kept, nor by what was imported', () => {
    const watch = watching(rule());
    expect(watch.accept([sampleAt(startMs, 50, 'retained'), sampleAt(startMs, 50, 'import')])).toEqual([]);
  });
});

describe('silence', () => {
  const silence = rule({ kind: 'silence', limit: 60 });

  it('is raised when nothing came for its time, and ended by the next reading', () => {
    const watch = watching(silence);
    watch.accept([sampleAt(startMs + 5_000, 20)]);
    expect(watch.tick(startMs + 65_000)).toEqual([]);
    expect(watch.tick(startMs + 65_001)).toMatchObject([{ kind: 'raised', value: null }]);
    expect(watch.accept([sampleAt(startMs + 70_000, 20)])).toMatchObject([{ kind: 'ended' }]);
  });

  it("is not the device's while the page is not connected", () => {
    const watch = watching(silence);
    watch.setConnected(false, startMs);
    expect(watch.tick(startMs + 3_600_000)).toEqual([]);
    watch.setConnected(true, startMs + 3_600_000);
    expect(watch.tick(startMs + 3_659_000)).toEqual([]);
    expect(watch.tick(startMs + 3_661_000)).toHaveLength(1);
  });
});

describe('a change', () => {
  it('is raised when the values of its time lie further apart than its limit', () => {
    const change = rule({ kind: 'change', limit: 5, windowS: 30 });
    expect(run(watching(change), [20, 22, 24, 26, 26, 26, 26, 26])).toEqual(['raised 26', 'ended 26']);
    expect(run(watching(change), [20, 21, 22, 23, 24, 25, 26, 27, 28])).toEqual([]);
  });
});

describe('rules and log', () => {
  it('that cannot be meant are named, and left out of what was stored', () => {
    expect(ruleProblems(rule({ limit: Number.NaN }))).toEqual(['limit']);
    expect(ruleProblems(rule({ kind: 'silence', limit: 1 }))).toEqual(['limit']);
    expect(ruleProblems(rule({ kind: 'change', limit: 2, hysteresis: 3, windowS: 1, holdS: -1 }))).toEqual([
      'hysteresis',
      'hold',
      'window',
    ]);
    expect(rulesIn([rule(), { id: 1 }, null, rule({ limit: Infinity })])).toEqual([rule()]);
    fc.assert(
      fc.property(fc.anything(), (stored) => {
        expect(rulesIn(stored)).toEqual([]);
        expect(entriesIn(stored)).toEqual([]);
      }),
    );
  });

  it('keep what lasts when the rest is cleared, and do not ring again after a reload', () => {
    const watch = watching(rule(), rule({ id: 'r2', limit: 40 }));
    let log = withEvents([], watch.accept([sampleAt(startMs, 50)]));
    log = withEvents(log, watch.accept([sampleAt(startMs + 1, 35)]));
    expect(log.map(({ ruleId, endedAtMs }) => [ruleId, endedAtMs])).toEqual([
      ['r2', startMs + 1],
      ['r1', null],
    ]);
    expect(withSeen(log, 7).every(({ seenAtMs }) => seenAtMs === 7)).toBe(true);
    const left = withoutPast(log);
    expect(left.map(({ ruleId }) => ruleId)).toEqual(['r1']);
    const reopened = new AlertWatch();
    reopened.setRules([rule()], startMs, new Set(left.map(({ ruleId }) => ruleId)));
    expect(reopened.accept([sampleAt(startMs + 2, 36)])).toEqual([]);
    expect(reopened.accept([sampleAt(startMs + 3, 29)])).toMatchObject([{ kind: 'ended' }]);
  });

  it('stay within bounds', () => {
    const events = Array.from(
      { length: 600 },
      (_, i) => ({ kind: 'raised', rule: rule(), atMs: i, value: i }) as const,
    );
    expect(withEvents([], events)).toHaveLength(mostEntries);
    expect(withEvents([], events)[0]?.raisedAtMs).toBe(599);
  });
});
