/** The firmware on lx106 with its real TLS client, bridged to a real Mosquitto: what a connection says and costs. */
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { firstFiles, type SlotContents } from '../../src/contract/slot-files.ts';
import { fromHex, fromUtf8, toHex, utf8 } from '../../src/shared/bytes.ts';
import { commandKey, standardConfig } from '../contract/fixture.ts';
import { DeviceBroker, OpensslAuthority, type KeyKind, type Leaf } from './firmware-host-bench.ts';
import { Lx106Program } from './lx106-home.ts';

const connections = 6;
const stepMs = 50;
const enoughSteps = 1200;

/** One connection from the first look at the network to its opening. */
export interface Connection {
  readonly isResumed: boolean;
  /** Everything between TCP and the open session, the waiting loop's turns included. */
  readonly instructions: number;
  /** What the TLS client holds, with its stack. */
  readonly heapBytes: number;
  /** The deepest that BearSSL's engine ever reached below its entry. */
  readonly stackBytes: number;
}

/** The chip's heap at a restart: everything since the power came. */
export interface Memory {
  readonly allocations: number;
  readonly failed: number;
  readonly freeBytes: number;
  readonly largestBytes: number;
  /** The deepest of BearSSL's engine and of a rotation's arithmetic. */
  readonly stackBytes: number;
}

/** What the chip has for BearSSL's engine, allocated beside the rest while a connection stands. */
export const engineStackBytes = 6200;

export interface Site {
  readonly broker: DeviceBroker;
  readonly serverAuthority: OpensslAuthority;
  readonly clientAuthority: OpensslAuthority;
  readonly device: Leaf;
}

/** A broker whose key and authority are of one kind, and a device with a P-256 key. */
export async function startSite(folder: string, brokerKind: KeyKind): Promise<Site> {
  const serverAuthority = new OpensslAuthority(path.join(folder, 'server'), 'server authority', brokerKind);
  const clientAuthority = new OpensslAuthority(path.join(folder, 'client'), 'client authority', 'ec');
  const server = serverAuthority.issue('pi', 'serverAuth', brokerKind, 'DNS:broker.local');
  const device = clientAuthority.issue('porch-1', 'clientAuth', 'ec');
  const broker = new DeviceBroker(folder);
  await broker.start(clientAuthority, server);
  return { broker, serverAuthority, clientAuthority, device };
}

/** The files of a freshly set up device at that site, with a reading every `everyS` seconds. */
export const slotOf = (site: Site, everyS = 10): SlotContents => ({
  cfg: utf8(JSON.stringify({ ...standardConfig, sensor: { type: 'dht22', every_s: everyS } })),
  ca: Uint8Array.from(site.serverAuthority.certificateDer),
  crt: Uint8Array.from(site.device.certificateDer),
  key: Uint8Array.from(site.device.keyDer),
  mac: utf8(`app ${toHex(commandKey('app'))} *\n`),
});

/** The chip: what it prints, and its connections, the n-th through the n-th descriptor. */
export class Lx106Device {
  readonly serial: string[] = [];
  readonly links: Connection[] = [];
  /** Instructions since the start, at the beginning of each reading. */
  readonly readings: number[] = [];
  /** One entry a restart. */
  readonly memory: Memory[] = [];
  /** Allocations of the TLS client while a connection was open, all connections together. */
  openAllocations = 0;
  readonly #program: Lx106Program;
  readonly #sockets: Socket[] = [];
  #unixMs = 0;
  #dialledAt = 0;
  #wasOpen = false;
  #rest = '';

  /** Where the next connections go. */
  port: number;

  constructor(programs: string, port: number) {
    this.port = port;
    this.#program = new Lx106Program(path.join(programs, 'tls-runner.elf'), connections);
    for (let index = 0; index < connections; index++) {
      const end = this.#program.child.stdio[3 + index] as Duplex;
      end.on('error', () => undefined).once('data', (first: Buffer) => this.#bridge(end, first));
    }
  }

  /** Puts the device's files in place and lets it start, with Wi-Fi and the time already known. */
  async start(slot: SlotContents): Promise<void> {
    this.#unixMs = Date.now() + 3_600_000;
    for (const { path: file, content } of await firstFiles(slot, this.#unixMs))
      await this.#send(`file ${file} ${toHex(content)}`);
    await this.#send('sensor 1 215 402');
    await this.#send('wifi 2 0 -58 192 168 1 40');
    await this.boot();
  }

  /** Starts (again), with the memory as it is: what the chip would have cleared is missing too. */
  async boot(): Promise<void> {
    await this.#send('setup');
    await this.#send(`unix ${this.#unixMs}`);
  }

  /** The device's clock. */
  get unixMs(): number {
    return this.#unixMs;
  }

  /** Lets a little of the device's time pass. */
  async step(): Promise<void> {
    await this.#send(`run ${stepMs}`);
    this.#unixMs += stepMs;
  }

  /** Lets the device's time pass until it has printed a line with `text`, beyond the `seen` first lines. */
  async until(text: string, seen = 0): Promise<string> {
    for (let step = 0; step < enoughSteps; step++) {
      const found = this.serial.slice(seen).find((line) => line.includes(text));
      if (found !== undefined) return found;
      await this.step();
    }
    throw new Error(`the device never said "${text}":\n${this.serial.join('\n')}`);
  }

  /** The Wi-Fi goes away and comes back: the device says goodbye to the broker and dials again. */
  async dropWifi(): Promise<void> {
    await this.#send('wifi 3 201 -90 0 0 0 0');
    await this.until('wifi fail', this.serial.length);
    await this.#send('wifi 2 0 -58 192 168 1 40');
  }

  /** A line on the device's console. */
  async type(line: string): Promise<void> {
    await this.#send(`serial ${toHex(utf8(`${line}\n`))}`);
    await this.step();
  }

  close(): void {
    this.#program.close();
    this.#sockets.forEach((socket) => socket.destroy());
  }

  #bridge(end: Duplex, first: Buffer): void {
    const socket = connect(this.port, '127.0.0.1');
    this.#sockets.push(socket);
    socket.on('error', () => end.destroy());
    socket.write(first);
    end.pipe(socket).pipe(end);
  }

  async #send(order: string): Promise<void> {
    for (const line of await this.#program.send(order)) {
      const [, kind, ...rest] = line.split(' ');
      if (kind === 'serial' && rest[0] !== 'open') this.#addSerial(rest[0] ?? '');
      if (kind === 'link') this.#addLink(rest);
      if (kind === 'reading') this.readings.push(Number(rest[1]));
      if (kind === 'memory') this.#addMemory(rest);
    }
  }

  #addSerial(hex: string): void {
    const parts = (this.#rest + fromUtf8(fromHex(hex))).split('\n');
    this.#rest = parts.pop() ?? '';
    this.serial.push(...parts.map((line) => line.trimEnd()));
  }

  // "allocations <n> failed <n> free <bytes> largest <bytes> stack <bytes>".
  #addMemory(words: readonly string[]): void {
    const numbers = [1, 3, 5, 7, 9].map((at) => Number(words[at]));
    const [allocations = 0, failed = 0, freeBytes = 0, largestBytes = 0, stackBytes = 0] = numbers;
    this.memory.push({ allocations, failed, freeBytes, largestBytes, stackBytes });
  }

  // "<state> <code> <raw> resumed <flag> instructions <n> heap <bytes> stack <bytes> allocations <n>"; 2 is connecting,
  // 4 open.
  #addLink(words: readonly string[]): void {
    const numbers = [0, 4, 6, 8, 10, 12].map((at) => Number(words[at]));
    const [state = 0, resumed = 0, instructions = 0, heapBytes = 0, stackBytes = 0, allocations = 0] =
      numbers;
    if (this.#wasOpen) this.openAllocations += allocations;
    this.#wasOpen = state === 4;
    if (state === 2) this.#dialledAt = instructions;
    if (state !== 4) return;
    const spent = instructions - this.#dialledAt;
    this.links.push({ isResumed: resumed === 1, instructions: spent, heapBytes, stackBytes });
  }
}
