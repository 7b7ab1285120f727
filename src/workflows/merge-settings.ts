/**
 * New settings for a board that may hold some already: reads its file system through the boot loader and makes one that
 * keeps what is the device's (docs/contracts.md, "Settings written over USB"). Until the last of it is written and
 * verified, the board's own file system stays whole, where there is room for both.
 */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import type { BoardFindings, BoardWarning, FlashRequest } from '../flash/flash-request.ts';
import type { Entry, KeptFileEntry, SparseImage, TreeEntry } from '../littlefs/types.ts';
import { buildImage, buildSuccessor } from '../littlefs/writer.ts';
import type { FlashSession } from '../ports/bootloader.ts';
import { equalBytes, type Bytes } from '../shared/bytes.ts';
import { AppError, asAppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { isContractPath, type SlotOwner } from './board-slots.ts';
import {
  filePathsOf,
  readForeign,
  readOtherTrees,
  readTreeAt,
  type BoardTree,
  type FoundTree,
} from './board-trees.ts';
import { firstImage, rootLast } from './device-image.ts';
import { sectorsAt, sectorsOf } from './flash-sectors.ts';
import { carryOver, retired } from './layout-change.ts';
import { sameFiles, wantedFiles } from './wanted-files.ts';

/** `fileSystem` null: the board holds exactly this already. */
export type MergedSettings = Pick<FlashRequest, 'fileSystem' | 'firstStages' | 'lastStages'> & {
  readonly findings: BoardFindings;
};

export interface MergeTask {
  readonly layout: FlashLayout;
  readonly owner: SlotOwner;
  /** What of the flash's beginning a program will be written over; 0: it stays. */
  readonly programBytes: number;
}

/** Throws flash.*, serial.*, littlefs.space (the settings alone are too large for the layout). */
export async function mergeSettings(
  session: FlashSession,
  task: MergeTask,
  options: RunOptions,
): Promise<Outcome<MergedSettings>> {
  const { layout, owner } = task;
  const here = await readTreeAt(session, task, options);
  if (here.kind === 'cancelled') return cancelled;
  // Elsewhere is looked for only when it may matter: each look costs time.
  const wasElsewhere = owner.device.layout !== null && owner.device.layout !== layout.name;
  const isSettled = here.value.kind === 'files' && !wasElsewhere;
  const others = isSettled ? done([]) : await readOtherTrees(session, task, options);
  if (others.kind === 'cancelled') return cancelled;
  const source = newestOf(here.value, others.value, owner);
  const stale = others.value.filter((tree) => tree !== source && tree.holdsDevice);
  if (source && source.layout !== layout)
    return carryOver(session, { ...task, source, stale, here: here.value });
  const merged = source ? await merge({ layout, owner, files: source }) : await makeAnew(task, here.value);
  if (merged.kind === 'cancelled' || stale.length === 0) return merged;
  const { fileSystem } = merged.value;
  const runs = [...(fileSystem?.runs ?? []), ...(fileSystem?.lastRuns ?? [])];
  const inUse = source ? sectorsOf(layout, source.occupancy) : [];
  const kept = new Set([...inUse, ...sectorsAt(layout, runs)]);
  return done({ ...merged.value, lastStages: stale.flatMap((tree) => retired(tree, kept)) });
}

/** This device's before others', then the one whose clock ran last, then the recorded layout's, then the first found. */
function newestOf(here: FoundTree, others: readonly BoardTree[], { device }: SlotOwner): BoardTree | null {
  const all = here.kind === 'files' ? [here.files, ...others] : others;
  const rank = (tree: BoardTree): number[] => [
    Number(tree.holdsDevice),
    tree.holdsDevice ? tree.clockS : 0,
    Number(tree.holdsDevice && tree.layout.name === device.layout),
  ];
  return all.reduce<BoardTree | null>(
    (best, tree) => (best && !isHigher(rank(tree), rank(best)) ? best : tree),
    null,
  );
}

function isHigher(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}

/** No file system is on the flash, or none that can be read. */
async function makeAnew({ layout, owner }: MergeTask, here: FoundTree): Promise<Outcome<MergedSettings>> {
  if (owner.made.slot.key.length === 0) throw new AppError('device.key-on-chip');
  const image = await firstImage(layout, owner.made.slot, owner.device.createdAtMs);
  const isUnreadable = here.kind === 'unreadable';
  const warnings: BoardWarning[] = isUnreadable ? [{ kind: 'unreadable', code: here.code }] : [];
  return done({
    fileSystem: rootLast(image),
    findings: {
      merge: isUnreadable ? 'unreadable' : 'fresh',
      kept: [],
      isUnchanged: false,
      slot: 'a',
      warnings,
    },
  });
}

interface MergeJob {
  readonly layout: FlashLayout;
  readonly owner: SlotOwner;
  readonly files: BoardTree;
}

async function merge(job: MergeJob): Promise<Outcome<MergedSettings>> {
  const { files, owner } = job;
  const { wanted, kept, slot, warnings } = await wantedFiles(files.own, files.slots, owner);
  const others = files.tree.entries.filter(({ path }) => !isContractPath(path));
  const findings: BoardFindings = {
    merge: 'kept',
    kept: [...kept, ...filePathsOf(others)],
    isUnchanged: sameFiles(wanted, files.own),
    slot,
    warnings,
  };
  if (findings.isUnchanged) return done({ fileSystem: null, findings });
  const image = successorOf(job, wanted);
  return image ? done({ fileSystem: rootLast(image), findings }) : inPlace(job, { wanted, findings });
}

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

function asItStands(entry: TreeEntry): Entry | KeptFileEntry {
  const { path } = entry;
  if (entry.kind === 'directory') return { kind: 'directory', path };
  return entry.list ? { kind: 'kept', path, list: entry.list } : { path, content: entry.read() };
}

/** Over the tree that stands there: other people's files are read first, and given up when there is no room. */
async function inPlace(
  { layout, files }: MergeJob,
  { wanted, findings }: { readonly wanted: ReadonlyMap<string, Bytes>; readonly findings: BoardFindings },
): Promise<Outcome<MergedSettings>> {
  const foreign = await readForeign(files);
  if (foreign.kind === 'cancelled') return cancelled;
  const ours = [...wanted].map(([path, content]): Entry => ({ path, content }));
  try {
    return done({ fileSystem: rootLast(buildImage(layout, [...ours, ...foreign.value])), findings });
  } catch (thrown) {
    if (asAppError(thrown).code !== 'littlefs.space' || foreign.value.length === 0) throw thrown;
  }
  const paths = filePathsOf(foreign.value);
  const warnings: BoardWarning[] = [...findings.warnings, { kind: 'files-lost', paths }];
  const kept = findings.kept.filter((path) => !paths.includes(path));
  return done({ fileSystem: rootLast(buildImage(layout, ours)), findings: { ...findings, kept, warnings } });
}
