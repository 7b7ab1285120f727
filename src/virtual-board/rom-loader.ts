/**
 * The ROM's UART loader: finds the baud rate, then twelve commands, each answered after its work is done.
 * Faithful in its faults: it erases too much, checks sequence, size and read-back, and repeats its reply to what it
 * does not know.
 */
import type { Hardware, Program } from './hardware.ts';
import { LoaderMemory } from './loader-memory.ts';
import * as wire from './protocol.ts';
import { RomFlashWriter } from './rom-flash-writer.ts';
import { encodeSlip, SlipDecoder } from './slip.ts';

const ROM_OK = 0x00;
const INVALID_MESSAGE = 0x05;
const FAILED_TO_ACT = 0x06;
const CHECKSUM_ERROR = 0x07;

const MAX_FRAME_BYTES = 0x1800 + 64;
const SYNC_REPLIES = 8;
const SYNC_BYTES = 36;
const AUTO_BAUD_PATTERN = 0x55;
const AUTO_BAUD_RUN = 16;
const FRAME_END = 0xc0;

/** Fixed sizes of the commands' data; the others check theirs. */
const dataBytes: ReadonlyMap<number, number> = new Map([
  [wire.FLASH_BEGIN, 16],
  [wire.FLASH_END, 4],
  [wire.MEM_BEGIN, 16],
  [wire.MEM_END, 8],
  [wire.SYNC, SYNC_BYTES],
  [wire.READ_REG, 4],
  [wire.SPI_SET_PARAMS, 24],
]);

export class RomLoader implements Program {
  readonly mode = 'rom-loader';
  readonly #hardware: Hardware;
  readonly #decoder = new SlipDecoder(MAX_FRAME_BYTES);
  readonly #memory = new LoaderMemory();
  readonly #writer: RomFlashWriter;
  #baudSearch: 'measuring' | 'skipping' | 'found' = 'measuring';
  #patternRun = 0;
  #lastOpcode: number = wire.SYNC;
  #value = 0;
  #memorySequence = 0;

  constructor(hardware: Hardware) {
    this.#hardware = hardware;
    this.#writer = new RomFlashWriter(hardware.flash, hardware.time);
    hardware.uart.autoBaud = true;
  }

  receive(bytes: Uint8Array, hostBaudRate: number): void {
    for (const byte of bytes) {
      if (this.#baudSearch !== 'found') {
        this.#searchBaudRate(byte, hostBaudRate);
        continue;
      }
      const frame = this.#decoder.push(byte);
      if (frame !== null) this.#handle(frame);
    }
  }

  stop(): void {
    this.#hardware.uart.autoBaud = false;
  }

  /** The first SYNC's edges are measured, and the rest of it is lost. */
  #searchBaudRate(byte: number, hostBaudRate: number): void {
    if (this.#baudSearch === 'skipping') {
      if (byte === FRAME_END) this.#baudSearch = 'found';
      return;
    }
    this.#patternRun = byte === AUTO_BAUD_PATTERN ? this.#patternRun + 1 : 0;
    if (this.#patternRun < AUTO_BAUD_RUN) return;
    this.#hardware.uart.baudRate = hostBaudRate;
    this.#hardware.uart.autoBaud = false;
    this.#baudSearch = 'skipping';
  }

  #handle(frame: ReturnType<SlipDecoder['push']> & object): void {
    const request = wire.parseRequest(frame);
    if (request === null || request.direction !== 0) return;
    const expected = dataBytes.get(request.opcode);
    if (
      request.sizeBytes !== request.data.length ||
      (expected !== undefined && expected !== request.data.length)
    ) {
      this.#lastOpcode = request.opcode;
      this.#reply(INVALID_MESSAGE);
      return;
    }
    this.#dispatch(request);
  }

  #dispatch(request: wire.Request): void {
    const error = this.#act(request);
    if (error === null) {
      // An unknown opcode leaves the last reply's fields in place and goes out as often as a SYNC's.
      for (let i = 0; i < SYNC_REPLIES; i++) this.#reply(INVALID_MESSAGE);
      return;
    }
    if (request.opcode === wire.SYNC) {
      this.#answerSync(request);
      return;
    }
    this.#lastOpcode = request.opcode;
    this.#reply(error);
    if (error === ROM_OK) this.#leave(request);
  }

  /** Status of the command, or null when the ROM does not know it. */
  #act({ opcode, data, checksum }: wire.Request): number | null {
    switch (opcode) {
      case wire.FLASH_BEGIN:
        return this.#writer.begin(data);
      case wire.FLASH_DATA:
        return this.#writer.data(data, checksum);
      case wire.FLASH_END:
        return this.#writer.end();
      case wire.MEM_BEGIN:
        return this.#beginMemory(data);
      case wire.MEM_DATA:
        return this.#writeMemory(data, checksum);
      case wire.MEM_END:
        return this.#memory.remainingBytes === 0 ? ROM_OK : FAILED_TO_ACT;
      case wire.WRITE_REG:
        return this.#writeRegisters(data);
      case wire.READ_REG:
        this.#value = this.#hardware.registers.read(wire.word(data, 0));
        return ROM_OK;
      case wire.SYNC:
      case wire.SPI_SET_PARAMS:
      case wire.PIN_READ:
      case wire.SPI_ATTACH:
        return ROM_OK;
      default:
        return null;
    }
  }

  #answerSync({ data }: wire.Request): void {
    if (!this.#hardware.faults().answersSync()) return;
    this.#lastOpcode = wire.SYNC;
    this.#value = wire.word(data, 0);
    for (let i = 0; i < SYNC_REPLIES; i++) this.#reply(ROM_OK);
  }

  #beginMemory(data: Uint8Array): number {
    this.#memory.begin(wire.word(data, 3), wire.word(data, 0));
    this.#memorySequence = 0;
    return ROM_OK;
  }

  #writeMemory(data: Uint8Array, checksum: number): number {
    const payload = data.subarray(wire.DATA_HEADER_BYTES);
    if (wire.word(data, 0) !== payload.length) return INVALID_MESSAGE;
    if (wire.payloadChecksum(payload) !== (checksum & 0xff)) return CHECKSUM_ERROR;
    if (wire.word(data, 1) !== this.#memorySequence) return FAILED_TO_ACT;
    this.#memorySequence++;
    return this.#memory.write(payload.length) ? ROM_OK : FAILED_TO_ACT;
  }

  #writeRegisters(data: Uint8Array): number {
    if (data.length === 0 || data.length % 16 !== 0) return INVALID_MESSAGE;
    for (let at = 0; at < data.length / 4; at += 4) {
      this.#hardware.registers.writeMasked(
        wire.word(data, at),
        wire.word(data, at + 1),
        wire.word(data, at + 2),
      );
    }
    return ROM_OK;
  }

  /** Two commands end the loader, once their reply is out. */
  #leave({ opcode, data }: wire.Request): void {
    if (opcode === wire.MEM_END && wire.word(data, 0) === 0) this.#jump(wire.word(data, 1));
    if (opcode !== wire.FLASH_END) return;
    if (wire.word(data, 0) === 0) this.#hardware.reset();
    else this.#hardware.runUserCode();
  }

  #jump(entry: number): void {
    if (this.#memory.holdsProgramAt(entry)) this.#hardware.startStub();
    else this.#hardware.reset();
  }

  #reply(error: number): void {
    if (this.#hardware.faults().losesReply(this.#lastOpcode)) return;
    const status = [error === ROM_OK ? 0 : 1, error] as const;
    this.#hardware.uart.send(
      encodeSlip(wire.encodeResponse({ opcode: this.#lastOpcode, value: this.#value, status })),
    );
  }
}
