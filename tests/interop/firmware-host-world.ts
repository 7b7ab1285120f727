/**
 * A board with its broker and somebody who commands it: what the tests of a rotation and of a bad network share. The
 * broker can be reached through a slow or breaking wire.
 */
import { mkdirSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import path from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
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
import { encodeCommandKeys, firstFiles, type SlotContents } from '../../src/contract/slot-files.ts';
import {
  buildHost,
  DeviceBroker,
  type DeviceListener,
  HostProgram,
  OpensslAuthority,
  removeFolder,
  temporaryFolder,
  until,
  writeFiles,
  type Leaf,
} from './firmware-host-bench.ts';

export const appKey = new Uint8Array(32).fill(0x5a);
export const base = 'signet/porch/porch-1';

export interface Status {
  readonly st: string;
  readonly n: string;
  readonly slot: string;
  readonly gen: string;
  readonly trial: number;
}

export class World {
  readonly folder = temporaryFolder();
  readonly broker = new DeviceBroker(this.folder);
  readonly serverAuthority = new OpensslAuthority(path.join(this.folder, 'server'), 'server', 'ec');
  readonly clientAuthority = new OpensslAuthority(path.join(this.folder, 'client'), 'client', 'ec');
  readonly server = this.serverAuthority.issue('pi', 'serverAuth', 'ec', 'DNS:pi.local');
  readonly device = this.clientAuthority.issue('porch-1', 'clientAuth', 'ec');
  readonly messages: { topic: string; payload: Buffer }[] = [];
  readonly #program = buildHost('firmware');
  #watcher: MqttClient | null = null;
  #running: HostProgram[] = [];
  #boards = 0;

  async start(listener: DeviceListener = {}): Promise<void> {
    await this.broker.start(this.clientAuthority, this.server, listener);
  }

  async stop(): Promise<void> {
    await this.endBoards();
    await this.broker.stop();
    removeFolder(this.folder);
  }

  async endBoards(): Promise<void> {
    await Promise.all(this.#running.map((board) => board.kill()));
    this.#running = [];
    await this.endWatch();
  }

  async endWatch(): Promise<void> {
    await this.#watcher?.endAsync(true);
    this.#watcher = null;
  }

  /** @param identity null: a device without a certificate. */
  slot(config: Partial<DeviceConfig> = {}, identity: Leaf | null = this.device): SlotContents {
    const all: DeviceConfig = {
      v: 1,
      project: 'porch',
      id: 'porch-1',
      wifi: [{ ssid: 'home', psk: 'correct horse' }],
      mqtt: { host: 'pi.local', port: this.broker.port, keep_s: 10 },
      sensor: { type: 'dht22', pin: 4, every_s: 2 },
      led: { pin: 2, low: true },
      ...config,
    };
    return {
      cfg: encodeConfig(all),
      ca: new Uint8Array(this.serverAuthority.certificateDer),
      crt: new Uint8Array(identity?.certificateDer ?? []),
      key: new Uint8Array(identity?.keyDer ?? []),
      mac: encodeCommandKeys([{ name: 'app', key: appKey, allow: '*' }]),
    };
  }

  async boot(
    slot: SlotContents,
    options: readonly string[] = ['--time', 'real'],
    floorMs = Date.now(),
  ): Promise<HostProgram> {
    const own = path.join(this.folder, `board-${++this.#boards}`);
    mkdirSync(own);
    const files = await firstFiles(slot, floorMs);
    const named = Object.fromEntries(files.map((file) => [file.path.slice(1), file.content]));
    const where = ['--files', writeFiles(own, named), '--resolve', 'pi.local=127.0.0.1'];
    const board = new HostProgram(this.#program, own, [...where, ...options]);
    this.#running.push(board);
    return board;
  }

  /** Listens on the plain port; `isFresh` forgets the status that the broker kept. */
  async watch(isFresh = true): Promise<void> {
    this.messages.length = 0;
    this.#watcher = await mqtt.connectAsync(`mqtt://127.0.0.1:${this.broker.plainPort}`);
    if (isFresh) await this.#watcher.publishAsync(`${base}/status`, '', { retain: true, qos: 1 });
    this.#watcher.on('message', (topic, payload) => this.messages.push({ topic, payload }));
    await this.#watcher.subscribeAsync('#');
  }

  async publish(topic: string, payload: string | Buffer): Promise<void> {
    await this.#watcher?.publishAsync(topic, payload, { qos: 1 });
  }

  /** The newest status for which `holds` is true, once there is one. */
  async status(what: string, holds: (status: Status) => boolean): Promise<Status> {
    const find = (): Status | undefined =>
      this.messages
        .filter(({ topic, payload }) => topic === `${base}/status` && payload.length > 0)
        .map(({ payload }) => JSON.parse(payload.toString()) as Status)
        .findLast(holds);
    await until(`a status: ${what}`, () => find() !== undefined);
    return find() as Status;
  }

  /** Sends a signed command to that boot and waits for its answer. */
  async command(
    boot: string,
    c: CommandBody['c'],
    a: CommandBody['a'],
    now = Date.now(),
  ): Promise<ReplyBody> {
    const key = await importCommandKey(appKey);
    const body: CommandBody = { i: newCommandId(), n: boot, ts: now, ttl: 10_000, c, a };
    await this.publish(`${base}/cmd`, Buffer.from(await sealCommand(`${base}/cmd`, 'app', key, body)));
    let found: ReplyBody | null = null;
    await until(`the reply to ${c}`, async () => {
      for (const { topic, payload } of this.messages) {
        const reply = topic === `${base}/reply` ? await openReply(topic, key, payload) : null;
        if (reply?.i === body.i) found = reply;
      }
      return found !== null;
    });
    return found as unknown as ReplyBody;
  }
}

export const bootLines = (board: HostProgram, stage: string, state: string): BootLine[] =>
  board.lines
    .map(parseBootLine)
    .filter((line) => line !== null)
    .filter((line) => line.stage === stage && line.state === state);

export async function bootLine(board: HostProgram, stage: string, state: string): Promise<BootLine> {
  await until(
    `${stage} ${state} after\n${board.lines.join('\n')}`,
    () => bootLines(board, stage, state).length > 0,
  );
  return bootLines(board, stage, state).at(-1) as BootLine;
}

interface Speed {
  readonly chunkBytes: number;
  readonly everyMs: number;
}

/** A wire to the broker that passes `chunkBytes` every `everyMs` each way, until it is cut. */
export class SlowWire {
  port = 0;
  /** Bytes the board may still send; then everything hangs, without a word. */
  leftToBroker = Infinity;
  readonly #server: Server;
  #sockets: Socket[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(brokerPort: () => number, chunkBytes: number, everyMs: number) {
    const speed = { chunkBytes, everyMs };
    this.#server = createServer((near) => {
      const far = connect(brokerPort(), '127.0.0.1');
      this.#sockets.push(near, far);
      this.#pass(near, far, () => this.leftToBroker, speed);
      this.#pass(far, near, () => Infinity, speed);
    });
  }

  #pass(from: Socket, to: Socket, left: () => number, speed: Speed): void {
    let waiting = Buffer.alloc(0);
    from.on('data', (bytes) => (waiting = Buffer.concat([waiting, bytes])));
    from.on('error', () => to.destroy()).on('close', () => to.destroy());
    const timer = setInterval(() => {
      const part = waiting.subarray(0, Math.min(speed.chunkBytes, left()));
      waiting = waiting.subarray(part.length);
      if (part.length > 0) to.write(part);
      if (left() !== Infinity) this.leftToBroker -= part.length;
    }, speed.everyMs);
    this.#timers.add(timer);
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Both ends see the connection end. */
  drop(): void {
    this.#sockets.forEach((socket) => socket.destroy());
    this.#sockets = [];
  }

  async close(): Promise<void> {
    this.#timers.forEach(clearInterval);
    this.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
