/**
 * Where the ESP8266 Arduino core places program and file system in the flash (tools/sdk/ld/eagle.flash.*.ld, 3.1.2;
 * unchanged since 2.6). Offsets are flash offsets: address - 0x40200000. Knows nothing of what is written there.
 */
import { AppError } from '../shared/errors.ts';

export interface FlashLayout {
  /** As in the linker script's name, for example "4m2m": 4 MB of flash with a 2 MB file system. */
  readonly name: string;
  readonly flashSizeBytes: number;
  readonly fsOffset: number;
  readonly fsSizeBytes: number;
  readonly blockSizeBytes: number;
  readonly blockCount: number;
  /** Largest program the linker script accepts. */
  readonly maxSketchBytes: number;
}

type Row = readonly [
  name: string,
  flashKiB: number,
  fsOffset: number,
  blockSizeBytes: number,
  blockCount: number,
  maxSketchBytes: number,
];

// prettier-ignore
const rows: readonly Row[] = [
  ['512k32', 512, 0x073000, 4096, 8, 466928],
  ['512k64', 512, 0x06b000, 4096, 16, 434160],
  ['512k128', 512, 0x05b000, 4096, 32, 368624],
  ['1m64', 1024, 0x0eb000, 4096, 16, 958448],
  ['1m128', 1024, 0x0db000, 4096, 32, 892912],
  ['1m144', 1024, 0x0d7000, 4096, 36, 876528],
  ['1m160', 1024, 0x0d3000, 4096, 40, 860144],
  ['1m192', 1024, 0x0cb000, 4096, 48, 827376],
  ['1m256', 1024, 0x0bb000, 4096, 64, 761840],
  ['1m512', 1024, 0x07b000, 8192, 64, 499696],
  ['2m64', 2048, 0x1f0000, 4096, 11, 1044464],
  ['2m128', 2048, 0x1e0000, 4096, 27, 1044464],
  ['2m256', 2048, 0x1c0000, 4096, 59, 1044464],
  ['2m512', 2048, 0x180000, 8192, 61, 1044464],
  ['2m1m', 2048, 0x100000, 8192, 125, 1044464],
  ['4m1m', 4096, 0x300000, 8192, 125, 1044464],
  ['4m2m', 4096, 0x200000, 8192, 253, 1044464],
  ['4m3m', 4096, 0x100000, 8192, 381, 1044464],
  ['8m6m', 8192, 0x200000, 8192, 765, 1044464],
  ['8m7m', 8192, 0x100000, 8192, 893, 1044464],
  ['16m14m', 16384, 0x200000, 8192, 1789, 1044464],
  ['16m15m', 16384, 0x100000, 8192, 1917, 1044464],
];

/** Every layout that has a file system, by flash size, then by file system size. */
export const flashLayouts: readonly FlashLayout[] = rows.map(
  ([name, flashKiB, fsOffset, blockSizeBytes, blockCount, maxSketchBytes]) => ({
    name,
    flashSizeBytes: flashKiB * 1024,
    fsOffset,
    fsSizeBytes: blockSizeBytes * blockCount,
    blockSizeBytes,
    blockCount,
    maxSketchBytes,
  }),
);

/** Layouts that exist, but leave no room for files. */
export const layoutsWithoutFileSystem: readonly string[] = ['512k', '1m', '2m', '4m'];

/**
 * The layout of that name.
 * @throws AppError flash.layout-unknown, or flash.layout-without-files for one that has no file system.
 */
export function layoutNamed(name: string): FlashLayout {
  const layout = flashLayouts.find((candidate) => candidate.name === name);
  if (layout) return layout;
  if (layoutsWithoutFileSystem.includes(name)) {
    throw new AppError('flash.layout-without-files', { details: { name } });
  }
  throw new AppError('flash.layout-unknown', { details: { name } });
}

/** The layouts made for exactly this flash size, smallest file system first. */
export const layoutsFor = (flashSizeBytes: number): readonly FlashLayout[] =>
  flashLayouts.filter((layout) => layout.flashSizeBytes === flashSizeBytes);
