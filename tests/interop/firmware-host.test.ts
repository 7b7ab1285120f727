/**
 * The whole firmware on Linux, started from the flash image that the page's own writer makes, against a real Mosquitto:
 * readings, status, last will, signed commands, and every way in which the connection is refused.
 */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseBootLine, type BootLine } from '../../src/contract/boot-lines.ts';
import { encodeConfig, type DeviceConfig } from '../../src/contract/config.ts';
import {
  importCommandKey,
  newCommandId,
  openReply,
  sealCommand,
  type CommandBody,
  type ReplyBody,
} from '../../src/contract/envelope.ts';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import { encodeCommandKeys, firstFiles } from '../../src/contract/slot-files.ts';
import { buildImage, fullImage } from '../../src/littlefs/writer.ts';
import {
  buildHost,
  DeviceBroker,
  HostProgram,
  OpensslAuthority,
  removeFolder,
  temporaryFolder,
  until,
  type Leaf,
} from './firmware-host-bench.ts';

const daySeconds = 86_400;
const nowSeconds = Math.floor(Date.now() / 1000);
const appKey = new Uint8Array(32).fill(0x5a);
const base = 'signet/porch/porch-1';

const folder = temporaryFolder();
const program = buildHost('firmware');
let serverAuthority: OpensslAuthority;
let clientAuthority: OpensslAuthority;
let server: Leaf;
let device: Leaf;
let broker: DeviceBroker;
let watcher: MqttClient;
const seen: { topic: string; text: string; payload: Buffer; isRetained: boolean }[] = [];

interface Board {
  readonly config?: Partial<DeviceConfig>;
  readonly anchors?: Buffer;
  readonly identity?: Leaf;
  readonly clockFloorSeconds?: number;
  readonly options?: readonly string[];
}

let boards = 0;
let running: HostProgram[] = [];

/** A flash dump of a freshly provisioned 4m2m board, in a folder of its own. */
async function flash(board: Board, own: string): Promise<readonly string[]> {
  const config: DeviceConfig = {
    v: 1,
    project: 'porch',
    id: 'porch-1',
    wifi: [{ ssid: 'home', psk: 'correct horse' }],
    mqtt: { host: 'pi.local', port: broker.port, keep_s: 10 },
    sensor: { type: 'dht22', pin: 4, every_s: 2 },
    led: { pin: 2, low: true },
    relay: { pin: 5, low: false, pulse_ms: 100 },
    ...board.config,
  };
  const identity = board.identity ?? device;
  const slot = {
    cfg: encodeConfig(config),
    ca: new Uint8Array(board.anchors ?? serverAuthority.certificateDer),
    crt: new Uint8Array(identity.certificateDer),
    key: new Uint8Array(identity.keyDer),
    mac: encodeCommandKeys([{ name: 'app', key: appKey, allow: '*' }]),
  };
  const layout = layoutNamed('4m2m');
  const files = await firstFiles(slot, (board.clockFloorSeconds ?? nowSeconds) * 1000);
  const image = fullImage(
    buildImage(
      layout,
      files.map((file) => ({ kind: 'file', ...file })),
    ),
  );
  const dump = Buffer.alloc(layout.flashSizeBytes, 0xff);
  dump.set(image, layout.fsOffset);
  writeFileSync(path.join(own, 'flash.bin'), dump);
  return [
    ...['--flash', path.join(own, 'flash.bin'), '--fs-offset', String(layout.fsOffset)],
    ...['--block-size', String(layout.blockSizeBytes), '--block-count', String(layout.blockCount)],
  ];
}

async function boot(board: Board = {}): Promise<HostProgram> {
  const own = path.join(folder, `board-${++boards}`);
  mkdirSync(own);
  const where = await flash(board, own);
  const world = board.options ?? ['--time', 'real'];
  const started = new HostProgram(program, own, [...where, '--resolve', 'pi.local=127.0.0.1', ...world]);
  running.push(started);
  return started;
}

const bootLines = (board: HostProgram): BootLine[] =>
  board.lines.map(parseBootLine).filter((line) => line !== null);

const lineOf = (board: HostProgram, stage: string, state: string): BootLine | undefined =>
  bootLines(board).find((line) => line.stage === stage && line.state === state);

async function lineAppears(board: HostProgram, stage: string, state: string): Promise<BootLine> {
  await until(
    `${stage} ${state}\n${board.lines.join('\n')}`,
    () => lineOf(board, stage, state) !== undefined,
  );
  return lineOf(board, stage, state) as BootLine;
}

const messagesOn = (leaf: string): typeof seen => seen.filter(({ topic }) => topic === `${base}/${leaf}`);

async function messageOn(leaf: string, holds: (text: string) => boolean = () => true): Promise<string> {
  const find = (): string | undefined => messagesOn(leaf).find(({ text }) => holds(text))?.text;
  await until(`a message on ${leaf}`, () => find() !== undefined);
  return find() as string;
}

async function watch(): Promise<void> {
  seen.length = 0;
  watcher = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.plainPort}`);
  watcher.on('message', (topic, payload, packet) => {
    seen.push({ topic, payload, text: payload.toString(), isRetained: packet.retain });
  });
  await watcher.subscribeAsync(`${base}/#`);
}

/** Forgets the retained status, so that the next test sees only its own board. */
async function forget(): Promise<void> {
  await watcher.publishAsync(`${base}/status`, '', { retain: true, qos: 1 });
  await watcher.endAsync(true);
}

async function command(body: Partial<CommandBody> & Pick<CommandBody, 'c' | 'a'>): Promise<ReplyBody> {
  const status = JSON.parse(await messageOn('status', (text) => text.includes('online'))) as { n: string };
  const key = await importCommandKey(appKey);
  const full: CommandBody = { i: newCommandId(), n: status.n, ts: Date.now(), ttl: 10_000, ...body };
  const payload = await sealCommand(`${base}/cmd`, 'app', key, full);
  await watcher.publishAsync(`${base}/cmd`, Buffer.from(payload), { qos: 1 });
  let reply: ReplyBody | null = null;
  await until('the reply', async () => {
    for (const message of messagesOn('reply')) {
      const opened = await openReply(`${base}/reply`, key, message.payload);
      if (opened?.i === full.i) reply = opened;
    }
    return reply !== null;
  });
  return reply as unknown as ReplyBody;
}

beforeAll(async () => {
  serverAuthority = new OpensslAuthority(path.join(folder, 'server'), 'server authority', 'ec');
  clientAuthority = new OpensslAuthority(path.join(folder, 'client'), 'client authority', 'ec');
  server = serverAuthority.issue('pi', 'serverAuth', 'ec', 'DNS:pi.local,DNS:localhost');
  device = clientAuthority.issue('porch-1', 'clientAuth', 'ec');
  broker = new DeviceBroker(folder);
  await broker.start(clientAuthority, server);
});

afterAll(async () => {
  await broker.stop();
  removeFolder(folder);
});

beforeEach(watch);

afterEach(async () => {
  await Promise.all(running.map((board) => board.kill()));
  running = [];
  await forget();
});

describe('a freshly flashed board', () => {
  it('comes up stage by stage and tells each on the console', async () => {
    const board = await boot();
    await lineAppears(board, 'mqtt', 'ok');
    await lineAppears(board, 'read', 'ok');
    const stages = ['boot', 'fs', 'cfg', 'wifi', 'time', 'dns', 'tls', 'mqtt', 'read'];
    expect(stages.filter((stage) => lineOf(board, stage, 'ok') === undefined)).toEqual([]);
    expect(lineOf(board, 'tls', 'ok')?.fields).toMatchObject({ frag: '512', resumed: '0' });
  });

  it('publishes readings and a retained status under the same boot nonce', async () => {
    const board = await boot({ options: ['--time', 'real', '--temperature', '-3.5', '--humidity', '61.4'] });
    const reading = JSON.parse(await messageOn('tele')) as Record<string, unknown>;
    expect(reading).toMatchObject({ v: 1, q: 0, temperature: -3.5, humidity: 61.4 });
    expect(Math.abs((reading['t'] as number) - Date.now() / 1000)).toBeLessThan(10);
    const status = JSON.parse(await messageOn('status')) as Record<string, unknown>;
    const nonce = lineOf(board, 'boot', 'ok')?.fields['n'];
    expect(status).toMatchObject({ v: 1, st: 'online', n: nonce, slot: 'a', trial: 0, rst: 'power' });
    expect(reading['n']).toBe(nonce);

    const late = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.plainPort}`);
    const retained = new Promise<boolean>((resolve) =>
      late.on('message', (_topic, _payload, packet) => resolve(packet.retain)),
    );
    await late.subscribeAsync(`${base}/status`);
    expect(await retained).toBe(true);
    await late.endAsync(true);
  });

  it('leaves its last will when it dies', async () => {
    const board = await boot();
    const online = JSON.parse(await messageOn('status')) as { n: string };
    await board.kill();
    const offline = JSON.parse(await messageOn('status', (text) => text.includes('offline'))) as object;
    expect(offline).toEqual({ v: 1, st: 'offline', n: online.n });
  });

  it('reads its sensor on the console even when nothing answers on the network', async () => {
    const board = await boot({ options: ['--wifi', 'no-ap'] });
    expect((await lineAppears(board, 'read', 'ok')).fields).toMatchObject({ temperature: '21.5' });
    expect((await lineAppears(board, 'wifi', 'fail')).fields).toMatchObject({ e: '201' });
  });

  it('opens no door of its own: nothing it holds listens', async () => {
    const board = await boot();
    await messageOn('status');
    const held = readdirSync(`/proc/${board.pid}/fd`).map((fd) =>
      readlinkSync(`/proc/${board.pid}/fd/${fd}`),
    );
    const inodes = held.flatMap((name) => /^socket:\[(\d+)\]$/.exec(name)?.[1] ?? []);
    const tables = ['tcp', 'tcp6'].map((name) => readFileSync(`/proc/net/${name}`, 'utf8')).join('');
    const rows = tables.split('\n').map((row) => row.trim().split(/\s+/));
    const listens = (inode: string): boolean => rows.some((row) => row[9] === inode && row[3] === '0A');
    expect(inodes.length).toBeGreaterThan(0);
    expect(inodes.filter(listens)).toEqual([]);
  });

  it('sleeps between its readings', async () => {
    const board = await boot();
    await messageOn('tele');
    const cpuTicks = (): number => {
      const fields = readFileSync(`/proc/${board.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return Number(fields[11]) + Number(fields[12]);
    };
    const before = cpuTicks();
    await messageOn('tele', (text) => (JSON.parse(text) as { q: number }).q === 1);
    expect(cpuTicks() - before).toBeLessThan(50); // of 200 ticks in those two seconds
  });

  it('says 801 when the sensor fails', async () => {
    await boot({ options: ['--time', 'real', '--sensor', 'fail'] });
    const reading = JSON.parse(await messageOn('tele')) as Record<string, unknown>;
    expect(reading).toMatchObject({ e: 801 });
    expect(reading).not.toHaveProperty('temperature');
  });
});

describe('a signed command', () => {
  it('switches the LED and is answered', async () => {
    const board = await boot();
    expect(await command({ c: 'led', a: { on: 1 } })).toMatchObject({ ok: 1 });
    await until('the LED pin goes low', () => board.events().at(-1) === 'pin 2 0');
  });

  it('shows a text', async () => {
    const board = await boot();
    expect(await command({ c: 'display', a: { text: 'hello' } })).toMatchObject({ ok: 1 });
    expect(board.events()).toContain('display hello');
  });

  it('pulses the relay for its configured time, and never at boot', async () => {
    const board = await boot();
    const settled = 'pin 5 0';
    await messageOn('status');
    expect(board.events()).not.toContain('pin 5 1');
    expect(await command({ c: 'relay', a: {} })).toMatchObject({ ok: 1 });
    await until('the pulse ends', () => {
      const relay = board.events().filter((line) => line.startsWith('pin 5 '));
      return relay.includes('pin 5 1') && relay.at(-1) === settled;
    });
    expect(board.events().some((line) => line.startsWith('file /cts'))).toBe(true);
  });

  it('for another boot is refused with 605', async () => {
    const board = await boot();
    expect(await command({ c: 'led', a: { on: 1 }, n: '0'.repeat(16) })).toMatchObject({ ok: 0, e: 605 });
    expect(board.events()).not.toContain('pin 2 0');
  });

  it('to reboot starts the program anew with another nonce', async () => {
    const board = await boot();
    expect(await command({ c: 'reboot', a: {} })).toMatchObject({ ok: 1 });
    await until('a second boot', () => bootLines(board).filter(({ stage }) => stage === 'boot').length === 2);
    const [first, second] = bootLines(board).filter(({ stage }) => stage === 'boot');
    expect(second?.fields['rst']).toBe('software');
    expect(second?.fields['n']).not.toBe(first?.fields['n']);
  });
});

describe('across a restart', () => {
  it('what the device wrote wins over the flashed image', async () => {
    const floor = nowSeconds - 1.5 * daySeconds;
    const board = await boot({ clockFloorSeconds: floor });
    await until('the clock is stored', () => board.events().some((line) => line.startsWith('file /clk')));
    const stored = Number(readFileSync(path.join(board.stateFolder, 'clk'), 'utf8'));
    expect(Math.abs(stored - Date.now() / 1000)).toBeLessThan(10);
    await messageOn('status');
    await command({ c: 'reboot', a: {} });
    await until('a second boot', () => bootLines(board).filter(({ stage }) => stage === 'boot').length === 2);
    await lineAppears(board, 'mqtt', 'ok');
    expect(lineOf(board, 'cfg', 'ok')?.fields).toMatchObject({ slot: 'a', id: 'porch-1' });
  });

  it('the program ends with code 42 where that was asked for', async () => {
    const board = await boot({ options: ['--wifi', 'no-ap', '--on-restart', 'exit'] });
    await lineAppears(board, 'cfg', 'ok');
    board.type('reset');
    expect((await board.ended).exitCode).toBe(42);
  });
});

it('a start with an unknown option is refused', async () => {
  expect((await (await boot({ options: ['--insecure', 'yes'] })).ended).exitCode).toBe(2);
});

describe('the connection fails', () => {
  const failure = async (board: Board): Promise<string | undefined> =>
    (await lineAppears(await boot(board), 'tls', 'fail')).fields['e'];
  const at = (seconds: number): readonly string[] => ['--unix-time', String(seconds)];

  it('with 404 under a broker of another authority', async () => {
    const other = new OpensslAuthority(path.join(folder, 'other'), 'other authority', 'ec');
    expect(await failure({ anchors: other.certificateDer })).toBe('404');
  });

  it('with 403 under a name that the certificate does not have', async () => {
    const options = ['--time', 'real', '--resolve', 'other.local=127.0.0.1'];
    expect(await failure({ config: { mqtt: { host: 'other.local', port: broker.port } }, options })).toBe(
      '403',
    );
  });

  it('with 401 once the certificate has expired', async () => {
    expect(await failure({ options: at(nowSeconds + 398 * daySeconds) })).toBe('401');
  });

  it('with 402 before the certificate begins', async () => {
    const early = nowSeconds - 30 * daySeconds;
    expect(await failure({ clockFloorSeconds: early - daySeconds, options: at(early) })).toBe('402');
  });

  it('with 407 when the broker refuses the device certificate', async () => {
    const stranger = serverAuthority.issue('stranger', 'clientAuth', 'ec');
    expect(await failure({ identity: stranger })).toBe('407');
  });

  it('until the broker is back', async () => {
    const board = await boot();
    await lineAppears(board, 'mqtt', 'ok');
    await broker.stop();
    board.lines.length = 0;
    await watcher.endAsync(true);
    await broker.start(clientAuthority, server);
    await watch();
    await lineAppears(board, 'mqtt', 'ok');
    await messageOn('status', (text) => text.includes('online'));
  });
});
