/**
 * The stub's writing: a block is acknowledged first and worked on afterwards, so its error comes with the next reply.
 * Deflated data is inflated into a 32 KB window that is written when it is full or the stream ends.
 */
import { Unzlib } from 'fflate';
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
    this.#mode = 'closed';
    return status.OK;
  }

  #writeDeflated(payload: Uint8Array): number {
    if (this.#remaining === 0 && payload.length > 4) return status.TOO_MUCH_DATA;
    const erased = this.#eraseStep();
    if (erased !== status.OK) return erased;
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
    return full.length > this.#remaining ? status.TOO_MUCH_DATA : this.#program(full);
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

  #eraseStep(): number {
    const seconds = this.#eraser.step();
    if (seconds === null) return status.FAILED_SPI_OP;
    this.#hardware.time.workBehind(seconds);
    return status.OK;
  }
}
