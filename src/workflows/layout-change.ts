/**
 * Settings for a board whose files another layout placed elsewhere: what is the device's, and other people's files, are
 * carried into the new layout's file system. Cut at any point, one tree is whole: the old one, a copy of it that is
 * parked at a third layout's place where the two overlap, or the new one (docs/contracts.md). Reads no flash itself.
 */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import { SECTOR_BYTES, type BoardWarning, type FlashRegion } from '../flash/flash-request.ts';
import { readOccupancy } from '../littlefs/occupancy.ts';
import type { Entry, Occupancy, SparseImage } from '../littlefs/types.ts';
import { buildImage, buildSuccessor, sparseSource, splitRoot } from '../littlefs/writer.ts';
import type { FlashSession } from '../ports/bootloader.ts';
import { asAppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome } from '../shared/outcome.ts';
import { candidateLayouts } from './board-contents.ts';
import { isContractPath } from './board-slots.ts';
import { filePathsOf, readForeign, type BoardTree, type FoundTree } from './board-trees.ts';
import { rootLast } from './device-image.ts';
import {
  blocksOver,
  programSectors,
  rootSectors,
  sectorsAt,
  sectorsOf,
  type Sectors,
} from './flash-sectors.ts';
import type { MergedSettings, MergeTask } from './merge-settings.ts';
import { wantedFiles } from './wanted-files.ts';

export interface Move extends MergeTask {
  /** The tree that is carried over; its layout is another one. */
  readonly source: BoardTree;
  /** Older copies of this device's files, at the places of further layouts. */
  readonly stale: readonly BoardTree[];
  /** What stands at the new layout's place. */
  readonly here: FoundTree;
}

type Stages = readonly (readonly FlashRegion[])[];
const nothingInUse: Sectors = new Set();

/** Throws littlefs.space (the settings alone are too large), littlefs.damaged, flash.*, serial.*. */
export async function carryOver(session: FlashSession, move: Move): Promise<Outcome<MergedSettings>> {
  const { source, stale, owner, layout } = move;
  const { wanted, kept, slot, warnings } = await wantedFiles(source.own, source.slots, owner);
  const foreign = await readForeign(source);
  if (foreign.kind === 'cancelled') return cancelled;
  const ours = [...wanted].map(([path, content]): Entry => ({ path, content }));
  const carried = fits(layout, [...ours, ...foreign.value]) ? foreign.value : [];
  const lost = [
    ...(carried.length < foreign.value.length ? filePathsOf(foreign.value) : []),
    ...foreignPathsOf(move.here).filter((path) => !carried.some((entry) => entry.path === path)),
  ];
  const files: Files = { own: ours, foreign: carried, kept: [...kept, ...filePathsOf(carried)] };
  const written = besideIt(move, files) ?? byWayOf(session, move, files);
  const inUse = new Set([...programSectors(move.programBytes), ...sectorsAt(layout, written.image.runs)]);
  return done({
    fileSystem: rootLast(written.image),
    firstStages: written.firstStages,
    lastStages: [...written.lastStages, ...stale.flatMap((tree) => retired(tree, inUse))],
    findings: {
      merge: 'kept',
      movedFrom: source.layout.name,
      kept: files.kept,
      isUnchanged: false,
      slot,
      warnings: [
        ...warnings,
        ...written.warnings,
        ...(move.programBytes === 0 ? [{ kind: 'program-stays' as const, layout: source.layout.name }] : []),
        ...(lost.length > 0 ? [{ kind: 'files-lost' as const, paths: lost }] : []),
      ],
    },
  });
}

interface Files {
  readonly own: readonly Entry[];
  readonly foreign: readonly Entry[];
  /** Paths that are on the board now and shall stay. */
  readonly kept: readonly string[];
}

interface Written {
  readonly image: SparseImage;
  readonly firstStages: Stages;
  readonly lastStages: Stages;
  readonly warnings: readonly BoardWarning[];
}

/** Null when something of the source would be overwritten before the new tree counts. */
function besideIt(move: Move, { own, foreign }: Files): Written | null {
  const { layout, source, programBytes } = move;
  const used = sectorsOf(source.layout, source.occupancy);
  const sharesRoot = continues(source, layout);
  const entries = [...own, ...foreign];
  const image = withRoom(() =>
    sharesRoot
      ? buildSuccessor(layout, entries, sharesRoot)
      : buildImage(layout, entries, blocksOver(layout, used)),
  );
  if (!image) return null;
  const { root, others } = splitRoot(image);
  const writes = sharesRoot ? others : [...others, ...root];
  const touched = [...programSectors(programBytes), ...sectorsAt(layout, writes)];
  if (touched.some((sector) => used.has(sector))) return null;
  return {
    image,
    firstStages: [],
    lastStages: sharesRoot
      ? blankRoot(source.layout, sharesRoot.rootBlock).slice(1)
      : retired(source, nothingInUse),
    warnings: [],
  };
}

/** Layouts of chips of different sizes begin at the same place: then the new tree follows in the same pair of blocks. */
function continues({ layout: from, occupancy }: BoardTree, to: FlashLayout): Occupancy | null {
  const isSame = from.fsOffset === to.fsOffset && from.blockSizeBytes === to.blockSizeBytes;
  return isSame ? occupancy : null;
}

/** By a copy at another layout's place; without a place for it the plan says what an interruption would lose. */
function byWayOf(session: FlashSession, move: Move, files: Files): Written {
  const { layout, source } = move;
  const all = [...files.own, ...files.foreign];
  const parked = park(session, move, all) ?? park(session, move, files.own);
  const avoided = parked ? blocksOver(layout, parked.sectors) : undefined;
  const image = withRoom(() => buildImage(layout, all, avoided)) ?? buildImage(layout, all);
  const firstBlank = retired(source, nothingInUse);
  if (!parked || touches(layout, image, parked.sectors)) {
    // The old tree must not look whole when its files are being written over.
    return { image, firstStages: firstBlank, lastStages: [], warnings: warned(files.kept) };
  }
  const { root, others } = splitRoot(parked.image);
  const firstStages = [at(parked.layout, others), at(parked.layout, root), ...firstBlank];
  const unparked = parked.entries === all ? [] : filePathsOf(files.foreign);
  return { image, firstStages, lastStages: [...parked.retired], warnings: warned(unparked) };
}

const warned = (paths: readonly string[]): BoardWarning[] =>
  paths.length > 0 ? [{ kind: 'interruption-loses', paths }] : [];

interface Parked {
  readonly layout: FlashLayout;
  readonly image: SparseImage;
  readonly entries: readonly Entry[];
  /** Of all its blocks. */
  readonly sectors: Sectors;
  readonly retired: Stages;
}

/** Where nothing of the old tree stands and nothing of program and new root will. */
function park(session: FlashSession, move: Move, entries: readonly Entry[]): Parked | null {
  const { source, layout, programBytes, stale } = move;
  const avoided = new Set([
    ...sectorsOf(source.layout, source.occupancy),
    ...programSectors(programBytes),
    ...rootSectors(layout),
  ]);
  const taken = [layout, source.layout, ...stale.map((tree) => tree.layout)].map(({ fsOffset }) => fsOffset);
  for (const place of candidateLayouts(session.chip.flashSizeBytes ?? 0)) {
    if (taken.includes(place.fsOffset) || rootSectors(place).some((sector) => avoided.has(sector))) continue;
    const image = withRoom(() => buildImage(place, entries, blocksOver(place, avoided)));
    if (!image) continue;
    const sectors = sectorsOf(place, readOccupancy(sparseSource(image), place));
    return { layout: place, image, entries, sectors, retired: blankRoot(place, 0) };
  }
  return null;
}

/**
 * Blanks the tree's root, but for sectors that are in use by now. The half that does not count goes first: else an older
 * state would come to life in between.
 */
export const retired = ({ layout, occupancy }: BoardTree, inUse: Sectors): Stages =>
  blankRoot(layout, occupancy?.rootBlock ?? 0).filter((stage) =>
    stage.every(({ offset }) => !inUse.has(offset / SECTOR_BYTES)),
  );

const blankRoot = ({ fsOffset, blockSizeBytes }: FlashLayout, countingBlock: number): Stages =>
  [1 - countingBlock, countingBlock].map((block) => [
    { offset: fsOffset + block * blockSizeBytes, bytes: new Uint8Array(SECTOR_BYTES).fill(0xff) },
  ]);

const at = ({ fsOffset }: FlashLayout, runs: readonly FlashRegion[]): FlashRegion[] =>
  runs.map(({ offset, bytes }) => ({ offset: fsOffset + offset, bytes }));

const touches = (layout: FlashLayout, image: SparseImage, sectors: Sectors): boolean =>
  sectorsAt(layout, image.runs).some((sector) => sectors.has(sector));

const fits = (layout: FlashLayout, entries: readonly Entry[]): boolean =>
  withRoom(() => buildImage(layout, entries)) !== null;

function withRoom(build: () => SparseImage): SparseImage | null {
  try {
    return build();
  } catch (thrown) {
    if (asAppError(thrown).code === 'littlefs.space') return null;
    throw thrown;
  }
}

const foreignPathsOf = (here: FoundTree): string[] =>
  here.kind === 'files'
    ? filePathsOf(here.files.tree.entries.filter(({ path }) => !isContractPath(path)))
    : [];
