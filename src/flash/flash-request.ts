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
  /** Written when all runs are verified: they make the others count, and until then what stood there does. */
  readonly lastRuns?: readonly FlashRegion[];
}

/** What a board's own files mean for a write, for the person to read before it begins. No secrets. */
export interface BoardFindings {
  /**
   * `kept`: read and merged; `fresh`: none was there; `unreadable`: the newest known credentials go there; `replaced`: an
   * own sketch's files take the place of what was there.
   */
  readonly merge: 'kept' | 'fresh' | 'unreadable' | 'replaced';
  /** Paths that stay as the board has them. */
  readonly kept: readonly string[];
  /** The files on the board are already what would be written. */
  readonly isUnchanged: boolean;
  /** Slot that the new settings go to; null for an own sketch's files. */
  readonly slot: 'a' | 'b' | null;
  /** Name of the layout whose file system they were found in, when that is another one. */
  readonly movedFrom?: string;
  readonly warnings: readonly BoardWarning[];
}

export type BoardWarning =
  /** Settings of another project or device stand there and will be replaced. */
  | { readonly kind: 'other-device'; readonly project: string; readonly device: string }
  /** An own sketch's files take the place of Signet's, this device's own or another's. */
  | { readonly kind: 'signet-replaced'; readonly project: string; readonly device: string }
  /** An own sketch's files take the place of these. */
  | { readonly kind: 'files-replaced'; readonly paths: readonly string[] }
  /** A SPIFFS file system stands where the new one goes. */
  | { readonly kind: 'spiffs-replaced' }
  /** The board's file system lies where another layout has it: the program there may be built for that one. */
  | { readonly kind: 'other-layout'; readonly layout: string }
  /** The stored time is so many days ahead of the page's clock: it is set back. */
  | { readonly kind: 'clock-ahead'; readonly days: number }
  /** A slot that this page did not write stays in the other slot. */
  | { readonly kind: 'newer-slot'; readonly slot: 'a' | 'b' }
  /** A newer slot has to give way: both slots are newer. */
  | { readonly kind: 'newer-slot-replaced'; readonly slot: 'a' | 'b' }
  /** The file system is damaged (`code` says how) and is made anew. */
  | { readonly kind: 'unreadable'; readonly code: string }
  /** Files of other programs for which there is no room. */
  | { readonly kind: 'files-lost'; readonly paths: readonly string[] }
  /** Old and new place overlap and there is no third one: cut half-way, these files of the board are gone. */
  | { readonly kind: 'interruption-loses'; readonly paths: readonly string[] }
  /** The files move, and the program that stays looks for them at `layout`'s place. */
  | { readonly kind: 'program-stays'; readonly layout: string };

export interface FlashRequest {
  readonly layout: FlashLayout;
  /** Null: settings only. */
  readonly firmware: Firmware | null;
  /** Null: program only. */
  readonly fileSystem: FileSystemImage | null;
  /** Set when the board's own files were read. */
  readonly findings?: BoardFindings;
  /** Before everything else, one after another, each verified before the next; offsets count from the flash's start. */
  readonly firstStages?: readonly (readonly FlashRegion[])[];
  /** The same when the files count, before the program may start. */
  readonly lastStages?: readonly (readonly FlashRegion[])[];
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
