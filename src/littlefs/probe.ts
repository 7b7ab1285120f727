/**
 * Finds the superblock, also where the geometry is not known. Usually it opens block 0 and block 1; littlefs 2.5 moves it
 * behind a hard tail of {0, 1} once that pair has been rewritten often, and then leaves none in front.
 */
import { asAppError } from '../shared/errors.ts';
import { blocksOf, type Blocks } from './blocks.ts';
import { damaged } from './errors.ts';
import { readMetadataLog } from './metadata-log.ts';
import { MAGIC, TAG_NAME_SUPERBLOCK, readU32le, versionText, type BlockPair } from './format.ts';
import { pairKey, readMetadataPair } from './metadata-pair.ts';
import { sameGeometry } from './superblock.ts';
import type { Geometry, ImageSource, ProbedImage } from './types.ts';

/** The pair that every file system begins with. */
export const ROOT_PAIR: BlockPair = [0, 1];

/** Revision, name tag, "littlefs", struct tag, struct. */
const HEAD_BYTES = 4 + 4 + MAGIC.length + 4 + 24;
const MAGIC_OFFSET = 8;
const STRUCT_OFFSET = 20;
/** The block sizes of the ESP8266's layouts: what to try when block 0 does not tell. */
const LIKELY_BLOCK_SIZES = [4096, 8192];
const BLOCK_SIZE_MIN_BYTES = 128;
/** The largest flash an ESP8266 maps. */
const IMAGE_MAX_BYTES = 0x1000000;

/**
 * The geometry and version that the superblock names, or null when there is none. Judges no version and checks no more
 * than it needs: that is the reader's.
 */
export function probeImage(source: Uint8Array | ImageSource): ProbedImage | null {
  const image = asSource(source);
  const first = probeHead(image, 0);
  if (first) return agreedWith(image, first);
  for (const probe of [probeHead, probeBehindTail]) {
    for (const blockSizeBytes of LIKELY_BLOCK_SIZES) {
      const found = probe(image, blockSizeBytes);
      if (found?.geometry.blockSizeBytes === blockSizeBytes) return found;
    }
  }
  return null;
}

/**
 * Whether the beginnings of blocks 0 and 1 look like a file system's: either names it, or begins with a commit that
 * holds. Cheaper than `probeImage`, and never false where that finds one whose first commits end within `heads`.
 */
export const mayHoldFileSystem = (heads: readonly Uint8Array[]): boolean =>
  heads.some((head) => isMagicAt(head) || readMetadataLog(head, true) !== null);

function isMagicAt(head: Uint8Array): boolean {
  for (let i = 0; i < MAGIC.length; i++) if (head[MAGIC_OFFSET + i] !== MAGIC.charCodeAt(i)) return false;
  return true;
}

/** Another layout's tree may have been begun in the same two blocks: then the geometry is that of the half that counts. */
function agreedWith(image: ImageSource, first: ProbedImage): ProbedImage {
  const second = probeHead(image, first.geometry.blockSizeBytes);
  if (!second || sameGeometry(first.geometry, second.geometry)) return first;
  return [first, second].find((probed) => counts(image, probed)) ?? first;
}

function counts(image: ImageSource, { geometry }: ProbedImage): boolean {
  const superblock = superblockIn(image, geometry);
  return superblock !== null && sameGeometry(superblock.geometry, geometry);
}

/** "littlefs" at byte 8 of the block at `offset`. */
function probeHead(image: ImageSource, offset: number): ProbedImage | null {
  const head = image.read(offset, HEAD_BYTES);
  if (head.length < HEAD_BYTES) return null;
  if (!isMagicAt(head)) return null;
  return probedStruct(head.subarray(STRUCT_OFFSET));
}

function probeBehindTail(image: ImageSource, blockSizeBytes: number): ProbedImage | null {
  return superblockIn(image, { blockSizeBytes, blockCount: IMAGE_MAX_BYTES / blockSizeBytes });
}

function superblockIn(image: ImageSource, geometry: Geometry): ProbedImage | null {
  try {
    return probedStruct(findSuperblock(blocksOf(image, geometry)));
  } catch (thrown) {
    if (asAppError(thrown).code === 'littlefs.damaged') return null;
    throw thrown;
  }
}

/**
 * The struct of the first superblock from {0, 1} on. Reads as a driver of disk version 2.1 does: else an image of 2.1
 * would seem damaged instead of too new. Throws AppError `littlefs.damaged` when there is none.
 */
export function findSuperblock(blocks: Blocks): Uint8Array {
  const seen = new Set<string>();
  for (let next: BlockPair | null = ROOT_PAIR; next && !seen.has(pairKey(next));) {
    seen.add(pairKey(next));
    const pair = readMetadataPair(blocks, next, true);
    const superblock = pair.entries.find((entry) => entry.nameType === TAG_NAME_SUPERBLOCK);
    if (superblock?.struct) return superblock.struct;
    next = pair.isContinued ? pair.tail : null;
  }
  throw damaged('the root directory has no superblock');
}

function probedStruct(struct: Uint8Array): ProbedImage | null {
  const geometry = { blockSizeBytes: readU32le(struct, 4), blockCount: readU32le(struct, 8) };
  return isPlausible(geometry) ? { geometry, version: versionText(readU32le(struct, 0)) } : null;
}

const isPlausible = ({ blockSizeBytes, blockCount }: Geometry): boolean =>
  blockSizeBytes >= BLOCK_SIZE_MIN_BYTES && blockCount >= 2 && blockSizeBytes * blockCount <= IMAGE_MAX_BYTES;

/** Bytes in memory as a source; a source as it is. */
export const asSource = (source: Uint8Array | ImageSource): ImageSource =>
  source instanceof Uint8Array
    ? { read: (offset, sizeBytes) => source.subarray(offset, offset + sizeBytes) }
    : source;
