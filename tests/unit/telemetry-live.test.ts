import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveBoard } from '../../src/telemetry/live-board.ts';
import { presenceWords } from '../../src/telemetry/presence.ts';
import { utf8 } from '../../src/shared/bytes.ts';

const bootA = 'aaaaaaaaaaaaaaaa';
const bootB = 'bbbbbbbbbbbbbbbb';

class Bench {
  readonly board = new LiveBoard({
    projectId: 'porch',
    intervalMs: () => 10_000,
    seriesCapacity: 100,
    iot2: { deviceId: 'old-1', unit: 'C' },
  });

  get device() {
    return this.board.devices.get('porch-1');
  }

  say(leaf: string, body: object, atMs: number, retained = false): void {
    this.raw(`signet/porch/porch-1/${leaf}`, JSON.stringify(body), atMs, retained);
  }

  raw(topic: string, payload: string, atMs: number, retained = false): void {
    this.board.accept([{ topic, payload: utf8(payload), retained, atMs }]);
  }
}

const online = (n: string) => ({ v: 1, st: 'online', n, caps: ['led'] });
const offline = (n: string) => ({ v: 1, st: 'offline', n });
const reading = (n: string, q: number, temperature = 20 + q) => ({
  v: 1,
  n,
  q,
  t: 1_790_000_000,
  temperature,
});

describe('a device on the board', () => {
  it('is online with its first reading, and its values become series', () => {
    const bench = new Bench();
    bench.say('tele', reading(bootA, 0), 1_000);
    bench.say('tele', reading(bootA, 1), 11_000);
    expect(bench.device).toMatchObject({
      presence: { kind: 'online', sinceMs: 1_000 },
      bootNonce: bootA,
      readings: { temperature: { value: 21, atMs: 11_000 } },
    });
    expect([...(bench.board.series('porch-1', 'temperature')?.window(0, 99_999).values ?? [])]).toEqual([
      20, 21,
    ]);
  });

  it('goes offline by the last will of its newest boot', () => {
    const bench = new Bench();
    bench.say('status', online(bootA), 1_000);
    bench.say('status', offline(bootA), 5_000);
    expect(bench.device?.presence).toEqual({ kind: 'offline', sinceMs: 5_000 });
  });

  it('stays online when the last will of an earlier boot arrives late', () => {
    const bench = new Bench();
    bench.say('status', online(bootA), 1_000);
    bench.say('status', online(bootB), 3_000);
    bench.say('status', offline(bootA), 45_000);
    expect(bench.device).toMatchObject({ presence: { kind: 'online' }, bootNonce: bootB });
  });

  it('is not taken back to an earlier boot by anything late', () => {
    const bench = new Bench();
    bench.say('tele', reading(bootA, 7), 1_000);
    bench.say('tele', reading(bootB, 0), 2_000);
    bench.say('tele', reading(bootA, 8), 2_500);
    bench.say('status', online(bootA), 2_600);
    bench.say('health', { v: 1, n: bootA, up: 99 }, 2_700);
    expect(bench.device).toMatchObject({ bootNonce: bootB, lastSequence: 0, status: null, health: null });
    expect(bench.board.series('porch-1', 'temperature')?.size).toBe(2);
  });

  it('is offline, since an unknown time, when the broker kept its last will', () => {
    const bench = new Bench();
    bench.say('status', offline(bootA), 1_000, true);
    expect(bench.device?.presence).toEqual({ kind: 'offline', sinceMs: null });
  });

  it('falls quiet after three missed intervals, not before 30 s, and comes back with a reading', () => {
    const bench = new Bench();
    bench.say('tele', reading(bootA, 0), 1_000);
    expect(bench.board.tick(31_000).size).toBe(0);
    expect([...bench.board.tick(31_001)]).toEqual(['porch-1']);
    expect(bench.device?.presence).toEqual({ kind: 'quiet', lastHeardMs: 1_000 });
    bench.say('tele', reading(bootA, 1), 40_000);
    expect(bench.device?.presence.kind).toBe('online');
  });

  it('is given the time it really takes between readings, but not by one stalled connection', () => {
    const bench = new Bench();
    [0, 60_000, 70_000].forEach((atMs, q) => bench.say('tele', reading(bootA, q), atMs));
    expect(bench.device?.intervalMs).toBe(10_000);
    [130_000, 190_000].forEach((atMs, i) => bench.say('tele', reading(bootA, 3 + i), atMs));
    expect(bench.device?.intervalMs).toBe(60_000);
  });

  it('does not count a retained reading as a reading', () => {
    const bench = new Bench();
    bench.say('tele', reading(bootA, 0), 1_000, true);
    expect(bench.device?.presence.kind).toBe('unknown');
    expect(bench.board.series('porch-1', 'temperature')).toBeNull();
  });

  it('says how many readings never arrived', () => {
    const bench = new Bench();
    for (const q of [0, 1, 4, 5]) bench.say('tele', reading(bootA, q), 1_000 * q);
    expect(bench.device?.missedReadings).toBe(2);
  });

  it('keeps its readings when something unreadable arrives, and says what', () => {
    const bench = new Bench();
    bench.say('tele', reading(bootA, 0), 1_000);
    bench.raw('signet/porch/porch-1/tele', '{"v":1', 2_000);
    expect(bench.device).toMatchObject({
      readings: { temperature: { value: 20 } },
      unreadableCount: 1,
      lastUnreadable: { leaf: 'tele', reason: 'it is not JSON', atMs: 2_000 },
    });
  });

  it('has a clock of its own, which a delayed reading does not make slower', () => {
    const bench = new Bench();
    const say = (q: number, t: number, atMs: number) => bench.say('tele', { v: 1, n: bootA, q, t }, atMs);
    say(0, 1_000, 1_000_400);
    expect(bench.device?.clockOffsetMs).toBe(0);
    say(1, 1_010, 1_040_000);
    expect(bench.device?.clockOffsetMs).toBe(0);
    say(2, 4_650, 1_050_000);
    expect(bench.device?.clockOffsetMs).toBe(3_600_500);
    bench.board.noteClock('porch-1', 3_600_123);
    say(3, 4_660, 1_060_000);
    expect(bench.device?.clockOffsetMs).toBe(3_600_123);
    bench.say('status', online(bootB), 1_070_000);
    expect(bench.device?.clockOffsetMs).toBeNull();
  });

  it('shows what the cable brings until the broker brings the same', () => {
    const bench = new Bench();
    bench.board.acceptLocal('porch-1', { temperature: 19 }, 500);
    expect(bench.device).toMatchObject({
      presence: { kind: 'unknown' },
      readings: { temperature: { value: 19 } },
    });
    bench.say('tele', reading(bootA, 0), 1_000);
    bench.board.acceptLocal('porch-1', { temperature: 20 }, 1_010);
    expect(bench.board.series('porch-1', 'temperature')?.size).toBe(2);
  });

  it('in form iot2 gets the readings whose topic names nobody', () => {
    const bench = new Bench();
    bench.raw('iot-2/evt/status/fmt/json', '{"d":{"temp":22.5}}', 1_000);
    expect(bench.board.devices.get('old-1')?.readings['temperature']?.value).toBe(22.5);
  });
});

describe('the board', () => {
  it('ignores what is nobody’s reading, and counts it', () => {
    const bench = new Bench();
    bench.raw('some/lamp/state', 'on', 1);
    bench.raw('homeassistant/status', 'online', 1);
    bench.raw('signet/porch/porch-1/cmd', 'c1.app', 1);
    expect([bench.board.devices.size, bench.board.strangeMessages]).toEqual([0, 3]);
  });

  it('is not filled up by strangers', () => {
    const bench = new Bench();
    for (let i = 0; i < 3_000; i++)
      bench.raw(`signet/porch/d${i}/tele`, JSON.stringify(reading(bootA, 0)), 1);
    expect(bench.board.devices.size).toBe(2_000);
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`x${i}`, i]));
    bench.raw('signet/porch/d1/tele', JSON.stringify({ v: 1, n: bootA, ...many }), 2);
    expect(bench.board.quantities('d1').length).toBeLessThanOrEqual(48);
  });

  it('survives 10,000 malformed payloads without losing a good reading', () => {
    const bench = new Bench();
    let good = 0;
    const leaf = fc.constantFrom('tele', 'status', 'health', 'reply');
    fc.assert(
      fc.property(leaf, fc.uint8Array({ maxLength: 60 }), fc.boolean(), (name, payload, retained) => {
        const topic = `signet/porch/porch-1/${name}`;
        bench.board.accept([{ topic, payload, retained, atMs: 1_000 + good }]);
        bench.say('tele', reading(bootA, good++, 20), 1_000 + good);
      }),
      { numRuns: 10_000 },
    );
    expect(bench.device?.lastSequence).toBe(good - 1);
    expect(bench.device?.missedReadings).toBe(0);
  });
});

describe('the words of presence', () => {
  const words = (presence: Parameters<typeof presenceWords>[0]) =>
    presenceWords(presence, 200_000, () => '14:02');
  it('are those of the screens', () => {
    expect(words({ kind: 'online', sinceMs: 1 })).toBe('Online');
    expect(words({ kind: 'quiet', lastHeardMs: 80_000 })).toBe('Quiet for 2 min');
    expect(words({ kind: 'offline', sinceMs: 5 })).toBe('Offline since 14:02');
    expect(words({ kind: 'offline', sinceMs: null })).toBe('Offline');
  });
});
