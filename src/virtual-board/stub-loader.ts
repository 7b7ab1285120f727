/**
 * The flasher stub that esptool and esptool-js upload into RAM: the ROM's protocol with more commands, two status
 * bytes, raw MD5s, and errors of a block's work told with the next reply.
 */
import { md5 } from '@noble/hashes/legacy.js';
import { utf8, type Bytes } from '../shared/bytes.ts';
import type { Hardware, Program } from './hardware.ts';
import { LoaderMemory } from './loader-memory.ts';
import { SECTOR_BYTES } from './nor-flash.ts';
import * as wire from './protocol.ts';
import { encodeSlip, SlipDecoder } from './slip.ts';
import { eraseSize } from './stub-eraser.ts';
import { StubFlashWriter } from './stub-flash-writer.ts';
import { StubReader } from './stub-reader.ts';
import * as status from './stub-status.ts';

const MAX_FRAME_BYTES = 8 + 0x4000 + 0xff;
const SYNC_REPLIES = 8;

/** What a command answers; `after` runs once the reply is out. */
interface Result {
  readonly error: number;
  readonly value?: number;
  readonly data?: Uint8Array;
  readonly after?: () => number;
}

type Command = (data: Bytes, checksum: number) => Result;

const failed = (error: number): Result => ({ error });
const done: Result = { error: status.OK };

export class StubLoader implements Program {
  readonly mode = 'stub';
  readonly #hardware: Hardware;
  readonly #decoder = new SlipDecoder(MAX_FRAME_BYTES);
  readonly #memory = new LoaderMemory();
  readonly #writer: StubFlashWriter;
  readonly #commands: ReadonlyMap<number, Command>;
  #reader: StubReader | null = null;
  #lateError: number = status.OK;

  constructor(hardware: Hardware) {
    this.#hardware = hardware;
    this.#writer = new StubFlashWriter(hardware);
    this.#commands = this.#table();
  }

  /** Greets, unless the faults say otherwise. */
  start(): void {
    if (this.#hardware.faults().faults.noOhai !== true) this.#hardware.uart.send(encodeSlip(utf8('OHAI')));
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) {
      const frame = this.#decoder.push(byte);
      if (frame === null) continue;
      if (this.#reader === null) this.#handle(frame);
      else if (this.#reader.acknowledge(frame)) this.#reader = null;
    }
  }

  stop(): void {
    this.#reader = null;
  }

  #handle(frame: Bytes): void {
    const request = wire.parseRequest(frame);
    if (request === null || request.opcode === wire.RUN_USER_CODE) return;
    this.#hardware.time.waitForFlash();
    const result = this.#judge(request);
    this.#reply(request.opcode, result);
    if (result.error === status.OK) this.#lateError = result.after?.() ?? status.OK;
  }

  #judge(request: wire.Request): Result {
    if (request.direction !== 0) return failed(status.INVALID_COMMAND);
    if (request.sizeBytes !== request.data.length) return failed(status.BAD_DATA_LEN);
    const late = this.#lateError;
    this.#lateError = status.OK;
    if (late !== status.OK) return failed(late);
    const command = this.#commands.get(request.opcode);
    return command === undefined ? failed(status.INVALID_COMMAND) : command(request.data, request.checksum);
  }

  #table(): ReadonlyMap<number, Command> {
    const writer = this.#writer;
    const block: Command = (data, checksum) => {
      const error = writer.accept(data, checksum);
      return error === status.OK ? { error, after: () => writer.write(data) } : failed(error);
    };
    return new Map<number, Command>([
      [wire.SYNC, sized(36, () => this.#sync())],
      [wire.FLASH_BEGIN, (data) => failed(writer.begin(data, 'plain'))],
      [wire.FLASH_DATA, block],
      [wire.FLASH_END, (data) => failed(writer.end(data))],
      [wire.FLASH_DEFL_BEGIN, (data) => failed(writer.begin(data, 'deflated'))],
      [wire.FLASH_DEFL_DATA, block],
      [wire.FLASH_DEFL_END, (data) => failed(writer.end(data))],
      [wire.MEM_BEGIN, sized(16, (data) => this.#beginMemory(data))],
      [wire.MEM_DATA, (data) => this.#writeMemory(data)],
      [wire.MEM_END, sized(8, (data) => this.#endMemory(data))],
      [wire.WRITE_REG, (data) => this.#writeRegisters(data)],
      [wire.READ_REG, sized(4, (data) => ({ error: status.OK, value: this.#readRegister(data) }))],
      [wire.SPI_SET_PARAMS, sized(24, () => done)],
      [wire.SPI_ATTACH, sized(4, () => done)],
      [wire.CHANGE_BAUDRATE, sized(8, (data) => this.#changeBaudRate(data))],
      [wire.SPI_FLASH_MD5, sized(16, (data) => this.#md5(data))],
      [wire.ERASE_FLASH, () => failed(this.#erase(0, this.#hardware.flash.sizeBytes))],
      [wire.ERASE_REGION, sized(8, (data) => this.#eraseRegion(data))],
      [wire.READ_FLASH, sized(16, (data) => this.#read(data))],
    ]);
  }

  #sync(): Result {
    for (let i = 1; i < SYNC_REPLIES; i++) this.#reply(wire.SYNC, done);
    return done;
  }

  #readRegister(data: Uint8Array): number {
    return this.#hardware.registers.read(wire.word(data, 0));
  }

  #beginMemory(data: Uint8Array): Result {
    this.#memory.begin(wire.word(data, 3), wire.word(data, 0));
    return done;
  }

  #writeMemory(data: Uint8Array): Result {
    return this.#memory.write(data.length - wire.DATA_HEADER_BYTES) ? done : failed(status.TOO_MUCH_DATA);
  }

  #endMemory(data: Uint8Array): Result {
    const entry = wire.word(data, 1);
    if (wire.word(data, 0) !== 0 || !this.#memory.holdsProgramAt(entry)) return done;
    return { error: status.OK, after: () => (this.#hardware.startStub(), status.OK) };
  }

  #writeRegisters(data: Uint8Array): Result {
    if (data.length === 0 || data.length % 16 !== 0) return failed(status.NOT_ENOUGH_DATA);
    for (let at = 0; at < data.length / 4; at += 4) {
      this.#hardware.registers.writeMasked(
        wire.word(data, at),
        wire.word(data, at + 1),
        wire.word(data, at + 2),
      );
    }
    return done;
  }

  /** The divider is scaled by old over new baud rate, so a wrong "old" gives a wrong baud rate. */
  #changeBaudRate(data: Uint8Array): Result {
    const fault = this.#hardware.faults().faults.baudChange;
    if (fault === 'refuse') return failed(status.INVALID_COMMAND);
    if (fault === 'ignore') return done;
    const { uart } = this.#hardware;
    const scaled = Math.floor((uart.clockDivider * wire.word(data, 1)) / Math.max(1, wire.word(data, 0)));
    return { error: status.OK, after: () => ((uart.clockDivider = scaled), status.OK) };
  }

  #md5(data: Uint8Array): Result {
    const [offset, sizeBytes] = [wire.word(data, 0), wire.word(data, 1)];
    const { flash } = this.#hardware;
    if (!flash.holds(offset, sizeBytes)) return failed(status.FAILED_SPI_OP);
    return { error: status.OK, data: md5(flash.bytes.subarray(offset, offset + sizeBytes)) };
  }

  #eraseRegion(data: Uint8Array): Result {
    const [offset, sizeBytes] = [wire.word(data, 0), wire.word(data, 1)];
    if (offset % SECTOR_BYTES !== 0 || sizeBytes % SECTOR_BYTES !== 0) return failed(status.BAD_DATA_LEN);
    return failed(this.#erase(offset, sizeBytes));
  }

  #erase(offset: number, sizeBytes: number): number {
    const { flash, time } = this.#hardware;
    const end = offset + sizeBytes;
    for (let at = offset; at < end; at += eraseSize(at, end)) {
      const seconds = flash.erase(at, eraseSize(at, end));
      if (seconds === null) return status.FAILED_SPI_OP;
      time.work(seconds);
    }
    return status.OK;
  }

  #read(data: Bytes): Result {
    const { flash, uart } = this.#hardware;
    if (!StubReader.accepts(flash, data)) return failed(status.BAD_DATA_LEN);
    const reader = new StubReader(flash, data, (frame) => {
      uart.send(encodeSlip(frame));
    });
    const begin = (): number => {
      // Set first: the acknowledgement can arrive while the packet is being sent.
      this.#reader = reader;
      if (reader.start()) this.#reader = null;
      return status.OK;
    };
    return { error: status.OK, after: begin };
  }

  #reply(opcode: number, { error, value = 0, data }: Result): void {
    if (this.#hardware.faults().losesReply(opcode)) return;
    const response = { opcode, value, status: [error, 0] as const };
    this.#hardware.uart.send(
      encodeSlip(wire.encodeResponse(data === undefined ? response : { ...response, data })),
    );
  }
}

function sized(bytes: number, command: Command): Command {
  return (data, checksum) => (data.length === bytes ? command(data, checksum) : failed(status.BAD_DATA_LEN));
}
