/**
 * The superblock: its 24 bytes, and finding it where the geometry is not known. Knows nothing of directories.
 */
import { AppError } from '../shared/errors.ts';
import type { Bytes } from '../shared/bytes.ts';
import { damaged } from './errors.ts';
import {
  ATTRIBUTE_MAX_BYTES,
  DISK_VERSION,
  FILE_MAX_BYTES,
  MAGIC,
  NAME_MAX_BYTES,
  readU32le,
  versionText,
  writeU32le,
} from './format.ts';
import type { Geometry, ImageSource, ProbedImage } from './types.ts';

const SUPERBLOCK_BYTES = 24;
/** Revision, name tag, "littlefs", struct tag, struct. */
const HEAD_BYTES = 4 + 4 + MAGIC.length + 4 + SUPERBLOCK_BYTES;
const MAGIC_OFFSET = 8;
const STRUCT_OFFSET = 20;
/** The block sizes of the ESP8266's layouts: where block 1 may begin when block 0 is unreadable. */
const LIKELY_BLOCK_SIZES = [4096, 8192];
const BLOCK_SIZE_MIN_BYTES = 128;
const IMAGE_MAX_BYTES = 0x1000000;

export interface Superblock {
  readonly version: number;
  readonly geometry: Geometry;
}

/** The struct of a new image. */
export function superblockBytes(geometry: Geometry): Bytes {
  const bytes = new Uint8Array(SUPERBLOCK_BYTES);
  const { blockSizeBytes, blockCount } = geometry;
  const words = [
    DISK_VERSION,
    blockSizeBytes,
    blockCount,
    NAME_MAX_BYTES,
    FILE_MAX_BYTES,
    ATTRIBUTE_MAX_BYTES,
  ];
  words.forEach((word, i) => writeU32le(bytes, 4 * i, word));
  return bytes;
}

/**
 * What a driver of disk version 2.0 on the ESP8266 accepts. Throws AppError `littlefs.version`, `littlefs.limits`, and
 * `littlefs.damaged` when it is too short.
 */
export function parseSuperblock(bytes: Uint8Array): Superblock {
  if (bytes.length < SUPERBLOCK_BYTES) throw damaged('the superblock is too short');
  const version = readU32le(bytes, 0);
  if (version !== DISK_VERSION)
    throw new AppError('littlefs.version', { details: { version: versionText(version) } });
  checkLimit('file names', readU32le(bytes, 12), NAME_MAX_BYTES);
  checkLimit('files', readU32le(bytes, 16), FILE_MAX_BYTES);
  checkLimit('attributes', readU32le(bytes, 20), ATTRIBUTE_MAX_BYTES);
  return { version, geometry: { blockSizeBytes: readU32le(bytes, 4), blockCount: readU32le(bytes, 8) } };
}

function checkLimit(what: string, found: number, max: number): void {
  if (found > max) throw new AppError('littlefs.limits', { details: { what, found, max } });
}

/**
 * Looks for "littlefs" at byte 8 of block 0 and of block 1 and tells the geometry that stands behind it, or null. Checks
 * no CRC and judges no version: that is the reader's.
 */
export function probeImage(source: Uint8Array | ImageSource): ProbedImage | null {
  const image = asSource(source);
  const first = probeAt(image, 0);
  if (first) return first;
  for (const blockSizeBytes of LIKELY_BLOCK_SIZES) {
    const second = probeAt(image, blockSizeBytes);
    if (second?.geometry.blockSizeBytes === blockSizeBytes) return second;
  }
  return null;
}

function probeAt(image: ImageSource, offset: number): ProbedImage | null {
  const head = image.read(offset, HEAD_BYTES);
  if (head.length < HEAD_BYTES) return null;
  for (let i = 0; i < MAGIC.length; i++) if (head[MAGIC_OFFSET + i] !== MAGIC.charCodeAt(i)) return null;
  const blockSizeBytes = readU32le(head, STRUCT_OFFSET + 4);
  const blockCount = readU32le(head, STRUCT_OFFSET + 8);
  if (!isPlausible(blockSizeBytes, blockCount)) return null;
  return { geometry: { blockSizeBytes, blockCount }, version: versionText(readU32le(head, STRUCT_OFFSET)) };
}

const isPlausible = (blockSizeBytes: number, blockCount: number): boolean =>
  blockSizeBytes >= BLOCK_SIZE_MIN_BYTES && blockCount >= 2 && blockSizeBytes * blockCount <= IMAGE_MAX_BYTES;

/** Bytes in memory as a source; a source as it is. */
export const asSource = (source: Uint8Array | ImageSource): ImageSource =>
  source instanceof Uint8Array
    ? { read: (offset, sizeBytes) => source.subarray(offset, offset + sizeBytes) }
    : source;
