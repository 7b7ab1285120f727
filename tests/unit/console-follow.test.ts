// Following a board on the cable: a scripted serial link behind our own port, everything after it is real.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sighting } from '../../src/commissioning/sighting.ts';
import { Transcript, type TranscriptLine } from '../../src/console/transcript.ts';
import { crc16CcittFalse } from '../../src/contract/boot-lines.ts';
import type { SerialLink } from '../../src/ports/serial.ts';
import { fromUtf8, utf8 } from '../../src/shared/bytes.ts';
import type { AppError } from '../../src/shared/errors.ts';
import {
  followConsole,
  type ConsoleFollower,
  type ConsoleOptions,
} from '../../src/workflows/follow-console.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const nonce = '9f2c0a7711e4b350';

class ScriptedLink implements SerialLink {
  readonly usb = null;
  readonly isVirtual = true;
  readonly written: string[] = [];
  readonly signals: object[] = [];
  isOpen = false;
  readonly #unplugged = new AbortController();
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  input = new ReadableStream<Uint8Array>({ start: (controller) => (this.#controller = controller) });

  get gone(): AbortSignal {
    return this.#unplugged.signal;
  }

  open(): Promise<void> {
    this.isOpen = true;
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isOpen = false;
    return Promise.resolve();
  }

  write(bytes: Uint8Array): Promise<void> {
    this.written.push(fromUtf8(bytes));
    return Promise.resolve();
  }

  setSignals(signals: object): Promise<void> {
    this.signals.push(signals);
    return Promise.resolve();
  }

  /** The board prints this; resolves when the page has had its turn. */
  async print(text: string): Promise<void> {
    this.#controller?.enqueue(utf8(text));
    await turn();
  }

  unplug(): void {
    this.#unplugged.abort();
    this.#controller?.error(new Error('The device has been lost.'));
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const bootLine = (body: string): string => {
  const signed = `sg1 ${body}`;
  return `@${signed}*${crc16CcittFalse(utf8(signed)).toString(16).padStart(4, '0')}\r\n`;
};

let link: ScriptedLink;
let clock: ManualClock;
let follower: ConsoleFollower;
let lines: TranscriptLine[];
let sightings: Sighting[];
let ends: (AppError | null)[];

async function follow(options: Partial<ConsoleOptions> = {}): Promise<void> {
  follower = await followConsole({ clock }, link, {
    baudRate: 115_200,
    secrets: ['wlan-canary-7431'],
    onLine: (line) => lines.push(line),
    onSighting: (sighting) => sightings.push(sighting),
    onEnd: (error) => ends.push(error),
    ...options,
  });
}

beforeEach(() => {
  [link, clock, lines, sightings, ends] = [new ScriptedLink(), new ManualClock(), [], [], []];
});
afterEach(() => follower.stop());

describe('following the console', () => {
  it('turns boot lines into sightings of the device they name', async () => {
    await follow();
    await link.print(bootLine(`61 boot ok n=${nonce} fw=0.1.0`) + bootLine('120 cfg ok slot=a id=porch-1'));
    await link.print('Joining the Wi-Fi…\r\n' + bootLine('3180 wifi fail e=202'));
    expect(sightings.map(({ stage, state, code, deviceId }) => [stage, state, code, deviceId])).toEqual([
      ['boot', 'ok', null, null],
      ['cfg', 'ok', null, 'porch-1'],
      ['wifi', 'fail', 202, 'porch-1'],
    ]);
    expect(sightings.every((sighting) => sighting.bootNonce === nonce)).toBe(true);
    expect(lines.map((line) => line.text)).toContain('Joining the Wi-Fi…');
  });

  it('makes nothing of a boot line that was damaged on the wire', async () => {
    await follow();
    await link.print(bootLine('3180 wifi ok').replace('wifi', 'wlfi'));
    await link.print(bootLine('3180 tls ok').replace('3180', '3181'));
    expect(sightings).toEqual([]);
    expect(lines).toHaveLength(2);
  });

  it('never lets a secret through, neither in lines nor in sightings', async () => {
    await follow();
    await link.print('psk wlan-canary-7431\r\n' + bootLine('5 wifi try ssid=wlan-canary-7431'));
    expect(JSON.stringify([lines, sightings, follower.transcript.toText()])).not.toContain('canary');
    expect(sightings).toHaveLength(1);
  });

  it('asks for the state when the board said nothing of it, and only then', async () => {
    await follow();
    await link.print('some text\r\n');
    await clock.advance(1_500);
    expect(link.written).toEqual(['info\r\n']);
    expect(lines.at(-1)).toMatchObject({ direction: 'out', text: 'info' });
  });

  it('asks for what it missed when the first line it heard was not the one that opens a start', async () => {
    await follow();
    await link.print(bootLine('3180 wifi ok ip=192.168.1.40'));
    await link.print(bootLine('5900 read ok temperature=21.5'));
    expect(sightings.map((sighting) => sighting.bootNonce)).toEqual([null, null]);
    await clock.advance(1_500);
    expect(link.written).toEqual(['info\r\n']);
    await link.print(bootLine(`61 boot ok n=${nonce}`) + bootLine('3180 wifi ok ip=192.168.1.40'));
    expect(sightings.at(-1)).toMatchObject({ stage: 'wifi', bootNonce: nonce });
    await clock.advance(10_000);
    expect(link.written).toHaveLength(1);
  });

  it('does not ask a board that has just told', async () => {
    await follow();
    await link.print(bootLine(`61 boot ok n=${nonce}`));
    await clock.advance(1_500);
    expect(link.written).toEqual([]);
  });

  it('does not ask at a speed that the firmware does not speak, nor when it is told not to', async () => {
    await follow({ baudRate: 9_600 });
    await clock.advance(1_500);
    await follower.stop();
    link = new ScriptedLink();
    await follow({ asksForState: false });
    await clock.advance(1_500);
    expect(link.written).toEqual([]);
  });

  it('goes on with the lines of a line that was followed before', async () => {
    const transcript = new Transcript({ maxLines: 10, secrets: [] });
    transcript.add({ atMs: 0, text: 'before' });
    await follow({ transcript });
    await link.print('after wlan-canary-7431\r\n');
    expect(transcript.lines().map(({ number, text }) => [number, text])).toEqual([
      [0, 'before'],
      [1, 'after •••'],
    ]);
  });

  it('gives everybody else a turn while a burst is read', async () => {
    let nowMs = 0;
    let turns = 0;
    // Each look at the clock finds half a millisecond gone.
    const busy = {
      nowMs: () => 0,
      monotonicMs: () => (nowMs += 0.5),
      sleep: () => {
        turns += 1;
        return Promise.resolve();
      },
    };
    follower = await followConsole({ clock: busy }, link, {
      baudRate: 9_600,
      onLine: (line) => lines.push(line),
      onSighting: () => undefined,
    });
    await link.print('a line\r\n'.repeat(1_000));
    await turn();
    expect(lines).toHaveLength(1_000);
    expect(turns).toBeGreaterThan(40);
  });

  it('presses reset without pressing FLASH', async () => {
    await follow();
    const pressed = follower.reset();
    await turn();
    await clock.advance(100);
    await pressed;
    expect(link.signals).toEqual([{ dtr: false }, { rts: true }, { rts: false }]);
  });

  it('says that the board was unplugged, with what it said last', async () => {
    await follow();
    await link.print('half a li');
    link.unplug();
    await turn();
    await turn();
    expect(ends.map((error) => error?.code)).toEqual(['serial.gone']);
    expect(lines.at(-1)?.text).toBe('half a li');
    expect(link.isOpen).toBe(false);
  });

  it('gives the port back when it is stopped, and says nothing more', async () => {
    const stop = new AbortController();
    await follow({ signal: stop.signal });
    stop.abort();
    await follower.stop();
    expect(link.isOpen).toBe(false);
    expect(link.input.locked).toBe(false);
    expect(ends).toEqual([]);
  });
});
