/**
 * A metadata pair: picks the block that counts and replays its tags into entries, tail and move state. Knows nothing of
 * paths and of file contents.
 */
import type { Blocks } from './blocks.ts';
import { damaged } from './errors.ts';
import {
  TAG_HARD_TAIL,
  TAG_MOVE_STATE,
  TAG_SPLICE,
  readU32le,
  tagClass,
  tagId,
  tagType,
  type BlockPair,
} from './format.ts';
import { readMetadataLog, type LoggedTag } from './metadata-log.ts';

const CLASS_NAME = 0x000;
const CLASS_STRUCT = 0x200;
const CLASS_TAIL = 0x600;
const NULL_BLOCK = 0xffffffff;
const ENTRIES_MAX = 0x3ff;

export interface PairEntry {
  nameType: number;
  /** Null for an id that nothing named: the driver skips it. */
  name: Uint8Array | null;
  structType: number;
  struct: Uint8Array | null;
}

export interface MetadataPair {
  readonly blocks: BlockPair;
  /** The one of `blocks` that counts, and its revision. */
  readonly block: number;
  readonly revision: number;
  readonly entries: readonly PairEntry[];
  readonly tail: BlockPair | null;
  /** Whether the tail continues this directory. */
  readonly isContinued: boolean;
  /** This pair's part of the global state, 12 bytes; null when it has none. */
  readonly moveState: Uint8Array | null;
}

export const pairText = (blocks: BlockPair): string => `{${blocks[0]}, ${blocks[1]}}`;

/** Equal whatever the order of the two blocks is: the driver swaps them. */
export const pairKey = ([a, b]: BlockPair): string => (a < b ? `${a},${b}` : `${b},${a}`);

/** The pair a directory struct or a tail names. Throws AppError `littlefs.damaged` when it is cut short. */
export function readPair(content: Uint8Array, where: string): BlockPair {
  if (content.length < 8) throw damaged(`${where} names no pair of blocks`);
  return [readU32le(content, 0), readU32le(content, 4)];
}

/** Throws AppError `littlefs.damaged` when neither block of the pair holds a commit. */
export function readMetadataPair(blocks: Blocks, pair: BlockPair, acceptForwardCrc = false): MetadataPair {
  for (const block of newerFirst(blocks, pair)) {
    const bytes = blocks.read(block, 0, blocks.geometry.blockSizeBytes);
    const tags = readMetadataLog(bytes, acceptForwardCrc);
    if (tags) return { ...replay(pair, tags), block, revision: readU32le(bytes, 0) };
  }
  throw damaged(`the metadata pair ${pairText(pair)} holds no valid commit`);
}

/** Revisions are compared as signed differences, so that they may wrap. */
function newerFirst(blocks: Blocks, [first, second]: BlockPair): BlockPair {
  const [revision, otherRevision] = [first, second].map((block) => readU32le(blocks.read(block, 0, 4), 0));
  return (((otherRevision ?? 0) - (revision ?? 0)) | 0) > 0 ? [second, first] : [first, second];
}

type Replayed = Omit<MetadataPair, 'block' | 'revision'>;

function replay(pair: BlockPair, tags: readonly LoggedTag[]): Replayed {
  const entries: PairEntry[] = [];
  let tail: BlockPair | null = null;
  let isContinued = false;
  let moveState: Uint8Array | null = null;
  for (const { tag, content } of tags) {
    const type = tagType(tag);
    switch (tagClass(tag)) {
      case CLASS_NAME: {
        const entry = entryAt(entries, tagId(tag));
        entry.nameType = type;
        entry.name = content;
        break;
      }
      case CLASS_STRUCT: {
        const entry = entries[tagId(tag)] ?? null;
        if (!entry)
          throw damaged(`the metadata pair ${pairText(pair)} describes an entry that it does not have`);
        entry.structType = type;
        entry.struct = content;
        break;
      }
      case TAG_SPLICE:
        splice(entries, tag, pair);
        break;
      case CLASS_TAIL:
        tail = nonNull(readPair(content, `the tail of ${pairText(pair)}`));
        isContinued = (type & 1) === (TAG_HARD_TAIL & 1);
        break;
    }
    if (type === TAG_MOVE_STATE) moveState = content;
  }
  return { blocks: pair, entries, tail, isContinued, moveState };
}

const emptyEntry = (): PairEntry => ({ nameType: 0, name: null, structType: 0, struct: null });

function entryAt(entries: PairEntry[], id: number): PairEntry {
  while (entries.length <= id) entries.push(emptyEntry());
  return entries[id] ?? emptyEntry();
}

/** The type's low byte, signed, says how many ids are inserted (create, 0x401) or removed (delete, 0x4ff). */
function splice(entries: PairEntry[], tag: number, pair: BlockPair): void {
  const id = tagId(tag);
  const change = ((tagType(tag) & 0xff) << 24) >> 24;
  if (change > 0 && id <= entries.length && entries.length < ENTRIES_MAX) entries.splice(id, 0, emptyEntry());
  else if (change < 0 && id < entries.length) entries.splice(id, 1);
  else throw damaged(`the metadata pair ${pairText(pair)} counts its entries wrongly`);
}

const nonNull = (pair: BlockPair): BlockPair | null =>
  pair[0] === NULL_BLOCK || pair[1] === NULL_BLOCK ? null : pair;
