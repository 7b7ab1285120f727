/**
 * Makes a LittleFS image (disk version 2.0) as the ESP8266 Arduino core mounts it. Deterministic: the same entries in
 * any order give the same bytes. Knows neither flash layouts nor what the files mean.
 */
import { utf8 } from '../shared/bytes.ts';
import { appendTag, appendWords, beginCommit, sealCommit, sealedSize, type Commit } from './commit.ts';
import { contentBefore, pointerCount } from './ctz.ts';
import { wrongGeometry } from './errors.ts';
import {
  NO_ID,
  TAG_HARD_TAIL,
  TAG_NAME_DIRECTORY,
  TAG_NAME_FILE,
  TAG_NAME_SUPERBLOCK,
  TAG_SOFT_TAIL,
  TAG_STRUCT_CTZ,
  TAG_STRUCT_DIRECTORY,
  TAG_STRUCT_INLINE,
  MAGIC,
  tag,
  writeU32le,
} from './format.ts';
import {
  entrySize,
  layOut,
  SUPERBLOCK_ENTRY_BYTES,
  type PlacedFile,
  type PlacedNode,
  type PlacedPair,
} from './layout.ts';
import { reserveSectors, type Extent } from './sectors.ts';
import { superblockBytes } from './superblock.ts';
import {
  SECTOR_SIZE_BYTES,
  type Entry,
  type Geometry,
  type KeptFileEntry,
  type Occupancy,
  type SparseImage,
} from './types.ts';

export { fullImage, sparseSource, splitRoot } from './sectors.ts';

const REVISION = 1;
const TAIL_BYTES = 12;
const WORD_BYTES = 4;
const BLOCK_SIZE_MAX_BYTES = 0x10000;

/**
 * Throws AppError `littlefs.path` (a name that cannot be used, or given twice), `littlefs.space` (with the bytes needed
 * and available) and `littlefs.geometry` (not a geometry of whole sectors).
 * @param avoidedBlocks left alone, but for blocks 0 and 1, which every image has.
 */
export function buildImage(
  geometry: Geometry,
  entries: readonly Entry[],
  avoidedBlocks?: ReadonlySet<number>,
): SparseImage {
  return build(geometry, entries, { predecessor: null, avoidedBlocks });
}

/**
 * A tree beside the one that stands there: only free blocks are used, kept files stay where they are, and the half of
 * {0, 1} that does not count gets the next revision. Until that half is on the flash, the old tree is whole: see
 * `splitRoot`. Throws as {@link buildImage} does; `littlefs.space` also when both do not fit side by side.
 */
export function buildSuccessor(
  geometry: Geometry,
  entries: readonly (Entry | KeptFileEntry)[],
  predecessor: Occupancy,
): SparseImage {
  return build(geometry, entries, { predecessor, avoidedBlocks: predecessor.usedBlocks });
}

interface Beside {
  readonly predecessor: Occupancy | null;
  readonly avoidedBlocks: ReadonlySet<number> | undefined;
}

function build(
  geometry: Geometry,
  entries: readonly (Entry | KeptFileEntry)[],
  { predecessor, avoidedBlocks }: Beside,
): SparseImage {
  checkGeometry(geometry);
  const { pairs, files } = layOut(geometry, entries, avoidedBlocks);
  const { blockSizeBytes } = geometry;
  const firstCommit = predecessor
    ? { half: 1 - predecessor.rootBlock, revision: predecessor.revision + 1 }
    : null;
  const pairExtents = pairs.flatMap((pair, i): Extent[] => {
    const half = pair.isRootHead ? (firstCommit?.half ?? 0) : 0;
    // With the word after the commit: where it is not erased, the driver could take old bytes for a next commit.
    const usedBytes = pairSize(pair, i + 1 < pairs.length) + WORD_BYTES;
    const used = { offset: (pair.blocks[half] ?? 0) * blockSizeBytes, usedBytes };
    const other = { offset: pair.blocks[1] * blockSizeBytes, usedBytes: 0 };
    return pair.isRootHead && firstCommit ? [used] : [used, other];
  });
  const fileExtents = files.map((file) => fileExtent(file, blockSizeBytes));
  const { runs, views } = reserveSectors([...pairExtents, ...fileExtents]);
  const rooms = [...views];
  pairs.forEach((pair, i) => {
    const block = rooms.shift();
    const isSuccessor = pair.isRootHead && firstCommit !== null;
    if (!isSuccessor) rooms.shift();
    const revision = isSuccessor ? firstCommit.revision >>> 0 : REVISION;
    if (block) writePair(block, pair, { geometry, next: pairs[i + 1], revision });
  });
  files.forEach((file) => {
    const room = rooms.shift();
    if (room) writeFile(room, file, blockSizeBytes);
  });
  return { geometry, runs };
}

function checkGeometry(geometry: Geometry): void {
  const { blockSizeBytes, blockCount } = geometry;
  const isWhole = Number.isInteger(blockSizeBytes) && blockSizeBytes % SECTOR_SIZE_BYTES === 0;
  const isUsable = isWhole && blockSizeBytes > 0 && blockSizeBytes <= BLOCK_SIZE_MAX_BYTES;
  if (!isUsable || !Number.isInteger(blockCount) || blockCount < 2) {
    throw wrongGeometry(geometry, 'at least 2 blocks of 4096 bytes or a multiple of it');
  }
}

function pairSize(pair: PlacedPair, hasTail: boolean): number {
  const entriesBytes = pair.nodes.reduce((sum, node) => sum + entrySize(node), 0);
  const superblock = pair.isRootHead ? SUPERBLOCK_ENTRY_BYTES : 0;
  return sealedSize(4 + superblock + entriesBytes + (hasTail ? TAIL_BYTES : 0));
}

function fileExtent(file: PlacedFile, blockSizeBytes: number): Extent {
  const last = file.blockCount - 1;
  const lastUsed = 4 * pointerCount(last) + file.content.length - contentBefore(last, blockSizeBytes);
  return { offset: file.firstBlock * blockSizeBytes, usedBytes: last * blockSizeBytes + lastUsed };
}

interface PairContext {
  readonly geometry: Geometry;
  readonly next: PlacedPair | undefined;
  readonly revision: number;
}

function writePair(block: Uint8Array, pair: PlacedPair, { geometry, next, revision }: PairContext): void {
  const commit = beginCommit(block, revision);
  let id = 0;
  if (pair.isRootHead) {
    appendTag(commit, tag(TAG_NAME_SUPERBLOCK, id, MAGIC.length), utf8(MAGIC));
    const content = superblockBytes(geometry);
    appendTag(commit, tag(TAG_STRUCT_INLINE, id, content.length), content);
    id++;
  }
  for (const node of pair.nodes) appendNode(commit, id++, node);
  if (next) {
    const tail = tag(pair.isContinued ? TAG_HARD_TAIL : TAG_SOFT_TAIL, NO_ID, 8);
    appendWords(commit, tail, next.blocks[0], next.blocks[1]);
  }
  sealCommit(commit);
}

function appendNode(commit: Commit, id: number, node: PlacedNode): void {
  const nameType = node.kind === 'file' ? TAG_NAME_FILE : TAG_NAME_DIRECTORY;
  appendTag(commit, tag(nameType, id, node.name.length), node.name);
  if (node.kind === 'directory') {
    const [first, second] = node.pairs[0]?.blocks ?? [0, 0];
    appendWords(commit, tag(TAG_STRUCT_DIRECTORY, id, 8), first, second);
  } else if (node.kept) {
    appendWords(commit, tag(TAG_STRUCT_CTZ, id, 8), node.kept.headBlock, node.kept.sizeBytes);
  } else if (node.blockCount === 0) {
    appendTag(commit, tag(TAG_STRUCT_INLINE, id, node.content.length), node.content);
  } else {
    const head = node.firstBlock + node.blockCount - 1;
    appendWords(commit, tag(TAG_STRUCT_CTZ, id, 8), head, node.content.length);
  }
}

function writeFile(room: Uint8Array, file: PlacedFile, blockSizeBytes: number): void {
  let from = 0;
  for (let index = 0; index < file.blockCount; index++) {
    const pointers = pointerCount(index);
    const start = index * blockSizeBytes;
    for (let k = 0; k < pointers; k++) writeU32le(room, start + 4 * k, file.firstBlock + index - 2 ** k);
    const to = from + blockSizeBytes - 4 * pointers;
    room.set(file.content.subarray(from, to), start + 4 * pointers);
    from = to;
  }
}
