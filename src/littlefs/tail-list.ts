/**
 * The list of all metadata pairs of a file system, from {0, 1} along the tails, and the global state that its pairs
 * hold together: a move that a power cut interrupted, and whether directories are orphaned. Knows no paths.
 */
import type { Blocks } from './blocks.ts';
import { damaged } from './errors.ts';
import { TAG_NAME_SUPERBLOCK, readU32le, type BlockPair } from './format.ts';
import { pairKey, pairText, readMetadataPair, type MetadataPair } from './metadata-pair.ts';
import { ROOT_PAIR } from './probe.ts';
import { parseSuperblock, sameGeometry } from './superblock.ts';

const STATE_WORDS = 3;

export interface InterruptedMove {
  readonly pairKey: string;
  /** The entry that was copied away but not yet deleted: it does not count. */
  readonly id: number;
}

export interface TailList {
  readonly pairs: ReadonlyMap<string, MetadataPair>;
  readonly move: InterruptedMove | null;
  /** Directory and list may disagree until the driver's next write puts them right. */
  readonly hasOrphans: boolean;
}

/** Throws AppError `littlefs.damaged`, `littlefs.version` and `littlefs.limits`. */
export function readTailList(blocks: Blocks): TailList {
  const pairs = new Map<string, MetadataPair>();
  const state = new Uint32Array(STATE_WORDS);
  for (let next: BlockPair | null = ROOT_PAIR; next;) {
    const pair = readMetadataPair(blocks, next);
    if (pairs.has(pairKey(next)))
      throw damaged(`the list of directories runs in a circle at ${pairText(next)}`);
    pairs.set(pairKey(next), pair);
    checkSuperblocks(pair, blocks);
    const words = pair.moveState;
    if (words) for (let i = 0; i < STATE_WORDS; i++) state[i] = (state[i] ?? 0) ^ readU32le(words, 4 * i);
    next = pair.tail;
  }
  return { pairs, ...globalState(state) };
}

function checkSuperblocks(pair: MetadataPair, blocks: Blocks): void {
  for (const { nameType, struct } of pair.entries) {
    if (nameType !== TAG_NAME_SUPERBLOCK) continue;
    const { geometry } = parseSuperblock(struct ?? new Uint8Array(0));
    if (!sameGeometry(geometry, blocks.geometry)) {
      throw damaged(`the superblocks at ${pairText(ROOT_PAIR)} and ${pairText(pair.blocks)} disagree`);
    }
  }
}

/** The first word is a tag (type 0 when nothing is being moved) whose length counts orphans; then the pair. */
function globalState(state: Uint32Array): Pick<TailList, 'move' | 'hasOrphans'> {
  const [tag = 0, first = 0, second = 0] = state;
  const isMoving = ((tag >>> 20) & 0x700) !== 0;
  const move = isMoving ? { pairKey: pairKey([first, second]), id: (tag >>> 10) & 0x3ff } : null;
  return { move, hasOrphans: (tag & 0x3ff) !== 0 };
}
