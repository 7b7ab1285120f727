/**
 * New settings for a board that may hold some already: reads its file system through the boot loader and makes one that
 * keeps what is the device's (docs/contracts.md, "Settings written over USB"). Until the last of it is written and
 * verified, the board's own file system stays whole, where there is room for both.
 */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import { chooseSlot, encodeSelection, encodeStamp, otherSlot, parseStamp } from '../contract/slot-choice.ts';
import { slotFiles, type SlotFile, type SlotName } from '../contract/slot-files.ts';
import type { BoardFindings, BoardWarning, FileSystemImage } from '../flash/flash-request.ts';
import { readOccupancy } from '../littlefs/occupancy.ts';
import { mayHoldFileSystem } from '../littlefs/probe.ts';
import { readImage } from '../littlefs/reader.ts';
import type {
  Entry,
  KeptFileEntry,
  LittleFsTree,
  Occupancy,
  SparseImage,
  TreeFile,
} from '../littlefs/types.ts';
import { buildImage, buildSuccessor, splitRoot } from '../littlefs/writer.ts';
import type { FlashSession } from '../ports/bootloader.ts';
import { equalBytes, type Bytes } from '../shared/bytes.ts';
import { asAppError, type ErrorCode } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { BoardReader } from './board-reader.ts';
import {
  isContractPath,
  pathsOfSlot,
  readBoardSlots,
  type BoardSlots,
  type SlotOwner,
} from './board-slots.ts';
import { firstImage } from './device-image.ts';

export interface MergedSettings {
  /** Null: the board holds exactly this already. */
  readonly fileSystem: FileSystemImage | null;
  readonly findings: BoardFindings;
}

/** What a board's file system holds, as far as merging needs it. */
interface BoardFiles {
  readonly tree: LittleFsTree;
  /** Null: it cannot be written beside. */
  readonly occupancy: Occupancy | null;
  /** Content of the paths that the contract names. */
  readonly own: ReadonlyMap<string, Bytes>;
}

type Found =
  | { readonly kind: 'files'; readonly files: BoardFiles }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly code: ErrorCode };

/** Throws flash.*, serial.*, littlefs.space (the settings alone are too large for the layout). */
export async function mergeSettings(
  session: FlashSession,
  { layout, owner }: { readonly layout: FlashLayout; readonly owner: SlotOwner },
  options: RunOptions,
): Promise<Outcome<MergedSettings>> {
  const range = { offset: layout.fsOffset, sizeBytes: layout.fsSizeBytes };
  const reader = new BoardReader(session, range, options);
  const found = await findFiles(reader, layout);
  if (found.kind === 'cancelled') return cancelled;
  if (found.value.kind === 'files') return merge(reader, { layout, owner, files: found.value.files });
  const image = await firstImage(layout, owner.made.slot, owner.device.createdAtMs);
  const warnings: BoardWarning[] =
    found.value.kind === 'unreadable' ? [{ kind: 'unreadable', code: found.value.code }] : [];
  const how = found.value.kind === 'unreadable' ? 'unreadable' : 'fresh';
  return done({
    fileSystem: rootLast(image),
    findings: { merge: how, kept: [], isUnchanged: false, slot: 'a', warnings },
  });
}

async function findFiles(reader: BoardReader, layout: FlashLayout): Promise<Outcome<Found>> {
  const heads = await reader.parse((source) => [
    source.read(0, HEAD_BYTES),
    source.read(layout.blockSizeBytes, HEAD_BYTES),
  ]);
  if (heads.kind === 'cancelled') return cancelled;
  if (!mayHoldFileSystem(heads.value)) return done({ kind: 'none' });
  try {
    return await readFiles(reader, layout);
  } catch (thrown) {
    const { code } = asAppError(thrown);
    if (code === 'littlefs.absent') return done({ kind: 'none' });
    if (code.startsWith('littlefs.')) return done({ kind: 'unreadable', code });
    throw thrown;
  }
}

/** First commits are shorter, and no parser reads less at a time. */
const HEAD_BYTES = 1024;

async function readFiles(reader: BoardReader, layout: FlashLayout): Promise<Outcome<Found>> {
  const read = await reader.parse((source) => {
    const tree = readImage(source, layout);
    const own = new Map<string, Bytes>();
    for (const file of filesOf(tree)) if (isContractPath(file.path)) own.set(file.path, file.read());
    return { tree, own, occupancy: readOccupancy(source, layout) };
  });
  return read.kind === 'cancelled' ? cancelled : done({ kind: 'files', files: read.value });
}

const filesOf = (tree: LittleFsTree): TreeFile[] => tree.entries.filter((entry) => entry.kind === 'file');

interface MergeJob {
  readonly layout: FlashLayout;
  readonly owner: SlotOwner;
  readonly files: BoardFiles;
}

async function merge(reader: BoardReader, job: MergeJob): Promise<Outcome<MergedSettings>> {
  const { files, owner } = job;
  const slots = await readBoardSlots(files.own, owner);
  const { wanted, kept, slot, warnings } = await wantedFiles(files.own, slots, owner);
  const others = files.tree.entries.filter(({ path }) => !isContractPath(path));
  const findings: BoardFindings = {
    merge: 'kept',
    kept: [...kept, ...others.flatMap((entry) => (entry.kind === 'file' ? [entry.path] : []))],
    isUnchanged: sameFiles(wanted, files.own),
    slot,
    warnings,
  };
  if (findings.isUnchanged) return done({ fileSystem: null, findings });
  const image = successorOf(job, wanted);
  return image ? done({ fileSystem: rootLast(image), findings }) : inPlace(reader, job, { wanted, findings });
}

interface WantedFiles {
  readonly wanted: ReadonlyMap<string, Bytes>;
  /** Paths of `wanted` that are as the board has them. */
  readonly kept: readonly string[];
  readonly slot: SlotName;
  readonly warnings: readonly BoardWarning[];
}

async function wantedFiles(
  own: ReadonlyMap<string, Bytes>,
  slots: BoardSlots,
  { device, made }: SlotOwner,
): Promise<WantedFiles> {
  const { standing, selection, other } = slots;
  const isAnothers =
    other !== null && ![standing.a, standing.b].some((kind) => kind === 'ours' || kind === 'newer');
  const choice = chooseSlot(isAnothers ? { active: 'a', trial: null, bootsLeft: 0 } : selection, standing);
  const { target } = choice;
  const keptSlot = choice.keepsOther ? pathsOfSlot(otherSlot(target)) : [];
  const keptPaths = isAnothers ? [] : [...keptSlot, ...(choice.movesPointer ? [] : ['/sel']), '/cts'];
  const kept = keptPaths.filter((path) => own.has(path));
  const pointer = encodeSelection({ active: target, trial: null, bootsLeft: 0 });
  const createdS = Math.floor(device.createdAtMs / 1000);
  const boardS = isAnothers ? null : parseStamp(own.get('/clk') ?? null);
  const wanted = new Map<string, Bytes>([
    ['/sel', pointer],
    ['/clk', encodeStamp(Math.max(createdS, boardS ?? 0))],
    ...(await slotFiles(target, made.slot)).map(({ path, content }: SlotFile): [string, Bytes] => [
      path,
      content,
    ]),
    ...kept.map((path): [string, Bytes] => [path, own.get(path) ?? new Uint8Array(0)]),
  ]);
  const keptClock = boardS !== null && boardS >= createdS ? ['/clk'] : [];
  return { wanted, kept: [...kept, ...keptClock], slot: target, warnings: warningsOf(slots, target) };
}

function warningsOf({ standing, other }: BoardSlots, target: SlotName): BoardWarning[] {
  const warnings: BoardWarning[] = [];
  if (other) warnings.push({ kind: 'other-device', ...other });
  const beside = otherSlot(target);
  if (standing[beside] === 'newer') warnings.push({ kind: 'newer-slot', slot: beside });
  if (standing[target] === 'newer') warnings.push({ kind: 'newer-slot-replaced', slot: target });
  return warnings;
}

const sameFiles = (a: ReadonlyMap<string, Bytes>, b: ReadonlyMap<string, Bytes>): boolean =>
  a.size === b.size &&
  [...a].every(([path, content]) => equalBytes(content, b.get(path) ?? new Uint8Array(0)));

/** Null when there is no room beside the tree that stands there. */
function successorOf({ layout, files }: MergeJob, wanted: ReadonlyMap<string, Bytes>): SparseImage | null {
  const { tree, occupancy, own } = files;
  if (!occupancy) return null;
  const others = tree.entries.filter(({ path }) => !isContractPath(path)).map((entry) => asItStands(entry));
  const ours = [...wanted].map(([path, content]): Entry | KeptFileEntry => {
    const list = tree.file(path)?.list;
    const isSame = equalBytes(own.get(path) ?? new Uint8Array(0), content);
    return list && isSame ? { kind: 'kept', path, list } : { path, content };
  });
  try {
    return buildSuccessor(layout, [...ours, ...others], occupancy);
  } catch (thrown) {
    if (asAppError(thrown).code === 'littlefs.space') return null;
    throw thrown;
  }
}

function asItStands(entry: LittleFsTree['entries'][number]): Entry | KeptFileEntry {
  const { path } = entry;
  if (entry.kind === 'directory') return { kind: 'directory', path };
  return entry.list ? { kind: 'kept', path, list: entry.list } : { path, content: entry.read() };
}

/** Over the tree that stands there: other people's files are read first, and given up when there is no room. */
async function inPlace(
  reader: BoardReader,
  { layout, files }: MergeJob,
  { wanted, findings }: { readonly wanted: ReadonlyMap<string, Bytes>; readonly findings: BoardFindings },
): Promise<Outcome<MergedSettings>> {
  const foreign = await reader.parse(() =>
    files.tree.entries
      .filter(({ path }) => !isContractPath(path))
      .map((entry): Entry =>
        entry.kind === 'directory'
          ? { kind: 'directory', path: entry.path }
          : { path: entry.path, content: entry.read() },
      ),
  );
  if (foreign.kind === 'cancelled') return cancelled;
  const ours = [...wanted].map(([path, content]): Entry => ({ path, content }));
  try {
    return done({ fileSystem: rootLast(buildImage(layout, [...ours, ...foreign.value])), findings });
  } catch (thrown) {
    if (asAppError(thrown).code !== 'littlefs.space' || foreign.value.length === 0) throw thrown;
  }
  const paths = foreign.value.flatMap((entry) => (entry.kind === 'directory' ? [] : [entry.path]));
  const warnings: BoardWarning[] = [...findings.warnings, { kind: 'files-lost', paths }];
  const kept = findings.kept.filter((path) => !paths.includes(path));
  return done({ fileSystem: rootLast(buildImage(layout, ours)), findings: { ...findings, kept, warnings } });
}

/** As a request takes it: what makes the files count comes last. */
export function rootLast(image: SparseImage): FileSystemImage {
  const { root, others } = splitRoot(image);
  return { ...image.geometry, runs: others, lastRuns: root };
}
