/**
 * How long a write should take: a model of wire and flash, good enough for a plan that a person reads. Figures of common
 * flash chips (data sheets agree within a factor of two); nothing depends on them.
 */
import { SECTOR_BYTES, type FlashRegion } from './flash-request.ts';

export interface ExpectedWork {
  /** To the chip, deflated and framed. */
  readonly wireBytes: number;
  /** Writing and verifying; connecting comes before the plan. */
  readonly seconds: number;
}

const BITS_PER_BYTE = 10;
const BLOCK_BYTES = 65_536;
const PAGE_BYTES = 256;
const SECTOR_ERASE_S = 0.045;
const BLOCK_ERASE_S = 0.2;
const PAGE_PROGRAM_S = 0.0007;
const MD5_BYTES_PER_S = 1_000_000;
/** Programs of the Arduino core deflate to 0.69; keys and certificates hardly. */
const DEFLATED_SHARE = 0.7;
/** Frames, escapes, replies, and a stream's own beginning and end. */
const OVERHEAD_SHARE = 0.02;
const OVERHEAD_BYTES = 120;

/** Wire and flash overlap; the slower of the two counts. */
export function expectedWork(regions: readonly FlashRegion[], baudRate: number): ExpectedWork {
  let wireBytes = 0;
  let seconds = 0;
  for (const region of regions) {
    const pages = usedPages(region.bytes);
    const wire = Math.round(pages * PAGE_BYTES * DEFLATED_SHARE * (1 + OVERHEAD_SHARE)) + OVERHEAD_BYTES;
    const flashS = eraseSeconds(region) + pages * PAGE_PROGRAM_S;
    wireBytes += wire;
    seconds += Math.max((wire * BITS_PER_BYTE) / baudRate, flashS) + region.bytes.length / MD5_BYTES_PER_S;
  }
  return { wireBytes, seconds };
}

function usedPages(bytes: Uint8Array): number {
  let used = 0;
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
    if (bytes.subarray(at, at + PAGE_BYTES).some((byte) => byte !== 0xff)) used += 1;
  }
  return used;
}

/** Whole aligned blocks are erased at once, the rest by sectors. */
function eraseSeconds({ offset, bytes }: FlashRegion): number {
  const end = offset + bytes.length;
  const firstBlock = Math.ceil(offset / BLOCK_BYTES);
  const blocks = Math.max(0, Math.floor(end / BLOCK_BYTES) - firstBlock);
  const sectors = (bytes.length - blocks * BLOCK_BYTES) / SECTOR_BYTES;
  return blocks * BLOCK_ERASE_S + sectors * SECTOR_ERASE_S;
}
