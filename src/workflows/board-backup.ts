/**
 * A board's flash as a whole: read as a backup, put back, erased. What is destroyed needs the caller's word for it.
 * Knows places and sizes, not what stands there.
 */
import { compareSegments, writePlan, type BoardWork } from '../flash/flash-board.ts';
import {
  planFlash,
  segmentsOf,
  type ComparedSegment,
  type FlashPlan,
  type FlashSegment,
} from '../flash/flash-plan.ts';
import { hexOffset, SECTOR_BYTES } from '../flash/flash-request.ts';
import { wantedMd5s } from '../flash/prepare.ts';
import { probeImage } from '../littlefs/probe.ts';
import type { Bootloader, FlashSession } from '../ports/bootloader.ts';
import type { SerialLink } from '../ports/serial.ts';
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import type { FlashRange } from './board-reader.ts';

/** The flash's 64 KB blocks are erased in one go. */
const ERASE_STEP_BYTES = 65_536;
/** Reading can be cancelled, and goes on after a bad line, at the edge of a step. */
const READ_STEP_BYTES = 16_384;
const STEP_TIMEOUT_MS = 20_000;
const CONNECT_TIMEOUT_MS = 20_000;

export interface BoardPlace {
  readonly bootloader: Bootloader;
  readonly link: SerialLink;
  readonly baudRate: number;
}

/**
 * Connects, hands the session to `use`, and lets the board start its program again, whatever happened. Throws
 * flash.no-answer, flash.loader-failed, flash.wrong-chip, flash.size-unknown, serial.*, and what `use` throws.
 */
export async function withBoard<T>(
  { bootloader, link, baudRate }: BoardPlace,
  use: (session: FlashSession) => Promise<Outcome<T>>,
  options: RunOptions,
): Promise<Outcome<T>> {
  const timeoutMs = Math.min(CONNECT_TIMEOUT_MS, options.timeoutMs);
  const connected = await bootloader.connect(link, { ...options, timeoutMs, baudRate });
  if (connected.kind === 'cancelled') return cancelled;
  const session = connected.value;
  try {
    const { isEsp8266, chipName } = session.chip;
    if (!isEsp8266) throw new AppError('flash.wrong-chip', { details: { found: chipName } });
    wholeFlash(session);
    return await use(session);
  } finally {
    await session.leave().catch(() => undefined);
  }
}

/** Throws flash.size-unknown. */
export function wholeFlash({ chip }: FlashSession): FlashRange {
  if (chip.flashSizeBytes !== null) return { offset: 0, sizeBytes: chip.flashSizeBytes };
  throw new AppError('flash.size-unknown', { details: { flashId: hexOffset(chip.flashId) } });
}

/** A range that is being read; another session goes on where the last one ended. */
export interface Download {
  readonly range: FlashRange;
  readonly bytes: Bytes;
  /** From the beginning of the range. */
  doneBytes: number;
}

export const downloadOf = (range: FlashRange): Download => ({
  range,
  bytes: new Uint8Array(range.sizeBytes),
  doneBytes: 0,
});

/** Reads what is missing of a range; each step is checked by the chip's own MD5. Throws flash.*, serial.*. */
export async function continueDownload(
  session: FlashSession,
  download: Download,
  { signal, onProgress }: RunOptions,
): Promise<Outcome<Bytes>> {
  const { range, bytes } = download;
  checkRange(session, range);
  const report = (doneBytes: number): void =>
    onProgress?.({ phase: 'read', done: doneBytes, total: range.sizeBytes, unit: 'bytes' });
  while (download.doneBytes < range.sizeBytes) {
    if (signal.aborted) return cancelled;
    const at = download.doneBytes;
    const sizeBytes = Math.min(range.sizeBytes - at, READ_STEP_BYTES);
    const read = await session.read(range.offset + at, sizeBytes, {
      signal,
      timeoutMs: STEP_TIMEOUT_MS,
      onProgress: (step) => report(at + step.done),
    });
    bytes.set(read, at);
    download.doneBytes = at + sizeBytes;
    report(download.doneBytes);
  }
  return done(bytes);
}

/** The bytes of a range. Throws as {@link continueDownload}. */
export const downloadFlash = (
  session: FlashSession,
  range: FlashRange,
  options: RunOptions,
): Promise<Outcome<Bytes>> => continueDownload(session, downloadOf(range), options);

/** What a restore will do, for the person to read before it is done. */
export interface Restore {
  readonly plan: FlashPlan;
  /** Writes what differs and verifies it; what makes the flash start, or the files count, comes last. */
  readonly run: () => Promise<Outcome<void>>;
}

export type RestoreWork = Omit<BoardWork, 'session'>;

/**
 * Compares a backup with the flash; `run` of the result puts it back. Its size must be the range's.
 * @throws AppError flash.backup-size, flash.outside-flash, flash.*, serial.*
 */
export async function prepareRestore(
  session: FlashSession,
  { range, backup }: { readonly range: FlashRange; readonly backup: Uint8Array },
  restoreWork: RestoreWork,
): Promise<Outcome<Restore>> {
  checkRange(session, range);
  if (backup.length !== range.sizeBytes) {
    throw new AppError('flash.backup-size', {
      details: { foundBytes: backup.length, neededBytes: range.sizeBytes },
    });
  }
  const work: BoardWork = { ...restoreWork, session };
  const { segments, rootBytes } = restoreSegments(range, backup);
  const wanted = wantedMd5s(segments, work.jobs, work.signal);
  wanted.catch(() => undefined);
  const compared = await compareSegments(work, segments, wanted);
  if (compared.kind === 'cancelled') return cancelled;
  const plan = restorePlan(compared.value, { range, rootBytes, baudRate: session.baudRate });
  return done({ plan, run: () => writePlan(work, plan) });
}

interface RestoreSegments {
  readonly segments: readonly FlashSegment[];
  /** What makes a file system count stands in so many bytes at its beginning; 0 for a whole flash. */
  readonly rootBytes: number;
}

/** With sector 0 in the range the flash holds a program: blanked first, written last. A file system has its root for that. */
function restoreSegments({ offset }: FlashRange, bytes: Uint8Array): RestoreSegments {
  const isWhole = offset === 0;
  const rootBytes = isWhole ? 0 : 2 * (probeImage(bytes)?.geometry.blockSizeBytes ?? SECTOR_BYTES);
  const firstBytes = isWhole ? SECTOR_BYTES : rootBytes;
  const part = isWhole ? 'firmware' : 'files';
  const rest = { offset: offset + firstBytes, bytes: bytes.subarray(firstBytes) };
  const first: FlashSegment[] = isWhole
    ? [{ part: 'boot', phase: 2, offset: 0, bytes: bytes.subarray(0, SECTOR_BYTES) }]
    : segmentsOf({ part, phase: 1 }, { offset, bytes: bytes.subarray(0, rootBytes) });
  return { segments: [...segmentsOf({ part, phase: 0 }, rest), ...first], rootBytes };
}

/** Cut short, a file system must not look whole: when anything of it changes, its root goes first and comes back last. */
function restorePlan(
  compared: readonly ComparedSegment[],
  { range, rootBytes, baudRate }: { range: FlashRange; rootBytes: number; baudRate: number },
): FlashPlan {
  const context = { baudRate, findings: null };
  const plan = planFlash(compared, context);
  if (rootBytes === 0 || plan.writes.length === 0) return plan;
  const withRoot = compared.map((entry) => (entry.segment.phase === 1 ? { ...entry, foundMd5: '' } : entry));
  const eraseFirst = { offset: range.offset, sizeBytes: rootBytes };
  const changed = planFlash(withRoot, context);
  return { ...changed, eraseFirst, sectors: changed.sectors + rootBytes / SECTOR_BYTES };
}

/** `all-data-will-be-lost` is what the person agreed to; nothing else erases. Throws flash.*, serial.*. */
export async function eraseFlash(
  session: FlashSession,
  erase: { readonly range: FlashRange; readonly confirmed: 'all-data-will-be-lost' },
  { signal, onProgress }: RunOptions,
): Promise<Outcome<void>> {
  const { offset, sizeBytes } = erase.range;
  checkRange(session, erase.range);
  for (let at = 0; at < sizeBytes;) {
    if (signal.aborted) return cancelled;
    const next = Math.min(sizeBytes - at, ERASE_STEP_BYTES - ((offset + at) % ERASE_STEP_BYTES));
    await session.erase(offset + at, next, { signal, timeoutMs: STEP_TIMEOUT_MS });
    at += next;
    onProgress?.({ phase: 'erase', done: at, total: sizeBytes, unit: 'bytes' });
  }
  return done(undefined);
}

function checkRange(session: FlashSession, { offset, sizeBytes }: FlashRange): void {
  const flash = wholeFlash(session);
  const isAligned = offset % SECTOR_BYTES === 0 && sizeBytes % SECTOR_BYTES === 0;
  if (isAligned && offset >= 0 && sizeBytes > 0 && offset + sizeBytes <= flash.sizeBytes) return;
  throw new AppError('flash.outside-flash', {
    details: { offset: hexOffset(offset), sizeBytes, flashBytes: flash.sizeBytes },
  });
}
