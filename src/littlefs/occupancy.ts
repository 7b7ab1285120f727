/** Which blocks a file system on the flash needs: what a successor beside it must leave alone. Knows no paths. */
import { blocksOf, type Blocks } from './blocks.ts';
import { damaged } from './errors.ts';
import { ctzBlockCount } from './ctz.ts';
import { parseCtzList } from './file-content.ts';
import { readU32le, TAG_STRUCT_CTZ } from './format.ts';
import { pairKey } from './metadata-pair.ts';
import { asSource, ROOT_PAIR } from './probe.ts';
import { readTailList } from './tail-list.ts';
import type { CtzList, Geometry, ImageSource, Occupancy } from './types.ts';

/**
 * Null when a power cut left directories that the list of pairs does not have. Throws AppError `littlefs.damaged`,
 * `littlefs.version` and `littlefs.limits`.
 */
export function readOccupancy(source: Uint8Array | ImageSource, geometry: Geometry): Occupancy | null {
  const blocks = blocksOf(asSource(source), geometry);
  const list = readTailList(blocks);
  const root = list.pairs.get(pairKey(ROOT_PAIR));
  if (!root || list.hasOrphans) return null;
  const usedBlocks = new Set<number>();
  for (const pair of list.pairs.values()) {
    for (const block of pair.blocks) usedBlocks.add(block);
    for (const { structType, struct } of pair.entries) {
      if (structType !== TAG_STRUCT_CTZ || !struct) continue;
      for (const block of ctzBlocks(blocks, parseCtzList(struct, blocks, 'a file'))) usedBlocks.add(block);
    }
  }
  return { usedBlocks, rootBlock: root.block, revision: root.revision };
}

/** From the last block to the first; of the first nothing is read. */
function ctzBlocks(blocks: Blocks, { headBlock, sizeBytes }: CtzList): number[] {
  const found: number[] = [];
  let block = headBlock;
  for (let left = ctzBlockCount(sizeBytes, blocks.geometry.blockSizeBytes); left > 0; left--) {
    if (block >= blocks.geometry.blockCount) throw damaged('a file leaves the file system');
    found.push(block);
    if (left > 1) block = readU32le(blocks.read(block, 0, 4), 0);
  }
  return found;
}
