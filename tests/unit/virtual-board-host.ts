// The host's side for the virtual board's tests: real esptool-js, and a bare loader client for what it cannot send.
import { createHash } from 'node:crypto';
import { ESPLoader, Transport } from 'esptool-js';
import { concatBytes } from '../../src/shared/bytes.ts';
import { SYNC } from '../../src/virtual-board/protocol.ts';
import { encodeSlip, SlipDecoder } from '../../src/virtual-board/slip.ts';
import type { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';

export const md5Hex = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** Bytes that deflate about as well as a firmware does. */
export function firmwareLike(sizeBytes: number, seed = 7): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: sizeBytes }, (_, i) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return i % 3 === 0 ? i & 0xff : state >>> 25;
  });
}

export interface Connected {
  readonly loader: ESPLoader;
  readonly transport: Transport;
  readonly log: string[];
}

/** `romBaudrate` is what esptool-js connects at; 115200 when not given. */
export function esptool(board: VirtualBoard, baudRate = 115_200, romBaudrate = 115_200): Connected {
  const log: string[] = [];
  const transport = new Transport(board.port, false);
  const terminal = {
    clean: () => undefined,
    write: (text: string) => void log.push(text),
    writeLine: (text: string) => void log.push(text),
  };
  const serialOptions = { baudRate, bufferSize: 8192 };
  return {
    transport,
    log,
    loader: new ESPLoader({ transport, baudrate: baudRate, romBaudrate, terminal, serialOptions }),
  };
}

/** Connects with the stub; without another baud rate nothing is changed after it. */
export async function connect(board: VirtualBoard, baudRate?: number): Promise<Connected> {
  const connected = esptool(board, baudRate);
  await connected.loader.main();
  return connected;
}

export async function write(
  { loader }: Connected,
  files: { data: Uint8Array; address: number }[],
  options: { compress?: boolean; verify?: boolean; reportProgress?: () => void } = {},
): Promise<void> {
  await loader.writeFlash({
    fileArray: files,
    flashSize: '4MB',
    flashMode: 'keep',
    flashFreq: 'keep',
    eraseAll: false,
    compress: options.compress ?? true,
    ...(options.verify === false ? {} : { calculateMD5Hash: md5Hex }),
    ...(options.reportProgress === undefined ? {} : { reportProgress: options.reportProgress }),
  });
}

export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

export interface Reply {
  readonly opcode: number;
  readonly value: number;
  readonly status: readonly [number, number];
  readonly data: Uint8Array;
}

/** Speaks to the loader packet by packet. */
export class BareHost {
  readonly #port: SerialPort;
  readonly #decoder = new SlipDecoder(1 << 16);
  readonly #pending: Uint8Array[] = [];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  private constructor(port: SerialPort) {
    this.#port = port;
    if (port.readable === null) throw new Error('the port is not open');
    this.#reader = port.readable.getReader();
  }

  /** Opens the port, resets into the loader and has it find the baud rate. */
  static async enterLoader(board: VirtualBoard, baudRate = 115_200): Promise<BareHost> {
    await board.port.open({ baudRate });
    await board.pressReset({ gpio0: 0 });
    const host = new BareHost(board.port);
    const sync = concatBytes([Uint8Array.of(7, 7, 0x12, 0x20), new Uint8Array(32).fill(0x55)]);
    await host.send(SYNC, sync);
    await host.send(SYNC, sync);
    for (let i = 0; i < 8; i++) await host.reply();
    return host;
  }

  async request(opcode: number, words: readonly number[], payload?: Uint8Array): Promise<Reply> {
    await this.send(opcode, concatBytes([packWords(words), payload ?? new Uint8Array(0)]), payload);
    return this.reply();
  }

  /** The checksum covers `payload`. */
  async send(opcode: number, data: Uint8Array, payload: Uint8Array = new Uint8Array(0)): Promise<void> {
    const header = new Uint8Array(8);
    const view = new DataView(header.buffer);
    view.setUint8(1, opcode);
    view.setUint16(2, data.length, true);
    view.setUint32(
      4,
      payload.reduce((sum, byte) => sum ^ byte, 0xef),
      true,
    );
    await this.raw(encodeSlip(concatBytes([header, data])));
  }

  async raw(bytes: Uint8Array): Promise<void> {
    const writer = this.#port.writable?.getWriter();
    await writer?.write(bytes);
    writer?.releaseLock();
  }

  async frame(): Promise<Uint8Array> {
    for (;;) {
      const frame = this.#pending.shift();
      if (frame !== undefined) return frame;
      const { value } = await this.#reader.read();
      if (value === undefined) throw new Error('the port closed');
      for (const byte of value) {
        const complete = this.#decoder.push(byte);
        if (complete !== null) this.#pending.push(complete);
      }
    }
  }

  async reply(): Promise<Reply> {
    const frame = await this.frame();
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    const end = frame.length - 2;
    return {
      opcode: view.getUint8(1),
      value: view.getUint32(4, true),
      status: [view.getUint8(end), view.getUint8(end + 1)],
      data: frame.slice(8, end),
    };
  }
}

export function packWords(words: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((value, i) => view.setUint32(4 * i, value, true));
  return new Uint8Array(view.buffer);
}

/** Everything that arrives at the open port until `text` is among it. */
export async function readUntil(port: SerialPort, text: string): Promise<string> {
  const reader = port.readable?.getReader();
  if (reader === undefined) throw new Error('the port is not open');
  let seen = '';
  while (!seen.includes(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    seen += String.fromCharCode(...value);
  }
  reader.releaseLock();
  return seen;
}

/** A valid boot image of one segment. */
export function bootImage(segment: Uint8Array): Uint8Array {
  const unpadded = concatBytes([
    Uint8Array.of(0xe9, 1, 3, 0x40),
    packWords([0x40100000, 0x40100000, segment.length]),
    segment,
  ]);
  const image = new Uint8Array(Math.floor(unpadded.length / 16) * 16 + 16);
  image.set(unpadded);
  image[image.length - 1] = segment.reduce((sum, byte) => sum ^ byte, 0xef);
  return image;
}
