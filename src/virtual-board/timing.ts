/**
 * The board's modelled clock: what a transfer would have taken on hardware. Nothing sleeps for it. A UART moves ten bits
 * a byte; the stub's flash work runs behind the wire (it acknowledges first), the ROM's runs before its reply.
 */
import type { Direction } from './faults.ts';

export const SECTOR_ERASE_S = 0.045;
export const BLOCK_ERASE_S = 0.2;
export const PAGE_PROGRAM_S = 0.0007;
const BITS_PER_BYTE = 10;

/** What a board has done since it was made, or since `reset`. Times are modelled, not measured. */
export interface ModelledWork {
  /** Seconds of wire and flash, overlap taken into account. */
  readonly seconds: number;
  readonly bytesOnWire: { readonly toChip: number; readonly fromChip: number };
  /** Sectors of 4096 bytes; a 64 KB block erase counts sixteen. */
  readonly sectorsErased: number;
  /** Pages of 256 bytes. */
  readonly pagesProgrammed: number;
}

export class Timeline {
  #nowS = 0;
  #flashBusyUntilS = 0;
  #toChip = 0;
  #fromChip = 0;

  get seconds(): number {
    return Math.max(this.#nowS, this.#flashBusyUntilS);
  }

  get bytesOnWire(): { toChip: number; fromChip: number } {
    return { toChip: this.#toChip, fromChip: this.#fromChip };
  }

  transfer(direction: Direction, byteCount: number, baudRate: number): void {
    if (direction === 'toChip') this.#toChip += byteCount;
    else this.#fromChip += byteCount;
    this.#nowS += (byteCount * BITS_PER_BYTE) / baudRate;
  }

  /** The processor waits for flash work that was left running. */
  waitForFlash(): void {
    this.#nowS = this.seconds;
  }

  /** Flash work that goes on while the wire is used. */
  workBehind(seconds: number): void {
    this.#flashBusyUntilS = this.seconds + seconds;
  }

  /** Flash work the next reply waits for. */
  work(seconds: number): void {
    this.#nowS = this.seconds + seconds;
  }

  reset(): void {
    this.#nowS = 0;
    this.#flashBusyUntilS = 0;
    this.#toChip = 0;
    this.#fromChip = 0;
  }
}
