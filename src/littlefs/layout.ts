/**
 * Decides where everything of a new image stands: directory tree, names sorted, directories split into metadata pairs,
 * blocks given out from the start. Writes no bytes.
 */
import { AppError } from '../shared/errors.ts';
import { ctzBlockCount } from './ctz.ts';
import { badPath, compareNames, pathComponents } from './paths.ts';
import { INLINE_MAX_BYTES, FILE_MAX_BYTES, type BlockPair } from './format.ts';
import type { CtzList, Entry, Geometry, KeptFileEntry } from './types.ts';

export interface PlacedFile {
  readonly kind: 'file';
  readonly name: Uint8Array;
  readonly content: Uint8Array;
  /** 0 when the content stands in the metadata pair itself. */
  readonly blockCount: number;
  /** Set when blocks are given out; meaningless for inline files. */
  firstBlock: number;
  /** Set for a file that stays in its blocks: it has no content here. */
  readonly kept: CtzList | null;
}

export interface PlacedDirectory {
  readonly kind: 'directory';
  readonly name: Uint8Array;
  readonly children: Map<string, PlacedNode>;
  /** In tail order, joined by hard tails. */
  readonly pairs: PlacedPair[];
}

export type PlacedNode = PlacedFile | PlacedDirectory;

/** One metadata pair and what it holds, sorted. */
export interface PlacedPair {
  readonly nodes: readonly PlacedNode[];
  readonly isRootHead: boolean;
  /** Whether the next pair in the list continues the same directory. */
  readonly isContinued: boolean;
  blocks: BlockPair;
}

export interface ImageLayout {
  /** All metadata pairs in tail order; the first is {0, 1}. */
  readonly pairs: readonly PlacedPair[];
  /** Files with blocks of their own, ascending. */
  readonly files: readonly PlacedFile[];
}

/** The driver splits a pair at this many entries ... */
const PAIR_ENTRIES_MAX = 0xfe;
/** ... and counts the superblock's two tags and 32 bytes as one of them. */
export const SUPERBLOCK_ENTRY_BYTES = 40;

/** Throws AppError `littlefs.path` and `littlefs.space`. Blocks of `taken` are left alone, but for {0, 1}. */
export function layOut(
  geometry: Geometry,
  entries: readonly (Entry | KeptFileEntry)[],
  taken: ReadonlySet<number> = nothingTaken,
): ImageLayout {
  const root = buildTree(geometry, entries);
  const directories = listDirectories(root);
  for (const directory of directories)
    splitIntoPairs(directory, directory === root, geometry.blockSizeBytes / 2);
  const pairs = directories.flatMap((directory) => directory.pairs);
  const files = directories.flatMap((directory) =>
    directory.pairs.flatMap((pair) => pair.nodes.filter(hasBlocks)),
  );
  giveOutBlocks(geometry, { pairs, files }, taken);
  return { pairs, files };
}

const hasBlocks = (node: PlacedNode): node is PlacedFile => node.kind === 'file' && node.blockCount > 0;

function buildTree(geometry: Geometry, entries: readonly (Entry | KeptFileEntry)[]): PlacedDirectory {
  const root = newDirectory(new Uint8Array(0));
  const given = new Set<string>();
  for (const entry of entries) {
    if (given.has(entry.path)) throw badPath(entry.path, 'it is given twice');
    given.add(entry.path);
    const components = pathComponents(entry.path);
    const last = components.pop();
    if (last === undefined) throw badPath(entry.path, 'it names nothing');
    let parent = root;
    for (const { text, bytes } of components) parent = enter(parent, text, bytes, entry.path);
    if (entry.kind === 'directory') enter(parent, last.text, last.bytes, entry.path);
    else if (parent.children.has(last.text)) throw badPath(entry.path, 'it is a file and a directory');
    else if (entry.kind === 'kept') parent.children.set(last.text, keptFile(last.bytes, entry.list));
    else parent.children.set(last.text, newFile(geometry, last.bytes, entry.content));
  }
  return root;
}

function enter(parent: PlacedDirectory, text: string, name: Uint8Array, path: string): PlacedDirectory {
  const existing = parent.children.get(text);
  if (existing?.kind === 'file') throw badPath(path, `"${text}" is a file and a directory`);
  if (existing) return existing;
  const made = newDirectory(name);
  parent.children.set(text, made);
  return made;
}

function newDirectory(name: Uint8Array): PlacedDirectory {
  return { kind: 'directory', name, children: new Map(), pairs: [] };
}

function newFile(geometry: Geometry, name: Uint8Array, content: Uint8Array): PlacedFile {
  if (content.length > FILE_MAX_BYTES) throw tooLarge(content.length, FILE_MAX_BYTES);
  const isInline = content.length <= INLINE_MAX_BYTES;
  const blockCount = isInline ? 0 : ctzBlockCount(content.length, geometry.blockSizeBytes);
  return { kind: 'file', name, content, blockCount, firstBlock: 0, kept: null };
}

const keptFile = (name: Uint8Array, kept: CtzList): PlacedFile => ({
  kind: 'file',
  name,
  content: new Uint8Array(0),
  blockCount: 0,
  firstBlock: 0,
  kept,
});

/** Every directory, parents first, each one's children in name order. */
function listDirectories(root: PlacedDirectory): PlacedDirectory[] {
  const found: PlacedDirectory[] = [];
  const open = [root];
  for (let next = open.pop(); next; next = open.pop()) {
    found.push(next);
    const below = sorted(next).filter((node) => node.kind === 'directory');
    open.push(...below.reverse());
  }
  return found;
}

const sorted = (directory: PlacedDirectory): PlacedNode[] =>
  [...directory.children.values()].sort((a, b) => compareNames(a.name, b.name));

/** Fills pair after pair up to `limitBytes`, as much as the driver itself leaves in one when it compacts. */
function splitIntoPairs(directory: PlacedDirectory, isRoot: boolean, limitBytes: number): void {
  const nodes = sorted(directory);
  let from = 0;
  do {
    const isRootHead = isRoot && from === 0;
    let sizeBytes = isRootHead ? SUPERBLOCK_ENTRY_BYTES : 0;
    let to = from;
    const entriesMax = PAIR_ENTRIES_MAX - (isRootHead ? 1 : 0);
    for (let node = nodes[to]; node && to - from < entriesMax; node = nodes[++to]) {
      sizeBytes += entrySize(node);
      if (sizeBytes > limitBytes) break;
    }
    const isContinued = to < nodes.length;
    directory.pairs.push({ nodes: nodes.slice(from, to), isRootHead, isContinued, blocks: [0, 0] });
    from = to;
  } while (from < nodes.length);
}

/** Bytes of an entry in a commit: a tag and the name, a tag and the struct. */
export function entrySize(node: PlacedNode): number {
  const isInline = node.kind === 'file' && node.blockCount === 0 && !node.kept;
  return 4 + node.name.length + 4 + (isInline ? node.content.length : 8);
}

/** Ascending, so that the runs of the image are; a file's blocks stand in one piece. */
function giveOutBlocks(geometry: Geometry, { pairs, files }: ImageLayout, taken: ReadonlySet<number>): void {
  let next = 0;
  const take = (blocks: number): number => {
    for (let i = 0; i < blocks; i++) {
      if (!taken.has(next + i)) continue;
      next += i + 1;
      i = -1;
    }
    next += blocks;
    return next - blocks;
  };
  for (const pair of pairs) {
    if (pair.isRootHead) next = 2;
    pair.blocks = pair.isRootHead ? [0, 1] : [take(1), take(1)];
  }
  for (const file of files) file.firstBlock = take(file.blockCount);
  if (next > geometry.blockCount) {
    throw tooLarge(next * geometry.blockSizeBytes, geometry.blockCount * geometry.blockSizeBytes);
  }
}

const nothingTaken: ReadonlySet<number> = new Set();

const tooLarge = (neededBytes: number, availableBytes: number): AppError =>
  new AppError('littlefs.space', { details: { neededBytes, availableBytes } });
