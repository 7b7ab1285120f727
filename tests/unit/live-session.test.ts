// The live session and its commands over mqtt.js, with the in-page broker and a device that checks signatures.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noBringUps, reduceSighting } from '../../src/commissioning/bring-ups.ts';
import { importCommandKey } from '../../src/contract/envelope.ts';
import { openLive, type LiveSession } from '../../src/workflows/open-live.ts';
import {
  commandKeysOf,
  commandWords,
  sendCommand,
  type CommandEnvironment,
  type CommandRequest,
  type CommandState,
} from '../../src/workflows/send-command.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { DeviceStandIn, newBench, until, type Bench, type Obey } from './live-kit.ts';

const bootA = 'aaaaaaaaaaaaaaaa';
const bootB = 'bbbbbbbbbbbbbbbb';

let bench: Bench;
let live: LiveSession;
let bringUps = noBringUps;
const devices: DeviceStandIn[] = [];

beforeEach(async () => {
  bench = await newBench();
  bringUps = noBringUps;
  live = await openLive(bench.env, bench.project, {
    onSighting: (sighting) => (bringUps = reduceSighting(bringUps, sighting)),
  });
  await until(live, () => live.state.kind === 'connected');
});
afterEach(async () => {
  await Promise.all(devices.splice(0).map((device) => device.end()));
  await live.close();
});

async function device(nonce = bootA): Promise<DeviceStandIn> {
  const standIn = new DeviceStandIn(bench, nonce);
  devices.push(standIn);
  await standIn.goOnline();
  await until(live, () => porch()?.bootNonce === nonce);
  return standIn;
}

const porch = () => live.devices.get('porch-1');

describe('a live session', () => {
  it('dials the project’s broker and shows readings, series and the way up', async () => {
    expect(live.url).toBe('wss://pi.local:8884');
    const standIn = await device();
    await standIn.tele(0, { temperature: 21.5, humidity: 40 });
    await until(live, () => porch()?.readings['temperature']?.value === 21.5);
    expect(porch()).toMatchObject({ presence: { kind: 'online' }, status: { capabilities: ['led'] } });
    expect(live.quantities('porch-1')).toEqual(['temperature', 'humidity']);
    expect(live.series('porch-1', 'humidity')?.last?.value).toBe(40);
    expect(bringUps.devices['porch-1']?.stages.read.state).toBe('ok');
  });

  it('shows the device offline by its last will', async () => {
    const standIn = await device();
    standIn.vanish();
    await until(live, () => porch()?.presence.kind === 'offline');
    expect(porch()?.presence).toMatchObject({ sinceMs: expect.any(Number) as number });
  });

  it('comes back when the broker was stopped, and then knows what was said meanwhile and kept', async () => {
    const standIn = await device();
    bench.broker.disconnectAll();
    await until(live, () => live.state.kind === 'waiting');
    await standIn.end();
    await device(bootB);
    expect(live.state.kind).toBe('connected');
  });

  it('ends quietly', async () => {
    await live.close();
    expect(live.state.kind).toBe('closed');
  });
});

describe('a command', () => {
  const states: CommandState[] = [];
  let clock: ManualClock;

  beforeEach(() => {
    states.length = 0;
    clock = new ManualClock(Date.now());
  });

  const send = (changes: Partial<CommandRequest> = {}, env: Partial<CommandEnvironment> = {}) =>
    sendCommand(
      { clock, live, withCommandKey: commandKeysOf(bench.env, bench.project), ...env },
      bench.project,
      'porch-1',
      { name: 'led', arguments: { on: 1 }, onState: (state) => states.push(state), ...changes },
    );
  const obeyed: Obey = () => ({ ok: 1, now: 1_900_000_000_000, last: 0, d: {} });

  it('is sent, taken by the broker, and done when the device says so', async () => {
    const standIn = await device();
    await standIn.listen(obeyed);
    expect((await send()).kind).toBe('done');
    expect(states.map(({ kind }) => kind)).toContain('sent');
    expect(states.map(commandWords).at(-1)).toBe('Done');
    expect(JSON.parse(standIn.received[0] ?? '')).toMatchObject({
      n: bootA,
      c: 'led',
      a: { on: 1 },
      ttl: 10_000,
    });
  });

  it('learns the device’s clock from a reply and uses it for the next command', async () => {
    const standIn = await device();
    await standIn.listen(obeyed);
    await send();
    await send();
    const [first, second] = standIn.received.map((json) => (JSON.parse(json) as { ts: number }).ts);
    expect(Math.abs((first ?? 0) - Date.now())).toBeLessThan(10_000);
    expect(Math.abs((second ?? 0) - 1_900_000_000_000)).toBeLessThan(10_000);
  });

  it('is refused by the device with cause and remedy', async () => {
    const standIn = await device();
    await standIn.listen(() => ({ ok: 0, e: 607, now: Date.now(), last: 0 }));
    const state = await send();
    expect(state).toMatchObject({ kind: 'refused', by: 'device', code: 607 });
    expect(commandWords(state)).toBe(
      "Refused: The command came too late or too early by the device's clock.",
    );
  });

  it('is refused by the broker when nobody is there to receive it', async () => {
    const standIn = await device();
    standIn.vanish();
    await until(live, () => porch()?.presence.kind === 'offline');
    expect(await send()).toMatchObject({ kind: 'refused', by: 'broker', code: 16 });
  });

  it('says "no answer: it may have happened" when the device is silent, and is not sent again', async () => {
    const standIn = await device();
    let told = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (told = resolve));
    await standIn.listen(() => {
      told();
      return null;
    });
    const sent = send({
      onState: (state) => {
        if (state.kind === 'taken') void arrived.then(() => clock.advance(12_000));
      },
    });
    const state = await sent;
    expect(state).toEqual({ kind: 'no-answer' });
    expect(commandWords(state)).toBe('No answer: it may have happened');
    expect(standIn.received).toHaveLength(1);
  });

  it('is not done because somebody without the key says so', async () => {
    const standIn = await device();
    const strange = await importCommandKey(new Uint8Array(32));
    await standIn.listen(obeyed, strange);
    const sent = send({
      onState: (state) => {
        if (state.kind === 'taken') void clock.advance(12_000);
      },
    });
    expect(await sent).toEqual({ kind: 'no-answer' });
  });

  it('ends as unknown or unanswered when the person stops waiting', async () => {
    const standIn = await device();
    await standIn.listen(() => null);
    const stop = new AbortController();
    const state = await send({
      signal: stop.signal,
      onState: ({ kind }) => kind === 'taken' && stop.abort(),
    });
    expect(state.kind).toBe('no-answer');
  });

  it('is not made for a device that was not heard yet: nothing is sent', async () => {
    await expect(send()).rejects.toMatchObject({ code: 'live.device-not-seen' });
    expect(states).toEqual([]);
  });

  it('is not sent while there is no connection', async () => {
    await device();
    await live.close();
    await expect(send()).rejects.toMatchObject({ code: 'live.not-connected' });
    expect(states).toEqual([]);
  });

  it('is not sent when the device could not take its length', async () => {
    await device();
    const tooLong = send({ name: 'display', arguments: { text: 'x'.repeat(3_000) } });
    await expect(tooLong).rejects.toMatchObject({ code: 'live.command-too-large' });
  });
});
