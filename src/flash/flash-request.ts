/** What a flash job is asked to write, in bytes and places. Knows no file system format and no serial port. */
import type { FlashLayout } from '../contract/flash-layouts.ts';

/** The unit the flash erases; every offset and size on the flash is a multiple of it. */
export const SECTOR_BYTES = 4096;

/** Bytes and the place where they begin; `offset` counts from the flash's start unless said otherwise. */
export interface FlashRegion {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Firmware {
  readonly bytes: Uint8Array;
  /** Made for the virtual board: no real chip can run it. */
  readonly isVirtual: boolean;
  /** The layout it was built for; null when that is unknown (a .bin of the person's own). */
  readonly layoutName: string | null;
}

/** A file system image of which only the runs given are written; offsets count from the file system's start. */
export interface FileSystemImage {
  readonly blockSizeBytes: number;
  readonly blockCount: number;
  readonly runs: readonly FlashRegion[];
}

export interface FlashRequest {
  readonly layout: FlashLayout;
  /** Null: settings only. */
  readonly firmware: Firmware | null;
  /** Null: program only. */
  readonly fileSystem: FileSystemImage | null;
}

/** `bytes` filled up with 0xff to whole sectors. */
export function paddedToSectors(bytes: Uint8Array): Uint8Array {
  const sizeBytes = Math.ceil(bytes.length / SECTOR_BYTES) * SECTOR_BYTES;
  if (sizeBytes === bytes.length) return bytes;
  const padded = new Uint8Array(sizeBytes).fill(0xff);
  padded.set(bytes);
  return padded;
}

export const hexOffset = (offset: number): string => `0x${offset.toString(16).padStart(6, '0')}`;
