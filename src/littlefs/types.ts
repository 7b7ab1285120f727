/**
 * The words of littlefs/: geometry, entries that go into an image, the image itself and what comes out of one.
 * Knows neither flash layouts nor what the files mean.
 */
import type { Bytes } from '../shared/bytes.ts';

/** Offsets and sizes of an image are whole multiples of this many bytes: the flash's erase unit. */
export const SECTOR_SIZE_BYTES = 4096;

export interface Geometry {
  readonly blockSizeBytes: number;
  readonly blockCount: number;
}

/** A file by its absolute path, e.g. "/certs/ca.pem"; its directories need no entry of their own. */
export interface FileEntry {
  readonly kind?: 'file';
  readonly path: string;
  readonly content: Uint8Array;
}

/** An explicit directory; only needed for an empty one. */
export interface DirectoryEntry {
  readonly kind: 'directory';
  readonly path: string;
}

/** A file that stays where it is; only for a successor of the file system it stands in. */
export interface KeptFileEntry {
  readonly kind: 'kept';
  readonly path: string;
  readonly list: CtzList;
}

/** Where a file's own blocks are: the last of them, from which the others are found. */
export interface CtzList {
  readonly headBlock: number;
  readonly sizeBytes: number;
}

export type Entry = FileEntry | DirectoryEntry;

/** `offset` in bytes from the file system's start; offset and length are multiples of 4096. */
export interface SparseRun {
  readonly offset: number;
  readonly bytes: Bytes;
}

/**
 * What has to stand on the flash, ascending and apart from each other: every used sector, and the first sector of both
 * blocks of every metadata pair. The rest of the region may hold anything. The runs share one buffer.
 */
export interface SparseImage {
  readonly geometry: Geometry;
  readonly runs: readonly SparseRun[];
}

/** Random access to an image, `offset` from the file system's start. Returns fewer bytes only at the end. */
export interface ImageSource {
  read(offset: number, sizeBytes: number): Uint8Array;
}

export interface TreeFile {
  readonly kind: 'file';
  readonly path: string;
  readonly sizeBytes: number;
  /** Null when the content stands in the directory itself. */
  readonly list: CtzList | null;
  /** A copy of the content, read when called. Throws AppError `littlefs.damaged`. */
  read(): Bytes;
}

export interface TreeDirectory {
  readonly kind: 'directory';
  readonly path: string;
}

export type TreeEntry = TreeFile | TreeDirectory;

/** A file system as read. `entries` stand in the order of the disk, a directory before what it holds. */
export interface LittleFsTree {
  readonly geometry: Geometry;
  /** Disk version, "2.0". */
  readonly version: string;
  readonly entries: readonly TreeEntry[];
  /** The file at an absolute path, or null. */
  file(path: string): TreeFile | null;
}

export interface ProbedImage {
  readonly geometry: Geometry;
  /** Disk version, e.g. "2.0" or "2.1" (which no ESP8266 core mounts). */
  readonly version: string;
}

/** Which blocks a file system needs, and where its first commit stands: what a successor beside it has to know. */
export interface Occupancy {
  /** Both blocks of every metadata pair, and every block of a file. */
  readonly usedBlocks: ReadonlySet<number>;
  /** The block of {0, 1} that counts: 0 or 1. */
  readonly rootBlock: number;
  /** Its revision. */
  readonly revision: number;
}
