/**
 * The stub's erasing ahead of a write: whole 64 KB blocks where they fit, and no erase at all for sectors that are
 * blank, until the first one that is not.
 */
import { BLOCK_BYTES, SECTOR_BYTES, type NorFlash } from './nor-flash.ts';

export class StubEraser {
  readonly #flash: NorFlash;
  #next = 0;
  #end = 0;
  #seenUsed = false;

  constructor(flash: NorFlash) {
    this.#flash = flash;
  }

  begin(offset: number, sizeBytes: number): void {
    this.#next = Math.floor(offset / SECTOR_BYTES) * SECTOR_BYTES;
    this.#end = Math.ceil((offset + sizeBytes) / SECTOR_BYTES) * SECTOR_BYTES;
    this.#seenUsed = false;
  }

  /** One step of erasing. Modelled seconds, or null when it failed. */
  step(): number | null {
    if (this.#next >= this.#end) return 0;
    if (
      !this.#seenUsed &&
      this.#flash.holds(this.#next, SECTOR_BYTES) &&
      this.#flash.isBlank(this.#next, SECTOR_BYTES)
    ) {
      this.#next += SECTOR_BYTES;
      return 0;
    }
    this.#seenUsed = true;
    const size = eraseSize(this.#next, this.#end);
    const seconds = this.#flash.erase(this.#next, size);
    if (seconds !== null) this.#next += size;
    return seconds;
  }

  /** Erases up to `offset`. Modelled seconds, or null when it failed. */
  upTo(offset: number): number | null {
    let total = 0;
    while (this.#next < Math.min(offset, this.#end)) {
      const seconds = this.step();
      if (seconds === null) return null;
      total += seconds;
    }
    return total;
  }
}

/** A 64 KB block where one begins and fits, else a sector. */
export function eraseSize(offset: number, end: number): number {
  return offset % BLOCK_BYTES === 0 && end - offset >= BLOCK_BYTES ? BLOCK_BYTES : SECTOR_BYTES;
}
