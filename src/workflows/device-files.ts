/**
 * The files of a board as its program sees them: joins littlefs/ to a flash that is read, erased and programmed in
 * place. Serves the virtual board; knows neither what boots there nor what the files mean.
 */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import { asAppError } from '../shared/errors.ts';
import { readImage } from '../littlefs/reader.ts';
import { SECTOR_SIZE_BYTES, type Entry, type LittleFsTree, type SparseImage } from '../littlefs/types.ts';
import { buildImage } from '../littlefs/writer.ts';

/** A NOR flash: erasing sets whole 4096-byte sectors to 0xff, programming only clears bits. Offsets from its start. */
export interface NorFlash {
  read(offset: number, sizeBytes: number): Uint8Array;
  erase(offset: number, sizeBytes: number): void;
  program(offset: number, bytes: Uint8Array): void;
}

export interface DeviceFiles {
  /** Whether a file system stands there; never formats one. Reads the flash anew each time. */
  mount(): boolean;
  /** Null when there is no such file or no file system. */
  read(path: string): Uint8Array | null;
  /**
   * Writes one file, erasing and programming only the sectors that change. Throws AppError: `littlefs.path`,
   * `littlefs.space`, and what `readImage` throws when there is no file system.
   */
  replace(path: string, bytes: Uint8Array): void;
  /** Paths of all files; empty without a file system. */
  list(): string[];
}

export function littlefsDeviceFiles(flash: NorFlash, layout: FlashLayout): DeviceFiles {
  const { fsOffset, blockSizeBytes, blockCount } = layout;
  const source = {
    read: (offset: number, sizeBytes: number) => flash.read(fsOffset + offset, sizeBytes),
  };
  let mounted: LittleFsTree | null = null;
  const readTree = (): LittleFsTree => readImage(source, { blockSizeBytes, blockCount });
  const readIfMountable = (): LittleFsTree | null => {
    try {
      return readTree();
    } catch (thrown) {
      if (asAppError(thrown).code.startsWith('littlefs.')) return null;
      throw thrown;
    }
  };
  return {
    mount: () => (mounted = readIfMountable()) !== null,
    read: (path) => mounted?.file(path)?.read() ?? null,
    replace: (path, bytes) => {
      const before = readTree();
      writeChangedSectors(flash, fsOffset, buildImage(before.geometry, replaced(before, path, bytes)));
      mounted = readTree();
    },
    list: () => filesOf(mounted),
  };
}

const filesOf = (tree: LittleFsTree | null): string[] =>
  (tree?.entries ?? []).filter((entry) => entry.kind === 'file').map((file) => file.path);

function replaced(tree: LittleFsTree, path: string, content: Uint8Array): Entry[] {
  const kept = tree.entries.filter((entry) => entry.kind === 'directory' || entry.path !== path);
  const entries = kept.map((entry): Entry => {
    if (entry.kind === 'directory') return { kind: 'directory', path: entry.path };
    return { path: entry.path, content: entry.read() };
  });
  return [...entries, { path, content }];
}

/** From the end to the start: the root directory's sector, which makes all the others count, is written last. */
function writeChangedSectors(flash: NorFlash, fsOffset: number, image: SparseImage): void {
  for (const { offset, bytes } of image.runs.toReversed()) {
    for (let at = bytes.length - SECTOR_SIZE_BYTES; at >= 0; at -= SECTOR_SIZE_BYTES) {
      const wanted = bytes.subarray(at, at + SECTOR_SIZE_BYTES);
      writeSectorIfChanged(flash, fsOffset + offset + at, wanted);
    }
  }
}

function writeSectorIfChanged(flash: NorFlash, offset: number, wanted: Uint8Array): void {
  const present = flash.read(offset, SECTOR_SIZE_BYTES);
  if (present.every((byte, i) => byte === wanted[i])) return;
  flash.erase(offset, SECTOR_SIZE_BYTES);
  if (wanted.some((byte) => byte !== 0xff)) flash.program(offset, wanted);
}
