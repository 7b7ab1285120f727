/** Which sectors of the flash a program, a file system's runs and its blocks lie on. Sectors are numbered from the flash's start. */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import { SECTOR_BYTES, type FlashRegion } from '../flash/flash-request.ts';
import type { Occupancy } from '../littlefs/types.ts';

export type Sectors = ReadonlySet<number>;

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

export const programSectors = (programBytes: number): number[] =>
  range(0, Math.ceil(programBytes / SECTOR_BYTES));

/** @param runs offsets count from the file system's start. */
export const sectorsAt = ({ fsOffset }: FlashLayout, runs: readonly FlashRegion[]): number[] =>
  runs.flatMap(({ offset, bytes }) => range((fsOffset + offset) / SECTOR_BYTES, bytes.length / SECTOR_BYTES));

/** All sectors of the blocks in use; of the whole region when that is not known. */
export function sectorsOf(layout: FlashLayout, occupancy: Occupancy | null): Sectors {
  const blocks = occupancy ? [...occupancy.usedBlocks] : range(0, layout.blockCount);
  return new Set(blocks.flatMap((block) => sectorsOfBlock(layout, block)));
}

export const rootSectors = (layout: FlashLayout): number[] =>
  [0, 1].flatMap((block) => sectorsOfBlock(layout, block));

/** The layout's blocks that lie over any of the sectors. */
export function blocksOver(layout: FlashLayout, sectors: Sectors): ReadonlySet<number> {
  const isOver = (block: number): boolean =>
    sectorsOfBlock(layout, block).some((sector) => sectors.has(sector));
  return new Set(range(0, layout.blockCount).filter(isOver));
}

const sectorsOfBlock = ({ fsOffset, blockSizeBytes }: FlashLayout, block: number): number[] =>
  range((fsOffset + block * blockSizeBytes) / SECTOR_BYTES, blockSizeBytes / SECTOR_BYTES);
