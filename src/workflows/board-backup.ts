/**
 * A board's flash as a whole: read as a backup, put back, erased. What is destroyed needs the caller's word for it.
 * Knows places and sizes, not what stands there.
 */
import { compareSegments, writePlan, type BoardWork } from '../flash/flash-board.ts';
import { planFlash, segmentsOf, type FlashPlan, type FlashSegment } from '../flash/flash-plan.ts';
import { hexOffset, SECTOR_BYTES } from '../flash/flash-request.ts';
import { wantedMd5s } from '../flash/prepare.ts';
import type { Bootloader, FlashSession } from '../ports/bootloader.ts';
import type { SerialLink } from '../ports/serial.ts';
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import type { FlashRange } from './board-reader.ts';

const STEP_BYTES = 65_536;
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

/** The bytes of a range; each step is checked by the chip's own MD5. Throws flash.*, serial.*. */
export async function downloadFlash(
  session: FlashSession,
  range: FlashRange,
  options: RunOptions,
): Promise<Outcome<Bytes>> {
  checkRange(session, range);
  const bytes = new Uint8Array(range.sizeBytes);
  const outcome = await inSteps(range, options, async (offset, sizeBytes) => {
    const { signal } = options;
    bytes.set(
      await session.read(offset, sizeBytes, { signal, timeoutMs: STEP_TIMEOUT_MS }),
      offset - range.offset,
    );
  });
  return outcome.kind === 'done' ? done(bytes) : cancelled;
}

/** What a restore will do, for the person to read before it is done. */
export interface Restore {
  readonly plan: FlashPlan;
  /** Writes what differs and verifies it; sector 0 of a whole flash comes last. */
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
  const segments = restoreSegments(range, backup);
  const wanted = wantedMd5s(segments, work.jobs, work.signal);
  wanted.catch(() => undefined);
  const compared = await compareSegments(work, segments, wanted);
  if (compared.kind === 'cancelled') return cancelled;
  const plan = planFlash(compared.value, { baudRate: session.baudRate, findings: null });
  return done({ plan, run: () => writePlan(work, plan) });
}

/** With sector 0 in the range the flash holds a program: blanked first, written last. */
function restoreSegments({ offset }: FlashRange, bytes: Uint8Array): FlashSegment[] {
  if (offset > 0) return segmentsOf({ part: 'files', phase: 0 }, { offset, bytes });
  const rest = { offset: SECTOR_BYTES, bytes: bytes.subarray(SECTOR_BYTES) };
  return [
    ...segmentsOf({ part: 'firmware', phase: 0 }, rest),
    { part: 'boot', phase: 2, offset: 0, bytes: bytes.subarray(0, SECTOR_BYTES) },
  ];
}

/** `all-data-will-be-lost` is what the person agreed to; nothing else erases. Throws flash.*, serial.*. */
export async function eraseFlash(
  session: FlashSession,
  erase: { readonly range: FlashRange; readonly confirmed: 'all-data-will-be-lost' },
  options: RunOptions,
): Promise<Outcome<void>> {
  const { range } = erase;
  checkRange(session, range);
  const { signal } = options;
  return inSteps(range, options, (offset, sizeBytes) =>
    session.erase(offset, sizeBytes, { signal, timeoutMs: STEP_TIMEOUT_MS }),
  );
}

async function inSteps(
  { offset, sizeBytes }: FlashRange,
  { signal, onProgress }: RunOptions,
  step: (offset: number, sizeBytes: number) => Promise<void>,
): Promise<Outcome<void>> {
  for (let at = 0; at < sizeBytes;) {
    if (signal.aborted) return cancelled;
    // Steps end where the flash's 64 KB blocks do, which are erased in one go.
    const next = Math.min(sizeBytes - at, STEP_BYTES - ((offset + at) % STEP_BYTES));
    await step(offset + at, next);
    at += next;
    onProgress?.({ phase: 'flash', done: at, total: sizeBytes, unit: 'bytes' });
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
