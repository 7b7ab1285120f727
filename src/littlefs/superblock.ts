/** The superblock's 24 bytes: written, and judged as an ESP8266 core does. Knows not where they stand. */
import { AppError } from '../shared/errors.ts';
import type { Bytes } from '../shared/bytes.ts';
import { damaged } from './errors.ts';
import {
  ATTRIBUTE_MAX_BYTES,
  DISK_VERSION,
  FILE_MAX_BYTES,
  NAME_MAX_BYTES,
  readU32le,
  versionText,
  writeU32le,
} from './format.ts';
import type { Geometry } from './types.ts';

const SUPERBLOCK_BYTES = 24;
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

export const sameGeometry = (a: Geometry, b: Geometry): boolean =>
  a.blockSizeBytes === b.blockSizeBytes && a.blockCount === b.blockCount;

function checkLimit(what: string, found: number, max: number): void {
  if (found > max) throw new AppError('littlefs.limits', { details: { what, found, max } });
}
