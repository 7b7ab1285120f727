/** Reads a file's content out of an image: inline, or along its CTZ list from the last block to the first. */
import type { Bytes } from '../shared/bytes.ts';
import type { Blocks } from './blocks.ts';
import { blockCapacity, contentBefore, ctzBlockCount, pointerCount } from './ctz.ts';
import { damaged } from './errors.ts';
import { readU32le } from './format.ts';
import type { CtzList } from './types.ts';

/** Checks that the list can exist at all. Throws AppError `littlefs.damaged`. */
export function parseCtzList(struct: Uint8Array, blocks: Blocks, path: string): CtzList {
  const list = { headBlock: readU32le(struct, 0), sizeBytes: readU32le(struct, 4) };
  const { blockSizeBytes, blockCount } = blocks.geometry;
  const isPossible = struct.length >= 8 && list.sizeBytes <= blockSizeBytes * blockCount;
  if (!isPossible || ctzBlockCount(list.sizeBytes, blockSizeBytes) > blockCount) {
    throw damaged(`"${path}" is larger than the file system`);
  }
  if (list.sizeBytes > 0 && list.headBlock >= blockCount)
    throw damaged(`"${path}" begins outside the file system`);
  return list;
}

/** Throws AppError `littlefs.damaged` when the list leaves the file system. LittleFS checks no sum over contents. */
export function readCtzContent(blocks: Blocks, list: CtzList): Bytes {
  const { blockSizeBytes } = blocks.geometry;
  const content = new Uint8Array(list.sizeBytes);
  let block = list.headBlock;
  for (let index = ctzBlockCount(list.sizeBytes, blockSizeBytes) - 1; index >= 0; index--) {
    const from = contentBefore(index, blockSizeBytes);
    const usedBytes = Math.min(blockCapacity(index, blockSizeBytes), list.sizeBytes - from);
    const pointersBytes = 4 * pointerCount(index);
    const bytes = blocks.read(block, 0, pointersBytes + usedBytes);
    content.set(bytes.subarray(pointersBytes), from);
    // Pointer 0 leads to the block before this one; the first block has none.
    block = readU32le(bytes, 0);
  }
  return content;
}
