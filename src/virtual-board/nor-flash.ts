/**
 * NOR flash: erasing sets whole sectors to 0xff, programming only clears bits. Starts as garbage, as a used chip does.
 * Knows nothing of who writes, and keeps no time but the cost it returns.
 */
import type { Bytes } from '../shared/bytes.ts';
import type { FaultInjector } from './faults.ts';
import type { Random } from './random.ts';
import { BLOCK_ERASE_S, PAGE_PROGRAM_S, SECTOR_ERASE_S } from './timing.ts';

export const SECTOR_BYTES = 4096;
export const BLOCK_BYTES = 65536;
export const PAGE_BYTES = 256;

export class NorFlash {
  /** The cells themselves: for looking at, and for handing to somebody who reads an image. */
  readonly bytes: Bytes;
  readonly #faults: () => FaultInjector;
  #sectorsErased = 0;
  #pagesProgrammed = 0;

  constructor(bytes: Bytes, faults: () => FaultInjector) {
    this.bytes = bytes;
    this.#faults = faults;
    faults().bendFlash(bytes, 0, bytes.length, false);
  }

  get sizeBytes(): number {
    return this.bytes.length;
  }

  get sectorsErased(): number {
    return this.#sectorsErased;
  }

  get pagesProgrammed(): number {
    return this.#pagesProgrammed;
  }

  /** True when the range lies on the chip. */
  holds(offset: number, sizeBytes: number): boolean {
    return offset >= 0 && sizeBytes >= 0 && offset + sizeBytes <= this.sizeBytes;
  }

  /** A copy; what lies past the end reads as 0xff. */
  read(offset: number, sizeBytes: number): Bytes {
    const out = new Uint8Array(sizeBytes).fill(0xff);
    out.set(this.bytes.subarray(offset, offset + sizeBytes));
    return out;
  }

  isBlank(offset: number, sizeBytes: number): boolean {
    return this.bytes.subarray(offset, offset + sizeBytes).every((byte) => byte === 0xff);
  }

  /** Erases one sector, or one 64 KB block when `sizeBytes` is that. Returns modelled seconds, or null when it fails. */
  erase(offset: number, sizeBytes: number): number | null {
    const faults = this.#faults();
    if (!this.holds(offset, sizeBytes) || faults.eraseFails(offset, sizeBytes)) return null;
    this.bytes.fill(0xff, offset, offset + sizeBytes);
    faults.bendFlash(this.bytes, offset, offset + sizeBytes, false);
    this.#sectorsErased += sizeBytes / SECTOR_BYTES;
    return sizeBytes === BLOCK_BYTES ? BLOCK_ERASE_S : (sizeBytes / SECTOR_BYTES) * SECTOR_ERASE_S;
  }

  /** Clears the bits that are 0 in `data`. Returns modelled seconds, or null when the range is not on the chip. */
  program(offset: number, data: Uint8Array): number | null {
    if (!this.holds(offset, data.length)) return null;
    if (data.length === 0) return 0;
    clearBits(this.bytes.subarray(offset, offset + data.length), data);
    this.#faults().bendFlash(this.bytes, offset, offset + data.length, true);
    const pages = Math.ceil((offset + data.length) / PAGE_BYTES) - Math.floor(offset / PAGE_BYTES);
    this.#pagesProgrammed += pages;
    return pages * PAGE_PROGRAM_S;
  }

  resetCounts(): void {
    this.#sectorsErased = 0;
    this.#pagesProgrammed = 0;
  }
}

/** Word by word where both sides allow it: a block can inflate to megabytes, and the page's thread waits. */
function clearBits(cells: Uint8Array, data: Uint8Array): void {
  if (cells.byteOffset % 4 !== 0 || data.byteOffset % 4 !== 0 || data.length % 4 !== 0) {
    for (let i = 0; i < data.length; i++) cells[i] = (cells[i] ?? 0) & (data[i] ?? 0);
    return;
  }
  const to = new Uint32Array(cells.buffer, cells.byteOffset, cells.length / 4);
  const from = new Uint32Array(data.buffer, data.byteOffset, data.length / 4);
  for (let i = 0; i < from.length; i++) to[i] = (to[i] ?? 0) & (from[i] ?? 0);
}

/** A used chip's contents: nothing that means anything. */
export function garbage(sizeBytes: number, random: Random): Bytes {
  const words = new Uint32Array(sizeBytes / 4);
  for (let i = 0; i < words.length; i++) words[i] = random.next();
  return new Uint8Array(words.buffer);
}
