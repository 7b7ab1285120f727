import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bringUpStages, stageList, stageWords, type BringUp } from '../../src/commissioning/bring-up.ts';
import { noBringUps, reduceSighting, type BringUps } from '../../src/commissioning/bring-ups.ts';
import {
  newSerialContext,
  sightingsFromBootLine,
  sightingsFromStatus,
  sightingsFromTele,
  type SerialContext,
  type Sighting,
} from '../../src/commissioning/sighting.ts';
import { bootStages, bootStates, type BootLine } from '../../src/contract/boot-lines.ts';

const bootA = 'aaaaaaaaaaaaaaaa';
const bootB = 'bbbbbbbbbbbbbbbb';

/** A board on a cable and a broker, with the page that watches both. */
class Bench {
  state: BringUps = noBringUps;
  context: SerialContext;
  nowMs = 1_000_000;

  constructor(expectedDeviceId: string | null = null) {
    this.context = newSerialContext(expectedDeviceId);
  }

  serial(text: string): this {
    const [stage, state, ...fields] = text.split(' ');
    const line = {
      ms: 1,
      stage,
      state,
      fields: Object.fromEntries(fields.map((field) => field.split('='))) as Record<string, string>,
    } as BootLine;
    const read = sightingsFromBootLine(line, this.context, this.nowMs);
    this.context = read.context;
    return this.see(read.sightings);
  }

  status(bootNonce: string, online = true, retained = false): this {
    return this.see(
      sightingsFromStatus({ deviceId: 'porch-1', bootNonce, atMs: this.nowMs, retained, online }),
    );
  }

  tele(bootNonce: string, errorCode: number | null = null): this {
    const values: Record<string, number> = errorCode === null ? { temperature: 21.5 } : {};
    const evidence = { deviceId: 'porch-1', bootNonce, atMs: this.nowMs, retained: false };
    return this.see(sightingsFromTele({ ...evidence, values, errorCode }));
  }

  see(sightings: readonly Sighting[]): this {
    this.state = sightings.reduce(reduceSighting, this.state);
    return this;
  }

  later(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  get porch(): BringUp | undefined {
    return this.state.devices['porch-1'];
  }

  get words(): string {
    return this.porch
      ? stageList(this.porch)
          .map((view) => stageWords[view.state])
          .join(' ')
      : 'none';
  }
}

const upToTls = (bench: Bench, nonce = bootA): Bench =>
  bench
    .serial(`boot ok n=${nonce} fw=0.1.0`)
    .serial('fs ok')
    .serial('cfg ok slot=a id=porch-1')
    .serial('wifi ok ip=192.168.1.40')
    .serial('time ok')
    .serial('dns ok')
    .serial('tls ok ms=1480');

describe('a bring-up over the cable', () => {
  it('ticks stage after stage, under the name the settings give', () => {
    const bench = upToTls(new Bench());
    expect(bench.words).toBe('OK OK OK OK OK OK OK Waiting Waiting');
    expect(bench.state.unnamed).toBeNull();
    bench.serial('mqtt try');
    expect(bench.words).toBe('OK OK OK OK OK OK OK Trying Waiting');
    bench.serial('mqtt ok').serial('read ok temperature=21.5');
    expect(bench.words).toBe(Array(9).fill('OK').join(' '));
    expect(bench.porch?.stages.read.fields).toEqual({ temperature: '21.5' });
  });

  it('shows a board whose settings cannot be read, without a name', () => {
    const bench = new Bench().serial(`boot ok n=${bootA}`).serial('fs fail e=105').serial('safe ok e=901');
    expect(bench.state.devices).toEqual({});
    expect(bench.state.unnamed?.stages.fs.failure).toMatchObject({
      code: 105,
      cause: 'The board found no file system where its firmware looks for one.',
    });
    expect(bench.state.unnamed?.safeMode?.code).toBe(901);
  });

  it('names cause and remedy of a failure, also of a code it does not know', () => {
    const bench = upToTls(new Bench()).serial('tls fail e=403');
    expect(bench.porch?.stages.tls.failure?.cause).toMatch(/does not list the host name/);
    bench.serial('tls fail e=499');
    expect(bench.porch?.stages.tls.failure?.cause).toContain('code 499');
    bench.serial('tls fail');
    expect(bench.porch?.stages.tls.failure?.cause).toBe('The device did not say why.');
  });

  it('names what a stage was passed in spite of', () => {
    const bench = new Bench().serial(`boot ok n=${bootA}`).serial('cfg ok id=porch-1 e=103 key=relay.pin');
    expect(bench.porch?.stages.cfg).toMatchObject({ state: 'ok', failure: { code: 103 } });
    expect(bench.serial('cfg ok id=porch-1').porch?.stages.cfg.failure).toBeNull();
  });

  it('calls TLS simulated when there is none underneath, and a stage that is left out not needed', () => {
    const bench = upToTls(new Bench()).serial('tls ok sim=1').serial('dns skip');
    expect(bench.words).toBe('OK OK OK OK OK Not needed Simulated Waiting Waiting');
    expect(bench.serial('mqtt ok').porch?.stages.tls.state).toBe('simulated');
  });

  it('takes back what stood on Wi-Fi when Wi-Fi is lost', () => {
    const bench = upToTls(new Bench()).serial('mqtt ok').serial('wifi try');
    expect(bench.words).toBe('OK OK OK Trying OK Waiting Waiting Waiting Waiting');
  });

  it('starts anew with the next boot', () => {
    const bench = upToTls(new Bench()).serial('mqtt ok').serial(`boot ok n=${bootB}`);
    expect(bench.words).toBe(`OK${' Waiting'.repeat(8)}`);
    expect(bench.porch?.bootNonce).toBe(bootB);
  });

  it('is not started anew by the repetition that "info" asks for', () => {
    const bench = upToTls(new Bench()).serial('mqtt ok').serial('read ok temperature=21.5');
    const before = bench.words;
    upToTls(bench).serial('mqtt ok').serial('read ok temperature=21.5');
    expect(bench.words).toBe(before);
  });

  it('follows the board to its real name when another device was expected', () => {
    const bench = new Bench('door-1').serial(`boot ok n=${bootA}`).serial('fs ok');
    expect(Object.keys(bench.state.devices)).toEqual(['door-1']);
    bench.serial('cfg ok id=porch-1');
    expect(Object.keys(bench.state.devices)).toEqual(['porch-1']);
    expect(bench.words).toBe('OK OK OK Waiting Waiting Waiting Waiting Waiting Waiting');
  });

  it('takes lines before the first boot line, and learns the nonce afterwards', () => {
    const bench = new Bench('porch-1').serial('wifi ok').serial(`boot ok n=${bootA}`);
    expect(bench.porch?.bootNonce).toBe(bootA);
    expect(bench.porch?.stages.wifi.state).toBe('ok');
  });
});

describe('serial and broker together', () => {
  it('are joined when the boot nonce is the same', () => {
    const bench = upToTls(new Bench()).status(bootA);
    expect(bench.porch?.stages.mqtt).toMatchObject({ state: 'ok', source: 'broker' });
    expect(bench.tele(bootA).words).toBe(Array(9).fill('OK').join(' '));
  });

  it('are not joined by the online that the broker kept of the last boot', () => {
    const bench = new Bench('porch-1').serial(`boot ok n=${bootB}`).status(bootA, true, true);
    expect(bench.words).toBe(`OK${' Waiting'.repeat(8)}`);
  });

  it('are not joined by a straggler of the last boot while the cable speaks', () => {
    const bench = new Bench('porch-1').serial(`boot ok n=${bootB}`).later(2_000).tele(bootA);
    expect(bench.words).toBe(`OK${' Waiting'.repeat(8)}`);
    expect(bench.porch?.bootNonce).toBe(bootB);
  });

  it('never go back to a boot that is over, however much later it is heard of', () => {
    const bench = upToTls(new Bench(), bootA)
      .serial(`boot ok n=${bootB}`)
      .later(600_000)
      .status(bootA)
      .tele(bootA);
    expect(bench.porch?.bootNonce).toBe(bootB);
    expect(bench.words).toBe(`OK${' Waiting'.repeat(8)}`);
  });

  it('show the next boot through the broker alone, when the board was carried to its place', () => {
    const bench = upToTls(new Bench(), bootA).later(60_000).status(bootB);
    expect(bench.porch?.bootNonce).toBe(bootB);
    expect(bench.words).toBe(`${Array(8).fill('OK').join(' ')} Waiting`);
    expect(bench.porch?.stages.wifi.source).toBe('implied');
  });

  it('say that the sensor fails although the broker is reached', () => {
    const bench = new Bench().tele(bootA, 801);
    expect(bench.porch?.stages.read).toMatchObject({ state: 'failed', failure: { code: 801 } });
    expect(bench.porch?.stages.mqtt.state).toBe('ok');
  });

  it('keep a failed time visible when TLS went by the stored clock', () => {
    const bench = new Bench('porch-1')
      .serial(`boot ok n=${bootA}`)
      .serial('time fail e=301')
      .serial('tls ok');
    expect(bench.status(bootA).porch?.stages.time.state).toBe('failed');
  });

  it('tick nothing for an offline', () => {
    expect(new Bench().status(bootA, false).words).toBe('none');
  });
});

describe('any sequence of sightings', () => {
  const nonce = fc.constantFrom(bootA, bootB, null);
  const sighting: fc.Arbitrary<Sighting> = fc.record({
    source: fc.constantFrom('serial' as const, 'broker' as const),
    deviceId: fc.constantFrom('porch-1', 'door-1', null),
    bootNonce: nonce,
    stage: fc.constantFrom(...bootStages),
    state: fc.constantFrom(...bootStates),
    code: fc.constantFrom(null, 202, 999),
    fields: fc.constant({}),
    atMs: fc.nat(100_000),
  });

  it('leaves whole bring-ups under their own names, with a cause for every failure and for nothing that is open', () => {
    fc.assert(
      fc.property(fc.array(sighting, { maxLength: 40 }), (sightings) => {
        const ups = sightings.reduce(reduceSighting, noBringUps);
        const all = [...Object.values(ups.devices), ...(ups.unnamed ? [ups.unnamed] : [])];
        for (const bringUp of all) {
          expect(Object.keys(bringUp.stages)).toEqual([...bringUpStages]);
          for (const { state, failure } of stageList(bringUp)) {
            if (state === 'failed') expect(failure).not.toBeNull();
            if (['waiting', 'trying', 'not-needed'].includes(state)) expect(failure).toBeNull();
          }
        }
        for (const [id, bringUp] of Object.entries(ups.devices)) expect(bringUp.deviceId).toBe(id);
      }),
      { numRuns: 500 },
    );
  });
});
