/**
 * The stub's writing: a block is acknowledged first and worked on afterwards, so its error comes with the next reply.
 * Deflated data is inflated into a 32 KB window that is written when it is full or the stream ends.
 */
import { Unzlib } from 'fflate';
import { concatBytes } from '../shared/bytes.ts';
import type { Hardware } from './hardware.ts';
import { StubEraser } from './stub-eraser.ts';
import * as wire from './protocol.ts';
import * as status from './stub-status.ts';

const WINDOW_BYTES = 32_768;

export class StubFlashWriter {
  readonly #hardware: Pick<Hardware, 'flash' | 'time'>;
  readonly #eraser: StubEraser;
  #mode: 'closed' | 'plain' | 'deflated' = 'closed';
  #offset = 0;
  #remaining = 0;
  #inflate = new Unzlib();
  readonly #window = new Uint8Array(WINDOW_BYTES);
  #windowFill = 0;
  #adler = 1;
  #tail = new Uint8Array(0);

  constructor(hardware: Pick<Hardware, 'flash' | 'time'>) {
    this.#hardware = hardware;
    this.#eraser = new StubEraser(hardware.flash);
  }

  begin(data: Uint8Array, mode: 'plain' | 'deflated'): number {
    if (data.length !== 16 && data.length !== 20) return status.BAD_DATA_LEN;
    this.#mode = mode;
    this.#remaining = wire.word(data, 0);
    this.#offset = wire.word(data, 3);
    this.#eraser.begin(this.#offset, this.#remaining);
    this.#inflate = new Unzlib();
    this.#windowFill = 0;
    this.#adler = 1;
    this.#tail = new Uint8Array(0);
    return this.#eraseStep();
  }

  /** Judges a block before it is acknowledged. */
  accept(data: Uint8Array, checksum: number): number {
    if (data.length < wire.DATA_HEADER_BYTES) return status.NOT_ENOUGH_DATA;
    if (this.#mode === 'closed') return status.NOT_IN_FLASH_MODE;
    const payload = data.subarray(wire.DATA_HEADER_BYTES);
    if (wire.word(data, 0) !== payload.length) return status.TOO_MUCH_DATA;
    return wire.payloadChecksum(payload) === checksum ? status.OK : status.BAD_DATA_CHECKSUM;
  }

  /** Works on an accepted block; the status is told with the next reply. */
  write(data: Uint8Array): number {
    const payload = data.subarray(wire.DATA_HEADER_BYTES);
    if (this.#mode === 'deflated') return this.#writeDeflated(payload);
    return this.#program(payload.subarray(0, this.#remaining));
  }

  end(data: Uint8Array): number {
    if (data.length !== 4) return status.BAD_DATA_LEN;
    if (this.#mode === 'closed') return status.NOT_IN_FLASH_MODE;
    if (this.#remaining !== 0) return status.BAD_DATA_LEN;
    const whole = this.#mode === 'plain' || this.#adlerHolds();
    this.#mode = 'closed';
    return whole ? status.OK : status.INFLATE_ERROR;
  }

  #writeDeflated(payload: Uint8Array): number {
    if (this.#remaining === 0 && payload.length > 4) return status.TOO_MUCH_DATA;
    const erased = this.#eraseStep();
    if (erased !== status.OK) return erased;
    this.#tail = concatBytes([this.#tail, payload.subarray(-4)]).slice(-4);
    let result: number = status.OK;
    this.#inflate.ondata = (chunk): void => {
      if (result === status.OK) result = this.#fill(chunk);
    };
    try {
      this.#inflate.push(payload);
    } catch {
      return status.INFLATE_ERROR;
    }
    return result === status.OK && this.#windowFill === this.#remaining ? this.#flushWindow() : result;
  }

  #fill(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + WINDOW_BYTES - this.#windowFill);
      this.#window.set(part, this.#windowFill);
      this.#windowFill += part.length;
      at += part.length;
      if (this.#windowFill < WINDOW_BYTES) continue;
      const result = this.#flushWindow();
      if (result !== status.OK) return result;
    }
    return status.OK;
  }

  #flushWindow(): number {
    const full = this.#window.subarray(0, this.#windowFill);
    this.#windowFill = 0;
    this.#adler = adler32(this.#adler, full);
    return full.length > this.#remaining ? status.INFLATE_ERROR : this.#program(full);
  }

  #program(bytes: Uint8Array): number {
    const { flash, time } = this.#hardware;
    const erasing = this.#eraser.upTo(this.#offset + bytes.length);
    const programming = erasing === null ? null : flash.program(this.#offset, bytes);
    if (erasing === null || programming === null) return status.FAILED_SPI_OP;
    time.workBehind(erasing + programming);
    this.#offset += bytes.length;
    this.#remaining -= bytes.length;
    return status.OK;
  }

  /** A zlib stream ends with the Adler-32 of what it inflates to. */
  #adlerHolds(): boolean {
    const { buffer, byteOffset, length } = this.#tail;
    return length === 4 && new DataView(buffer, byteOffset).getUint32(0) === this.#adler;
  }

  #eraseStep(): number {
    const seconds = this.#eraser.step();
    if (seconds === null) return status.FAILED_SPI_OP;
    this.#hardware.time.workBehind(seconds);
    return status.OK;
  }
}

const ADLER_MODULUS = 65_521;
/** As many bytes as cannot overflow 32 bits before the modulus is taken. */
const ADLER_RUN = 3_800;

function adler32(sum: number, bytes: Uint8Array): number {
  let low = sum & 0xffff;
  let high = sum >>> 16;
  for (let at = 0; at < bytes.length; at += ADLER_RUN) {
    const end = Math.min(at + ADLER_RUN, bytes.length);
    for (let i = at; i < end; i++) {
      low += bytes[i] ?? 0;
      high += low;
    }
    low %= ADLER_MODULUS;
    high %= ADLER_MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}
