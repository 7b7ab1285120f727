/**
 * The bits of LittleFS disk version 2.0 (SPEC.md of the littlefs project): tag fields, type numbers, limits of the
 * ESP8266 driver, little- and big-endian words. Knows no files and no flash.
 */

export const TAG_NAME_FILE = 0x001;
export const TAG_NAME_DIRECTORY = 0x002;
export const TAG_NAME_SUPERBLOCK = 0x0ff;
export const TAG_STRUCT_DIRECTORY = 0x200;
export const TAG_STRUCT_INLINE = 0x201;
export const TAG_STRUCT_CTZ = 0x202;
export const TAG_SPLICE = 0x400;
export const TAG_CRC = 0x500;
/** Only since disk 2.1; a driver for 2.0 takes it for a CRC tag. */
export const TAG_FORWARD_CRC = 0x5ff;
export const TAG_SOFT_TAIL = 0x600;
export const TAG_HARD_TAIL = 0x601;
export const TAG_MOVE_STATE = 0x7ff;

/** The id of tags that belong to the whole pair. */
export const NO_ID = 0x3ff;
/** A tag of this length says "deleted" and has no bytes after it. */
export const LENGTH_DELETED = 0x3ff;

export const DISK_VERSION = 0x00020000;
/** Sizes of the driver's reads and programs: every commit ends on a multiple of it. */
export const PROG_SIZE_BYTES = 64;
/** More inline bytes than the driver's cache make it fail with -84 at the first overwrite. */
export const INLINE_MAX_BYTES = 64;
export const NAME_MAX_BYTES = 32;
export const FILE_MAX_BYTES = 0x7fffffff;
export const ATTRIBUTE_MAX_BYTES = 1022;
/** One byte less than name_max: the core's own limit for a path component. */
export const COMPONENT_MAX_BYTES = 31;
export const MAGIC = 'littlefs';

export type BlockPair = readonly [number, number];

export const tag = (type: number, id: number, length: number): number =>
  ((type << 20) | (id << 10) | length) >>> 0;
export const tagType = (value: number): number => (value >>> 20) & 0x7ff;
/** The type's class: its top three bits. */
export const tagClass = (value: number): number => (value >>> 20) & 0x700;
export const tagId = (value: number): number => (value >>> 10) & 0x3ff;
export const tagLength = (value: number): number => value & 0x3ff;
export const isValidTag = (value: number): boolean => value >>> 31 === 0;
/** Bytes that follow the tag. */
export const tagDataSize = (value: number): number =>
  tagLength(value) === LENGTH_DELETED ? 0 : tagLength(value);

export const versionText = (version: number): string => `${version >>> 16}.${version & 0xffff}`;

export const readU32le = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)) >>>
  0;

export const readU32be = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>>
  0;

export function writeU32le(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

export function writeU32be(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
