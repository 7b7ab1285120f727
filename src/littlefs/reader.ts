/**
 * Reads a LittleFS image of disk version 2.0, also one with history (several commits, moves, splits, relocations), and
 * refuses what an ESP8266 core would not mount. Knows neither flash layouts nor what the files mean.
 */
import { AppError } from '../shared/errors.ts';
import { blocksOf, type Blocks } from './blocks.ts';
import { damaged, geometryText, wrongGeometry } from './errors.ts';
import { parseCtzList, readCtzContent } from './file-content.ts';
import {
  DISK_VERSION,
  TAG_NAME_DIRECTORY,
  TAG_NAME_FILE,
  TAG_NAME_SUPERBLOCK,
  TAG_STRUCT_CTZ,
  TAG_STRUCT_DIRECTORY,
  TAG_STRUCT_INLINE,
  versionText,
  type BlockPair,
} from './format.ts';
import {
  pairKey,
  pairText,
  readMetadataPair,
  readPair,
  type MetadataPair,
  type PairEntry,
} from './metadata-pair.ts';
import { ROOT_PAIR, asSource, findSuperblock, probeImage } from './probe.ts';
import { parseSuperblock, sameGeometry } from './superblock.ts';
import { readTailList, type TailList } from './tail-list.ts';
import type { Geometry, ImageSource, LittleFsTree, TreeEntry, TreeFile } from './types.ts';

export { probeImage } from './probe.ts';

/**
 * Reads the tree; contents are read when asked for, from the same source. Throws AppError `littlefs.absent` (nothing
 * there), `littlefs.version`, `littlefs.limits`, `littlefs.geometry` (another one than `geometry` asks for) and
 * `littlefs.damaged`.
 */
export function readImage(source: Uint8Array | ImageSource, geometry?: Geometry): LittleFsTree {
  const image = asSource(source);
  const probed = probeImage(image)?.geometry;
  if (!probed) throw new AppError('littlefs.absent');
  const blocks = blocksOf(image, probed);
  parseSuperblock(findSuperblock(blocks));
  if (geometry && !sameGeometry(geometry, probed)) throw wrongGeometry(probed, geometryText(geometry));
  const entries = readTree(blocks, readTailList(blocks));
  const files = new Map(entries.filter((entry) => entry.kind === 'file').map((file) => [file.path, file]));
  return {
    geometry: probed,
    version: versionText(DISK_VERSION),
    entries,
    file: (path) => files.get(path) ?? null,
  };
}

interface Walk {
  readonly blocks: Blocks;
  readonly list: TailList;
  readonly seen: Set<string>;
  readonly entries: TreeEntry[];
  /** Directories found and not yet read; the last is next. */
  readonly open: { readonly path: string; readonly pair: BlockPair }[];
}

function readTree(blocks: Blocks, list: TailList): TreeEntry[] {
  const walk: Walk = { blocks, list, seen: new Set(), entries: [], open: [{ path: '', pair: ROOT_PAIR }] };
  for (let next = walk.open.pop(); next; next = walk.open.pop()) readDirectory(walk, next.path, next.pair);
  return walk.entries;
}

function readDirectory(walk: Walk, path: string, firstPair: BlockPair): void {
  const below: Walk['open'] = [];
  for (let next: BlockPair | null = firstPair; next;) {
    const pair = enterPair(walk, next, path);
    const { move } = walk.list;
    pair.entries.forEach((entry, id) => {
      const wasMoved = move?.id === id && move.pairKey === pairKey(pair.blocks);
      if (wasMoved || !entry.name || entry.nameType === TAG_NAME_SUPERBLOCK) return;
      const found = readEntry(walk, entry, `${path}/${nameText(entry.name)}`);
      walk.entries.push(found);
      if (found.kind === 'directory')
        below.push({ path: found.path, pair: directoryPair(entry, found.path) });
    });
    next = pair.isContinued ? pair.tail : null;
  }
  walk.open.push(...below.reverse());
}

/** A pair may be reached once only, and only if the list of all pairs has it: else later writes would corrupt the tree. */
function enterPair(walk: Walk, pair: BlockPair, path: string): MetadataPair {
  const key = pairKey(pair);
  if (walk.seen.has(key)) throw damaged(`"${path}/" stands in two places, at ${pairText(pair)}`);
  walk.seen.add(key);
  const listed = walk.list.pairs.get(key);
  if (listed) return listed;
  if (!walk.list.hasOrphans) throw damaged(`"${path}/" is missing from the list of directories`);
  return readMetadataPair(walk.blocks, pair);
}

function readEntry({ blocks }: Walk, entry: PairEntry, path: string): TreeEntry {
  if (entry.nameType === TAG_NAME_DIRECTORY) return { kind: 'directory', path };
  if (entry.nameType !== TAG_NAME_FILE) throw damaged(`"${path}" is neither a file nor a directory`);
  if (!entry.struct) throw damaged(`"${path}" has no content`);
  if (entry.structType === TAG_STRUCT_INLINE) return inlineFile(path, entry.struct);
  if (entry.structType !== TAG_STRUCT_CTZ) throw damaged(`"${path}" has content of an unknown kind`);
  const list = parseCtzList(entry.struct, blocks, path);
  return { kind: 'file', path, sizeBytes: list.sizeBytes, list, read: () => readCtzContent(blocks, list) };
}

const inlineFile = (path: string, content: Uint8Array): TreeFile => {
  const copy = new Uint8Array(content);
  return { kind: 'file', path, sizeBytes: copy.length, list: null, read: () => copy.slice() };
};

function directoryPair(entry: PairEntry, path: string): BlockPair {
  if (!entry.struct || entry.structType !== TAG_STRUCT_DIRECTORY) throw damaged(`"${path}" has no place`);
  return readPair(entry.struct, `"${path}"`);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const nameText = (name: Uint8Array): string => decoder.decode(name);
