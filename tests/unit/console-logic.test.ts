// The console beyond its lines: crashes, baud rates, search, and opening a lost line again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainLine } from '../../src/console/chip-texts.ts';
import { suggestedBaudRate, typedBaudRate } from '../../src/console/console-baud-rates.ts';
import { decodeCommand, findCrashes } from '../../src/console/crashes.ts';
import {
  mostAttempts,
  Reconnecting,
  reconnectStep,
  type ReconnectEvent,
  type ReconnectState,
} from '../../src/console/reconnecting.ts';
import { nextMatch, searchTranscript } from '../../src/console/transcript-search.ts';
import { Transcript, type TranscriptLine } from '../../src/console/transcript.ts';
import { AppError } from '../../src/shared/errors.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const linesOf = (...texts: string[]): TranscriptLine[] => {
  const transcript = new Transcript({ maxLines: 10_000, secrets: [] });
  for (const text of texts) transcript.add({ atMs: 0, text });
  return transcript.lines();
};

const crash = [
  'Exception (29):',
  'epc1=0x40201a4b epc2=0x00000000 epc3=0x00000000 excvaddr=0x00000008 depc=0x00000000',
  '',
  '>>>stack>>>',
  '',
  'ctx: cont',
  'sp: 3ffffde0 end: 3fffffc0 offset: 0190',
  '3fffff70:  3fffdad0 00000000 40202f10 40202f10  ',
  '3fffff80:  40100acd 4000df2f 3ffee4f4 40203b7c  ',
  '<<<stack<<<',
];

describe('a crash', () => {
  it('is found with what a decoder needs', () => {
    const [found, ...others] = findCrashes(linesOf('setup', ...crash, ' ets Jan  8 2013'));
    expect(others).toEqual([]);
    expect(found).toEqual({
      firstLine: 1,
      lastLine: 10,
      exception: 29,
      programCounter: 0x40201a4b,
      address: 8,
      context: 'cont',
      codeAddresses: [0x40201a4b, 0x40202f10, 0x40100acd, 0x40203b7c],
      isComplete: true,
    });
    expect(found && decodeCommand(found, 'porch.elf')).toBe(
      'xtensa-lx106-elf-addr2line -aipfC -e porch.elf 0x40201a4b 0x40202f10 0x40100acd 0x40203b7c',
    );
  });

  it('that was cut by a reset is told apart from the next', () => {
    const found = findCrashes(linesOf(...crash.slice(0, 8), ' ets Jan  8 2013,rst cause:2', ...crash));
    expect(found.map(({ isComplete, codeAddresses }) => [isComplete, codeAddresses.length])).toEqual([
      [false, 2],
      [true, 4],
    ]);
  });

  it('of the watchdog is one crash with its exception, a panic one without', () => {
    const [watchdog, panic, ...others] = findCrashes(
      linesOf(
        'Soft WDT reset',
        ...crash.map((text) => text.replace('(29)', '(4)')),
        'Panic main.cpp:12 f',
        ...crash.slice(3),
      ),
    );
    expect([watchdog?.exception, watchdog?.firstLine, panic?.exception, others]).toEqual([4, 0, null, []]);
  });

  it('is not seen in ordinary lines, and endless rows end it', () => {
    expect(findCrashes(linesOf('WiFi Connected', 'an exception to the rule', '40201234: 40201234'))).toEqual(
      [],
    );
    const rows = Array.from({ length: 2_000 }, () => '3fffff70:  40202f10 40202f14 ');
    const [found] = findCrashes(linesOf('Exception (0):', '>>>stack>>>', ...rows));
    expect(found?.isComplete).toBe(false);
    expect(found?.codeAddresses.length).toBeLessThanOrEqual(100);
  });

  it('is explained line by line', () => {
    expect(explainLine('Exception (20):')?.cause).toContain('null function pointer');
    expect(explainLine(crash[1] ?? '')?.cause).toBe(
      'It happened at 0x40201a4b; the address it touched is close to zero: a null pointer was used.',
    );
    expect(explainLine('>>>stack>>>')?.cause).toContain('as addresses');
    expect(explainLine('ctx: bearssl')?.cause).toContain('TLS');
    expect(explainLine('ctx: other')).toBeNull();
    expect(explainLine('last failed alloc call: 40207D3A(16709)')?.cause).toContain('16709 bytes');
  });
});

describe('baud rates', () => {
  const noise = (count: number): string[] =>
    Array.from({ length: count }, () => 'a\ufffd\ufffdb\ufffd\ufffdcd');
  const readable = (count: number): string[] => Array.from({ length: count }, () => 'WiFi Connected');

  it('are suggested when most of the last lines are noise, and not for the boot ROM alone', () => {
    expect(suggestedBaudRate(noise(12), 9_600)).toBe(115_200);
    expect(suggestedBaudRate(noise(12), 115_200)).toBe(74_880);
    expect(suggestedBaudRate(noise(12), 115_200, [74_880])).toBe(9_600);
    expect(suggestedBaudRate([...noise(5), ...readable(1)], 115_200)).toBeNull();
    expect(suggestedBaudRate([...noise(30), ...readable(8)], 115_200)).toBeNull();
    expect(suggestedBaudRate(noise(12), 9_600, [115_200, 74_880, 57_600, 230_400])).toBeNull();
  });

  it('can be typed when a UART has them', () => {
    expect(['250000', ' 300 ', '0', '299', '3000001', '1e5', '-9600', ''].map(typedBaudRate)).toEqual([
      250_000,
      300,
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('searching', () => {
  const lines = linesOf('WiFi Connected', 'wifi lost (wifi)', 'a.b', 'axb');

  it('finds every place, capitals or not, and takes no pattern', () => {
    expect(searchTranscript(lines, 'wifi')).toEqual([
      { number: 0, ranges: [[0, 4]] },
      {
        number: 1,
        ranges: [
          [0, 4],
          [11, 15],
        ],
      },
    ]);
    expect(searchTranscript(lines, 'WiFi', { matchCase: true })).toHaveLength(1);
    expect(searchTranscript(lines, 'a.b').map(({ number }) => number)).toEqual([2]);
    expect(searchTranscript(lines, '')).toEqual([]);
  });

  it('finds what stands there, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (before, query, after) => {
        const [line] = linesOf('');
        if (!line) throw new Error('no line');
        const text = before + query + after;
        const [match] = searchTranscript([{ ...line, text }], query, { matchCase: true });
        expect(match?.ranges.every(([start, end]) => text.slice(start, end) === query)).toBe(true);
      }),
    );
  });

  it('goes around the end', () => {
    const matches = searchTranscript(lines, 'wifi');
    const step = (from: number | null, direction: 'forward' | 'back') =>
      nextMatch(matches, from, direction)?.number;
    expect([step(null, 'forward'), step(0, 'forward'), step(1, 'forward')]).toEqual([0, 1, 0]);
    expect([step(null, 'back'), step(1, 'back'), step(0, 'back')]).toEqual([1, 0, 1]);
    expect(nextMatch([], 3, 'forward')).toBeNull();
  });
});

describe('a lost line', () => {
  const gone = new AppError('serial.gone');

  function reconnecting(open: () => Promise<void>) {
    const clock = new ManualClock();
    const states: ReconnectState[] = [];
    const policy = new Reconnecting({ clock, open, onState: (state) => states.push(state) });
    const kinds = (): string[] => states.map(({ kind }) => kind);
    return { clock, policy, states, kinds };
  }

  it('is opened again when the board comes back', async () => {
    let isThere = false;
    const { clock, policy, kinds } = reconnecting(() => (isThere ? Promise.resolve() : Promise.reject(gone)));
    policy.tell({ kind: 'lost', code: 'serial.gone' });
    await clock.advance(300);
    expect(kinds()).toEqual(['waiting', 'opening', 'waiting']);
    isThere = true;
    await clock.advance(699);
    expect(policy.state.kind).toBe('waiting');
    await clock.advance(1);
    expect(policy.state).toMatchObject({ kind: 'following', attempts: 2 });
  });

  it('is opened at once when the browser says that a port came back', async () => {
    const { clock, policy, kinds } = reconnecting(() => Promise.resolve());
    policy.tell({ kind: 'lost', code: 'serial.gone' });
    policy.tell({ kind: 'plugged' });
    await clock.advance(0);
    expect(kinds()).toEqual(['waiting', 'opening', 'following']);
  });

  it('is given up after some two minutes, and tried again when the person says so', async () => {
    const { clock, policy } = reconnecting(() => Promise.reject(gone));
    policy.tell({ kind: 'lost', code: 'serial.gone' });
    let waitedMs = 0;
    while (policy.state.kind !== 'gave-up' && waitedMs < 600_000) {
      await clock.advance(100);
      waitedMs += 100;
    }
    expect(policy.state).toEqual({ kind: 'gave-up', attempts: mostAttempts, code: 'serial.gone' });
    expect(waitedMs).toBeGreaterThan(100_000);
    expect(waitedMs).toBeLessThan(180_000);
    policy.tell({ kind: 'retry' });
    expect(policy.state).toEqual({ kind: 'opening', attempt: 1 });
  });

  it('that goes again and again counts as one story, until it has held for ten seconds', async () => {
    const { clock, policy, states } = reconnecting(() => Promise.resolve());
    for (const heldMs of [100, 100, 10_000, 100]) {
      await clock.advance(heldMs);
      policy.tell({ kind: 'lost', code: 'serial.failed' });
      policy.tell({ kind: 'plugged' });
      await clock.advance(0);
    }
    const attempts = states.flatMap((state) => (state.kind === 'waiting' ? [state.attempt] : []));
    expect(attempts).toEqual([1, 2, 1, 2]);
  });

  it('is left alone when the page itself uses the port', () => {
    const { policy } = reconnecting(() => Promise.resolve());
    policy.tell({ kind: 'lost', code: 'serial.already-open' });
    expect(policy.state.kind).toBe('gave-up');
  });

  it('is not opened any more after a stop, even when an attempt was under way', async () => {
    let finish = (): void => undefined;
    const signals: AbortSignal[] = [];
    const clock = new ManualClock();
    const policy = new Reconnecting({
      clock,
      open: (signal) => {
        signals.push(signal);
        return new Promise((resolve) => (finish = resolve));
      },
      onState: () => undefined,
    });
    policy.tell({ kind: 'lost', code: 'serial.gone' });
    await clock.advance(300);
    policy.tell({ kind: 'stop' });
    finish();
    await clock.advance(10_000);
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    expect(policy.state).toEqual({ kind: 'stopped' });
  });

  it('never waits longer than five seconds nor tries more often than it may, whatever happens', () => {
    const events: ReconnectEvent[] = [
      { kind: 'lost', code: 'serial.gone' },
      { kind: 'due' },
      { kind: 'opened' },
      { kind: 'plugged' },
    ];
    const steps = fc.array(fc.tuple(fc.constantFrom(...events), fc.nat(6_000)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (run) => {
        let nowMs = 0;
        let state: ReconnectState = { kind: 'following', sinceMs: 0, attempts: 0 };
        for (const [event, passedMs] of run) {
          nowMs += passedMs;
          state = reconnectStep(state, event, nowMs);
          if (state.kind === 'waiting') expect(state.untilMs - nowMs).toBeLessThanOrEqual(5_000);
          if (state.kind === 'opening') expect(state.attempt).toBeLessThanOrEqual(mostAttempts);
        }
      }),
    );
  });
});
