/**
 * Which parts of the flash differ from what is wanted, and in which order they are written. Pure: the chip's and our
 * own MD5s are passed in. Nothing is kept for resuming: the plan is made again from what the chip says.
 */
import { concatBytes } from '../shared/bytes.ts';
import { md5Hex } from '../shared/md5.ts';
import { expectedWork, type ExpectedWork } from './expected-time.ts';
import {
  paddedToSectors,
  SECTOR_BYTES,
  type BoardFindings,
  type FlashRegion,
  type FlashRequest,
} from './flash-request.ts';

/** Segments end where the flash's 64 KB blocks do: a whole block is erased four times faster than its sectors. */
const SEGMENT_BYTES = 65_536;
/** Adjacent segments are written in one stream up to this size. */
const WRITE_BYTES = 16 * SEGMENT_BYTES;

/** `boot` is sector 0 of the firmware: without it the chip starts nothing. */
export type FlashPart = 'files' | 'firmware' | 'boot';

/** The unit of comparing; on whole sectors, at most 64 KB. */
export interface FlashSegment extends FlashRegion {
  readonly part: FlashPart;
  /** Written when everything of a lower phase is verified. */
  readonly phase: FlashPhase;
}

/** Ascending: most of it, what makes the files count, what makes the program start; stages of a request around the first two. */
export type FlashPhase = number;

export interface ComparedSegment {
  readonly segment: FlashSegment;
  /** Lower-case hex MD5 of what it shall hold. */
  readonly wantedMd5: string;
  /** Lower-case hex MD5 of what the chip holds there. */
  readonly foundMd5: string;
}

export interface PartTotals {
  readonly writeBytes: number;
  readonly unchangedBytes: number;
}

/** One piece of the plan as people read it. */
export interface PlannedRegion {
  readonly part: FlashPart;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly sectors: number;
}

export interface FlashPlan {
  /** Sector 0, erased before anything else, when no write of the program's begins there; else null. */
  readonly eraseFirst: { readonly offset: number; readonly sizeBytes: number } | null;
  /** In this order: firmware, files, what makes the files count, and sector 0 of the firmware last. */
  readonly writes: readonly FlashSegment[];
  readonly writeBytes: number;
  readonly unchangedBytes: number;
  /** Sectors of 4096 bytes that will be erased. */
  readonly sectors: number;
  readonly files: PartTotals;
  readonly firmware: PartTotals;
  /** What will be written, by place. */
  readonly regions: readonly PlannedRegion[];
  /** Modelled, not promised: see expected-time.ts. */
  readonly expected: ExpectedWork;
  /** What the board's own files say; null when they were not read. */
  readonly findings: BoardFindings | null;
}

/** What a request comes to on the flash, in the order of writing. */
export function flashSegments(request: FlashRequest): readonly FlashSegment[] {
  const { layout, firmware, fileSystem, firstStages = [], lastStages = [] } = request;
  const main = firstStages.length;
  const filesOf = (runs: readonly FlashRegion[], phase: FlashPhase): FlashSegment[] =>
    runs.flatMap((run) => segmentsOf({ part: 'files', phase }, run));
  const inFiles = (runs: readonly FlashRegion[] = []): FlashRegion[] =>
    runs.map(({ offset, bytes }) => ({ offset: layout.fsOffset + offset, bytes }));
  const before = firstStages.flatMap((stage, i) => filesOf(stage, i));
  const files = [
    ...filesOf(inFiles(fileSystem?.runs), main),
    ...filesOf(inFiles(fileSystem?.lastRuns), main + 1),
    ...lastStages.flatMap((stage, i) => filesOf(stage, main + 2 + i)),
  ];
  if (!firmware) return [...before, ...files];
  const program = paddedToSectors(firmware.bytes);
  const boot: FlashSegment = {
    part: 'boot',
    phase: main + 2 + lastStages.length,
    offset: 0,
    bytes: program.subarray(0, SECTOR_BYTES),
  };
  const rest = { offset: SECTOR_BYTES, bytes: program.subarray(SECTOR_BYTES) };
  return [...before, ...segmentsOf({ part: 'firmware', phase: main }, rest), ...files, boot];
}

export interface PlanContext {
  readonly baudRate: number;
  readonly findings: BoardFindings | null;
}

/** For a plan of which only the writes count. */
const noContext: PlanContext = { baudRate: 115_200, findings: null };

/**
 * When the program changes, its sector 0 is made unbootable before anything else and written last.
 * @param compared every segment of the request, in the order of `flashSegments`.
 */
export function planFlash(
  compared: readonly ComparedSegment[],
  { baudRate, findings }: PlanContext = noContext,
): FlashPlan {
  const rewritesProgram = compared.some((entry) => entry.segment.part === 'firmware' && differs(entry));
  const written = writtenEntries(compared, rewritesProgram);
  const isWritten = (entry: ComparedSegment): boolean => written.has(entry);
  const changed = compared.filter(isWritten);
  const boot = compared.find(({ segment }) => segment.part === 'boot');
  const writes = joined(changed.map(({ segment }) => withBlankBoot(segment)));
  // Only as the very first write: what comes before it must not meet a program that starts.
  const blanksBoot = writes[0]?.part === 'firmware' && writes[0].offset === 0;
  const mayStart = rewritesProgram && boot !== undefined && boot.foundMd5 !== blankSectorMd5();
  const writeBytes = sizeOf(writes);
  const eraseFirst = mayStart && !blanksBoot ? { offset: 0, sizeBytes: SECTOR_BYTES } : null;
  return {
    eraseFirst,
    writes,
    writeBytes,
    unchangedBytes: sizeOf(compared.filter((entry) => !isWritten(entry)).map(({ segment }) => segment)),
    sectors: (writeBytes + (eraseFirst?.sizeBytes ?? 0)) / SECTOR_BYTES,
    files: totalsOf(compared, isWritten, (part) => part === 'files'),
    firmware: totalsOf(compared, isWritten, (part) => part !== 'files'),
    regions: writes.map(plannedRegion),
    expected: expectedWork(writes, baudRate),
    findings,
  };
}

/** What differs, and what a stage before it writes over. */
function writtenEntries(
  compared: readonly ComparedSegment[],
  rewritesProgram: boolean,
): ReadonlySet<ComparedSegment> {
  const written = new Set<ComparedSegment>();
  for (const entry of compared) {
    const isBoot = rewritesProgram && entry.segment.part === 'boot';
    const isOverwritten = [...written].some(({ segment }) => overlap(segment, entry.segment));
    if (differs(entry) || isBoot || isOverwritten) written.add(entry);
  }
  return written;
}

const overlap = (a: FlashRegion, b: FlashRegion): boolean =>
  a.offset < b.offset + b.bytes.length && b.offset < a.offset + a.bytes.length;

const plannedRegion = ({ part, offset, bytes }: FlashSegment): PlannedRegion => ({
  part,
  offset,
  sizeBytes: bytes.length,
  sectors: bytes.length / SECTOR_BYTES,
});

/**
 * The program's first segment takes a blank sector 0 with it: the block is then erased in one go, which is faster than
 * its sectors and leaves nothing that starts.
 */
function withBlankBoot(segment: FlashSegment): FlashSegment {
  if (segment.part !== 'firmware' || segment.offset !== SECTOR_BYTES) return segment;
  const blank = new Uint8Array(SECTOR_BYTES).fill(0xff);
  return { ...segment, offset: 0, bytes: concatBytes([blank, segment.bytes]) };
}

const differs = ({ wantedMd5, foundMd5 }: ComparedSegment): boolean => wantedMd5 !== foundMd5;

const sizeOf = (regions: readonly FlashRegion[]): number =>
  regions.reduce((sum, { bytes }) => sum + bytes.length, 0);

function totalsOf(
  compared: readonly ComparedSegment[],
  isWritten: (entry: ComparedSegment) => boolean,
  belongs: (part: FlashPart) => boolean,
): PartTotals {
  const own = compared.filter(({ segment }) => belongs(segment.part));
  const sizeWhere = (wanted: boolean): number =>
    sizeOf(own.filter((entry) => isWritten(entry) === wanted).map(({ segment }) => segment));
  return { writeBytes: sizeWhere(true), unchangedBytes: sizeWhere(false) };
}

/** A region in pieces that end where the flash's 64 KB blocks do. */
export function segmentsOf(
  kind: Pick<FlashSegment, 'part' | 'phase'>,
  { offset, bytes }: FlashRegion,
): FlashSegment[] {
  const segments: FlashSegment[] = [];
  for (let at = 0; at < bytes.length;) {
    const start = offset + at;
    const sizeBytes = Math.min(bytes.length - at, SEGMENT_BYTES - (start % SEGMENT_BYTES));
    segments.push({ ...kind, offset: start, bytes: bytes.subarray(at, at + sizeBytes) });
    at += sizeBytes;
  }
  return segments;
}

/** Neighbours of the same part become one write. */
function joined(segments: readonly FlashSegment[]): FlashSegment[] {
  const groups: FlashSegment[][] = [];
  for (const segment of segments) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const isSameKind = last?.part === segment.part && last.phase === segment.phase;
    const adjoins = isSameKind && last.offset + last.bytes.length === segment.offset;
    if (group && adjoins && sizeOf(group) + segment.bytes.length <= WRITE_BYTES) group.push(segment);
    else groups.push([segment]);
  }
  return groups.flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    return group.length === 1 ? [first] : [{ ...first, bytes: concatBytes(group.map(({ bytes }) => bytes)) }];
  });
}

let blankMd5: string | null = null;
function blankSectorMd5(): string {
  blankMd5 ??= md5Hex(new Uint8Array(SECTOR_BYTES).fill(0xff));
  return blankMd5;
}
