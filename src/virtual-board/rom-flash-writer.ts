/** FLASH_BEGIN, FLASH_DATA and FLASH_END of the ROM: erase first (and too much), then program and read back. */
import { BLOCK_BYTES, SECTOR_BYTES, type NorFlash } from './nor-flash.ts';
import * as wire from './protocol.ts';
import type { Timeline } from './timing.ts';

const OK = 0x00;
const INVALID_MESSAGE = 0x05;
const FAILED_TO_ACT = 0x06;
const CHECKSUM_ERROR = 0x07;
const FLASH_WRITE_ERROR = 0x08;
const MAX_BLOCK_BYTES = 0x1800;
const SECTORS_PER_BLOCK = BLOCK_BYTES / SECTOR_BYTES;

export class RomFlashWriter {
  readonly #flash: NorFlash;
  readonly #time: Timeline;
  #offset = 0;
  #blockBytes = 0;
  #sequence = 0;
  #open = false;

  constructor(flash: NorFlash, time: Timeline) {
    this.#flash = flash;
    this.#time = time;
  }

  begin(data: Uint8Array): number {
    if (wire.word(data, 2) > MAX_BLOCK_BYTES) return INVALID_MESSAGE;
    this.#blockBytes = wire.word(data, 2);
    this.#offset = wire.word(data, 3);
    this.#sequence = 0;
    this.#open = true;
    return this.#eraseArea(this.#offset, wire.word(data, 0)) ? OK : FAILED_TO_ACT;
  }

  data(data: Uint8Array, checksum: number): number {
    const payload = data.subarray(wire.DATA_HEADER_BYTES);
    if (!this.#open) return FAILED_TO_ACT;
    if (wire.word(data, 0) !== payload.length || payload.length > this.#blockBytes) return INVALID_MESSAGE;
    if (wire.payloadChecksum(payload) !== (checksum & 0xff)) return CHECKSUM_ERROR;
    if (wire.word(data, 1) !== this.#sequence) return FAILED_TO_ACT;
    return this.#program(payload);
  }

  end(): number {
    this.#open = false;
    return OK;
  }

  #program(payload: Uint8Array): number {
    const at = this.#offset + this.#sequence * this.#blockBytes;
    const seconds = this.#flash.program(at, payload);
    if (seconds === null) return FLASH_WRITE_ERROR;
    this.#time.work(seconds);
    this.#sequence++;
    const readBack = wire.payloadChecksum(this.#flash.read(at, payload.length));
    return readBack === wire.payloadChecksum(payload) ? OK : FLASH_WRITE_ERROR;
  }

  /**
   * SPIEraseArea counts the sectors up to the first block's edge twice, so that many more are erased than were asked
   * for; within one block that is all of them again. (esptool's get_erase_size works around it.)
   */
  #eraseArea(offset: number, sizeBytes: number): boolean {
    const asked = Math.ceil(sizeBytes / SECTOR_BYTES);
    let sector = Math.floor(offset / SECTOR_BYTES);
    const head = Math.min(asked, SECTORS_PER_BLOCK - (sector % SECTORS_PER_BLOCK));
    const end = Math.min(sector + asked + head, this.#flash.sizeBytes / SECTOR_BYTES);
    while (sector < end) {
      const wholeBlock = sector % SECTORS_PER_BLOCK === 0 && end - sector >= SECTORS_PER_BLOCK;
      const seconds = this.#flash.erase(sector * SECTOR_BYTES, wholeBlock ? BLOCK_BYTES : SECTOR_BYTES);
      if (seconds === null) return false;
      this.#time.work(seconds);
      sector += wholeBlock ? SECTORS_PER_BLOCK : 1;
    }
    return true;
  }
}
