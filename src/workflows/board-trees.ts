/**
 * The file systems on a board's flash as far as merging needs them: the one of a layout, and those that another layout
 * left. Reads as little as it can; knows slots only to tell whose a tree is.
 */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import { parseStamp } from '../contract/slot-choice.ts';
import { readOccupancy } from '../littlefs/occupancy.ts';
import { mayHoldFileSystem } from '../littlefs/probe.ts';
import { readImage } from '../littlefs/reader.ts';
import type { Entry, LittleFsTree, Occupancy, TreeFile } from '../littlefs/types.ts';
import type { FlashSession } from '../ports/bootloader.ts';
import type { Bytes } from '../shared/bytes.ts';
import { asAppError, type ErrorCode } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { candidateLayouts } from './board-contents.ts';
import { BoardReader } from './board-reader.ts';
import { isContractPath, readBoardSlots, type BoardSlots, type SlotOwner } from './board-slots.ts';

/** A file system that can be read. */
export interface BoardTree {
  readonly layout: FlashLayout;
  readonly reader: BoardReader;
  readonly tree: LittleFsTree;
  /** Null: it cannot be written beside. */
  readonly occupancy: Occupancy | null;
  /** Content of the paths that the contract names. */
  readonly own: ReadonlyMap<string, Bytes>;
  readonly slots: BoardSlots;
  /** A slot of it is this device's, whole. */
  readonly holdsDevice: boolean;
  /** Unix seconds of `/clk`; 0 without one. */
  readonly clockS: number;
}

export type FoundTree =
  | { readonly kind: 'files'; readonly files: BoardTree }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly code: ErrorCode };

/** First commits are shorter, and no parser reads less at a time. */
const HEAD_BYTES = 1024;
/** A first commit that fits one program unit, as the driver leaves it when it has moved the superblock on. */
const SHORT_HEAD_BYTES = 128;
const STEP_TIMEOUT_MS = 8000;

/** What stands at the layout's place. Throws flash.*, serial.*. */
export async function readTreeAt(
  session: FlashSession,
  { layout, owner }: { readonly layout: FlashLayout; readonly owner: SlotOwner },
  options: RunOptions,
): Promise<Outcome<FoundTree>> {
  const range = { offset: layout.fsOffset, sizeBytes: layout.fsSizeBytes };
  const reader = new BoardReader(session, range, options);
  const heads = await reader.parse((source) => [
    source.read(0, HEAD_BYTES),
    source.read(layout.blockSizeBytes, HEAD_BYTES),
  ]);
  if (heads.kind === 'cancelled') return cancelled;
  if (!mayHoldFileSystem(heads.value)) return done({ kind: 'none' });
  try {
    return await readTree(reader, layout, owner);
  } catch (thrown) {
    const { code } = asAppError(thrown);
    if (code === 'littlefs.absent') return done({ kind: 'none' });
    if (code.startsWith('littlefs.')) return done({ kind: 'unreadable', code });
    throw thrown;
  }
}

async function readTree(
  reader: BoardReader,
  layout: FlashLayout,
  owner: SlotOwner,
): Promise<Outcome<FoundTree>> {
  const read = await reader.parse((source) => {
    const tree = readImage(source, layout);
    const own = new Map<string, Bytes>();
    for (const file of filesOf(tree)) if (isContractPath(file.path)) own.set(file.path, file.read());
    return { tree, own, occupancy: readOccupancy(source, layout) };
  });
  if (read.kind === 'cancelled') return cancelled;
  const slots = await readBoardSlots(read.value.own, owner);
  const holdsDevice = [slots.standing.a, slots.standing.b].some(
    (kind) => kind === 'ours' || kind === 'newer',
  );
  const clockS = parseStamp(read.value.own.get('/clk') ?? null) ?? 0;
  return done({ kind: 'files', files: { ...read.value, layout, reader, slots, holdsDevice, clockS } });
}

const filesOf = (tree: LittleFsTree): TreeFile[] => tree.entries.filter((entry) => entry.kind === 'file');

/** The readable file systems that other layouts left on the flash, those of its own size first. Throws flash.*, serial.*. */
export async function readOtherTrees(
  session: FlashSession,
  { layout, owner }: { readonly layout: FlashLayout; readonly owner: SlotOwner },
  options: RunOptions,
): Promise<Outcome<BoardTree[]>> {
  const found: BoardTree[] = [];
  for (const other of candidateLayouts(session.chip.flashSizeBytes ?? 0)) {
    if (options.signal.aborted) return cancelled;
    if (other.name === layout.name || !(await mayStandAt(session, other, options))) continue;
    const tree = await readTreeAt(session, { layout: other, owner }, options);
    if (tree.kind === 'cancelled') return cancelled;
    if (tree.value.kind === 'files') found.push(tree.value.files);
  }
  return done(found);
}

async function mayStandAt(
  session: FlashSession,
  { fsOffset, blockSizeBytes }: FlashLayout,
  { signal }: RunOptions,
): Promise<boolean> {
  const heads: Uint8Array[] = [];
  for (const offset of [fsOffset, fsOffset + blockSizeBytes])
    heads.push(await session.read(offset, SHORT_HEAD_BYTES, { signal, timeoutMs: STEP_TIMEOUT_MS }));
  return mayHoldFileSystem(heads);
}

/** Folders and contents of the paths without a meaning here. Throws littlefs.damaged, flash.*, serial.*. */
export const readForeign = ({ reader, tree }: BoardTree): Promise<Outcome<Entry[]>> =>
  reader.parse(() =>
    tree.entries
      .filter(({ path }) => !isContractPath(path))
      .map((entry): Entry =>
        entry.kind === 'directory'
          ? { kind: 'directory', path: entry.path }
          : { path: entry.path, content: entry.read() },
      ),
  );

export const filePathsOf = (entries: readonly { kind?: string; path: string }[]): string[] =>
  entries.flatMap(({ kind, path }) => (kind === 'directory' ? [] : [path]));
