/**
 * The steps on a connected board: compare, write what differs, verify. Cancelling stops at a block's edge. Knows the
 * session port, not how the board was reached.
 */
import type { FlashSession } from '../ports/bootloader.ts';
import type { JobRunner } from '../ports/jobs.ts';
import type { Clock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome } from '../shared/outcome.ts';
import type { ComparedSegment, FlashPlan, FlashSegment } from './flash-plan.ts';
import { progressAt } from './flash-progress.ts';
import { hexOffset, type FlashRegion } from './flash-request.ts';
import type { ConnectedBoard, FlashState } from './flash-state.ts';
import { DeflateAhead, wantedMd5s } from './prepare.ts';

/** The stub takes about a second for a megabyte. */
const MD5_TIMEOUT_MS = 5000;
const ERASE_TIMEOUT_MS = 5000;
const WRITE_TIMEOUT_MS = 120_000;

export interface BoardWork {
  readonly session: FlashSession;
  readonly board: ConnectedBoard;
  readonly jobs: JobRunner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: (state: FlashState) => void;
  /** Called before the first sector is erased. */
  readonly onTouched: () => void;
}

/** Asks the chip for the MD5 of every segment. */
export async function compareSegments(
  work: BoardWork,
  segments: readonly FlashSegment[],
  wanted: Promise<Outcome<string[]>>,
): Promise<Outcome<ComparedSegment[]>> {
  const totalBytes = totalOf(segments);
  const found: string[] = [];
  let doneBytes = 0;
  for (const segment of segments) {
    if (work.signal.aborted) return cancelled;
    work.emit({ kind: 'checking', board: work.board, when: 'before', doneBytes, totalBytes });
    found.push(await md5Of(work, segment));
    doneBytes += segment.bytes.length;
  }
  const ours = await wanted;
  if (ours.kind === 'cancelled') return cancelled;
  return done(
    segments.map((segment, i) => ({
      segment,
      wantedMd5: ours.value[i] ?? '',
      foundMd5: found[i] ?? '',
    })),
  );
}

/**
 * Writes the plan, phase by phase: what makes the files count, and sector 0 of the firmware, follow only when all before
 * them is verified.
 * @throws AppError flash.verify-failed, flash.command-failed, flash.timed-out, serial.gone
 */
export async function writePlan(work: BoardWork, plan: FlashPlan): Promise<Outcome<void>> {
  if (plan.writes.length === 0) return done(undefined);
  const digests = wantedMd5s(plan.writes, work.jobs, work.signal);
  digests.catch(() => undefined);
  if (work.signal.aborted) return cancelled;
  if (plan.eraseFirst) {
    work.onTouched();
    const { offset, sizeBytes } = plan.eraseFirst;
    await work.session.erase(offset, sizeBytes, { signal: work.signal, timeoutMs: ERASE_TIMEOUT_MS });
  }
  const writer = new PlanWriter(work, plan);
  for (const { from, to } of phasesOf(plan.writes)) {
    if ((await writer.write(from, to)).kind === 'cancelled') return cancelled;
    const md5s = await digests;
    if (md5s.kind === 'cancelled') return cancelled;
    if ((await verify(work, plan.writes.slice(from, to), md5s.value.slice(from, to))).kind === 'cancelled') {
      return cancelled;
    }
  }
  return done(undefined);
}

/** Stretches of writes of one phase; each is verified before the next begins. */
function phasesOf(writes: readonly FlashSegment[]): { from: number; to: number }[] {
  const starts = writes.flatMap(({ phase }, i) => (phase === writes[i - 1]?.phase ? [] : [i]));
  return starts.map((from, i) => ({ from, to: starts[i + 1] ?? writes.length }));
}

class PlanWriter {
  readonly #work: BoardWork;
  readonly #plan: FlashPlan;
  readonly #deflated: DeflateAhead;
  readonly #startedMs: number;
  #writtenBytes = 0;

  constructor(work: BoardWork, plan: FlashPlan) {
    this.#work = work;
    this.#plan = plan;
    this.#deflated = new DeflateAhead(plan.writes, work.jobs, work.signal);
    this.#startedMs = work.clock.monotonicMs();
  }

  async write(from: number, to: number): Promise<Outcome<void>> {
    for (let index = from; index < to; index += 1) {
      const outcome = await this.#writeOne(index);
      if (outcome.kind === 'cancelled') return cancelled;
    }
    return done(undefined);
  }

  async #writeOne(index: number): Promise<Outcome<void>> {
    const { signal, session } = this.#work;
    const segment = this.#plan.writes[index];
    const region = await this.#deflated.take(index);
    if (region.kind === 'cancelled' || !segment || signal.aborted) return cancelled;
    this.#report(segment, 0);
    this.#work.onTouched();
    const outcome = await session.write(region.value, {
      signal,
      timeoutMs: WRITE_TIMEOUT_MS,
      onProgress: ({ done: doneBytes }) => this.#report(segment, doneBytes),
    });
    if (outcome.kind === 'done') this.#writtenBytes += segment.bytes.length;
    return outcome;
  }

  #report({ part }: FlashSegment, doneInSegment: number): void {
    const { board, clock, emit } = this.#work;
    const elapsedMs = clock.monotonicMs() - this.#startedMs;
    const progress = progressAt(this.#writtenBytes + doneInSegment, this.#plan.writeBytes, elapsedMs);
    emit({ kind: 'writing', board, part, progress });
  }
}

async function verify(
  work: BoardWork,
  regions: readonly FlashSegment[],
  md5s: readonly string[],
): Promise<Outcome<void>> {
  const totalBytes = totalOf(regions);
  let doneBytes = 0;
  for (const [i, region] of regions.entries()) {
    if (work.signal.aborted) return cancelled;
    work.emit({ kind: 'checking', board: work.board, when: 'after', doneBytes, totalBytes });
    const found = await md5Of(work, region);
    const expected = md5s[i] ?? '';
    if (found !== expected) {
      const details = { offset: hexOffset(region.offset), sizeBytes: region.bytes.length, found, expected };
      throw new AppError('flash.verify-failed', { details });
    }
    doneBytes += region.bytes.length;
  }
  return done(undefined);
}

const md5Of = ({ session, signal }: BoardWork, { offset, bytes }: FlashRegion): Promise<string> =>
  session.md5(offset, bytes.length, { signal, timeoutMs: MD5_TIMEOUT_MS });

const totalOf = (regions: readonly FlashRegion[]): number =>
  regions.reduce((sum, { bytes }) => sum + bytes.length, 0);
