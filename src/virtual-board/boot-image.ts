/** The ESP8266's boot image as the boot ROM reads it: header, segments, checksum. (esptool: Firmware Image Format.) */
import type { NorFlash } from './nor-flash.ts';

const MAGIC = 0xe9;
const HEADER_BYTES = 8;
const SEGMENT_HEADER_BYTES = 8;
const MAX_SEGMENTS = 16;
const CHECKSUM_SEED = 0xef;
const LINE_BYTES = 16;

export interface LoadedSegment {
  readonly address: number;
  readonly sizeBytes: number;
  /** Offset of its bytes in flash. */
  readonly at: number;
  /** XOR over everything loaded so far. */
  readonly checksum: number;
}

export interface BootImage {
  readonly segments: readonly LoadedSegment[];
  /** What the loaded bytes sum to, and whether the image says the same. */
  readonly checksum: number;
  readonly checksumHolds: boolean;
}

/** The image at flash offset 0, or null when there is none. */
export function readBootImage(flash: NorFlash): BootImage | null {
  const view = new DataView(flash.bytes.buffer, flash.bytes.byteOffset, flash.sizeBytes);
  const count = view.getUint8(1);
  if (view.getUint8(0) !== MAGIC || count === 0 || count > MAX_SEGMENTS) return null;
  const segments: LoadedSegment[] = [];
  let at = HEADER_BYTES;
  let checksum = CHECKSUM_SEED;
  for (let i = 0; i < count; i++) {
    if (!flash.holds(at, SEGMENT_HEADER_BYTES)) return null;
    const address = view.getUint32(at, true);
    const sizeBytes = view.getUint32(at + 4, true);
    at += SEGMENT_HEADER_BYTES;
    if (!flash.holds(at, sizeBytes + LINE_BYTES)) return null;
    for (let j = at; j < at + sizeBytes; j++) checksum ^= view.getUint8(j);
    segments.push({ address, sizeBytes, at, checksum });
    at += sizeBytes;
  }
  const stored = view.getUint8(at + LINE_BYTES - 1 - (at % LINE_BYTES));
  return { segments, checksum, checksumHolds: stored === checksum };
}
