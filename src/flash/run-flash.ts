/**
 * The flash job: connect, check, compare, plan, write what differs, verify, restart. Owns retries, falling back to a
 * slower line, and the state it ends in; resuming is running it again. Knows ports only.
 */
import type { Bootloader, FlashSession } from '../ports/bootloader.ts';
import type { JobRunner } from '../ports/jobs.ts';
import type { SerialLink } from '../ports/serial.ts';
import type { Clock } from '../shared/clock.ts';
import { AppError, asAppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { slowerBaudRate } from './baud-rates.ts';
import { compareSegments, writePlan, type BoardWork } from './flash-board.ts';
import { checkChip, checkRequest } from './flash-checks.ts';
import { flashSegments, planFlash, type FlashPlan, type FlashSegment } from './flash-plan.ts';
import type { FlashRequest } from './flash-request.ts';
import {
  endState,
  type ConnectedBoard,
  type FlashReport,
  type FlashState,
  type SlowedDown,
} from './flash-state.ts';
import { wantedMd5s } from './prepare.ts';

/** How often a bad line is tried again at a slower speed. */
const MAX_SLOWDOWNS = 3;
const CONNECT_TIMEOUT_MS = 20_000;

export interface FlashJob {
  readonly bootloader: Bootloader;
  readonly link: SerialLink;
  readonly jobs: JobRunner;
  readonly clock: Clock;
  /** What is known before the board is: checked before anybody connects one. */
  readonly request: FlashRequest;
  /**
   * Makes the request from what the connected board holds, once a job, before anything is compared; the chip has been
   * checked by then. Without it `request` is written as it is. Errors end the job with the board as it was.
   */
  readonly completeRequest?: (session: FlashSession, options: RunOptions) => Promise<Outcome<FlashRequest>>;
  /** Wanted speed; the job goes down by itself when the line is bad. */
  readonly baudRate: number;
  /** How long the person is given to hold FLASH and press RST; 0: one round of attempts. */
  readonly patienceMs: number;
  readonly onState: (state: FlashState) => void;
  /** Shows the plan and waits for the person's word; without it the plan is carried out at once. */
  readonly approve?: (board: ConnectedBoard, plan: FlashPlan) => Promise<boolean>;
}

/**
 * Runs the job to one of its ends. The port is closed afterwards, the board restarted.
 * @throws AppError flash.*, serial.*, after the state says `not-finished` or `stopped`.
 */
export async function runFlash(job: FlashJob, options: RunOptions): Promise<Outcome<FlashReport>> {
  const run = new FlashRun(job, options);
  try {
    const outcome = await run.run();
    job.onState(
      outcome.kind === 'done'
        ? { kind: 'done', report: outcome.value, saidReady: false }
        : endState(null, run.touched),
    );
    return outcome;
  } catch (thrown) {
    const error = asAppError(thrown);
    job.onState(endState(error, run.touched));
    throw error;
  }
}

/** The request as segments, and their digests on the way. */
interface Prepared {
  readonly request: FlashRequest;
  readonly segments: readonly FlashSegment[];
  readonly wanted: Promise<Outcome<string[]>>;
}

class FlashRun {
  touched = false;
  readonly #job: FlashJob;
  readonly #options: RunOptions;
  /** Moved on by the time the person takes to decide. */
  #startedMs: number;
  #approved = false;
  #slowedDown: SlowedDown | null = null;
  #prepared: Prepared | null = null;

  constructor(job: FlashJob, options: RunOptions) {
    this.#job = job;
    this.#options = options;
    this.#startedMs = job.clock.monotonicMs();
  }

  async run(): Promise<Outcome<FlashReport>> {
    const { request, link, completeRequest } = this.#job;
    checkRequest(request, link.isVirtual);
    if (!completeRequest) this.#prepare(request);
    let baudRate = this.#job.baudRate;
    for (let slowdowns = 0; ; slowdowns += 1) {
      const session = await this.#connect(baudRate);
      if (!session) return cancelled;
      try {
        return await this.#onBoard(session);
      } catch (thrown) {
        const slower = slowerBaudRate(session.baudRate);
        if (!isLineTrouble(thrown) || slower === null || slowdowns >= MAX_SLOWDOWNS) throw thrown;
        this.#slowedDown = { fromBaudRate: this.#job.baudRate, toBaudRate: slower };
        baudRate = slower;
      } finally {
        // Whatever went before counts; a port that cannot be closed any more is gone.
        await session.leave().catch(() => undefined);
      }
    }
  }

  /** Null: cancelled. Tries again while the person reaches for the board's buttons. */
  async #connect(baudRate: number): Promise<FlashSession | null> {
    const untilMs = this.#nowMs() + this.#job.patienceMs;
    for (let round = 0; ; round += 1) {
      try {
        return await this.#connectOnce(baudRate, round === 0 ? 'connecting' : 'hold-flash');
      } catch (thrown) {
        const noAnswer = thrown instanceof AppError && thrown.code === 'flash.no-answer';
        if (!noAnswer || this.#nowMs() >= untilMs) throw thrown;
      }
    }
  }

  async #connectOnce(baudRate: number, kind: 'connecting' | 'hold-flash'): Promise<FlashSession | null> {
    const outcome = await this.#job.bootloader.connect(this.#job.link, {
      baudRate,
      signal: this.#options.signal,
      timeoutMs: Math.min(CONNECT_TIMEOUT_MS, this.#leftMs()),
      onProgress: ({ done: attempt, total: attempts }) => this.#job.onState({ kind, attempt, attempts }),
    });
    return outcome.kind === 'done' ? outcome.value : null;
  }

  async #onBoard(session: FlashSession): Promise<Outcome<FlashReport>> {
    const { request, onState } = this.#job;
    checkChip(session.chip, request);
    const work = this.#workOn(session);
    const prepared = this.#prepared ?? (await this.#completed(work));
    if (!prepared) return cancelled;
    const compared = await compareSegments(work, prepared.segments, prepared.wanted);
    if (compared.kind === 'cancelled') return cancelled;
    const findings = prepared.request.findings ?? null;
    const plan = planFlash(compared.value, { baudRate: session.baudRate, findings });
    if (!(await this.#isApproved(work.board, plan))) return cancelled;
    this.#leftMs();
    const written = await writePlan(work, plan);
    if (written.kind === 'cancelled') return cancelled;
    onState({ kind: 'restarting', board: work.board });
    return done({
      ...work.board,
      writtenBytes: plan.writeBytes,
      unchangedBytes: plan.unchangedBytes,
      elapsedMs: this.#nowMs() - this.#startedMs,
    });
  }

  /** Null: cancelled. What it reads is read once: later the board may hold half of what is written. */
  async #completed({ session, board, emit }: BoardWork): Promise<Prepared | null> {
    const { request, link, completeRequest } = this.#job;
    const { signal } = this.#options;
    const completed = await completeRequest?.(session, {
      signal,
      timeoutMs: this.#leftMs(),
      onProgress: ({ done: doneBytes, total: totalBytes }) =>
        emit({ kind: 'checking', board, when: 'before', doneBytes, totalBytes }),
    });
    if (completed?.kind === 'cancelled') return null;
    const whole = completed?.value ?? request;
    checkRequest(whole, link.isVirtual);
    return this.#prepare(whole);
  }

  #prepare(request: FlashRequest): Prepared {
    const segments = flashSegments(request);
    const wanted = wantedMd5s(segments, this.#job.jobs, this.#options.signal);
    // Told when it is awaited: connecting may fail first.
    wanted.catch(() => undefined);
    this.#prepared = { request, segments, wanted };
    return this.#prepared;
  }

  #workOn(session: FlashSession): BoardWork {
    const { jobs, clock, onState } = this.#job;
    return {
      session,
      board: {
        chip: session.chip,
        baudRate: session.baudRate,
        slowedDown: this.#slowdownTo(session.baudRate),
      },
      jobs,
      clock,
      signal: this.#options.signal,
      emit: onState,
      onTouched: () => {
        this.touched = true;
      },
    };
  }

  /** The boot loader may have gone down by itself. */
  #slowdownTo(baudRate: number): SlowedDown | null {
    const wanted = this.#job.baudRate;
    return baudRate < wanted ? { fromBaudRate: wanted, toBaudRate: baudRate } : this.#slowedDown;
  }

  async #isApproved(board: ConnectedBoard, plan: FlashPlan): Promise<boolean> {
    if (this.#options.signal.aborted) return false;
    if (!this.#approved) {
      this.#job.onState({ kind: 'ready', board, plan });
      const askedMs = this.#nowMs();
      this.#approved = await this.#decision(board, plan);
      this.#startedMs += this.#nowMs() - askedMs;
    }
    return this.#approved;
  }

  /** The person's word; false when the job is cancelled meanwhile. @throws AppError serial.gone */
  async #decision(board: ConnectedBoard, plan: FlashPlan): Promise<boolean> {
    const { approve, link } = this.#job;
    if (!approve) return true;
    const cancel = whenAborted(this.#options.signal);
    const unplug = whenAborted(link.gone);
    try {
      return await Promise.race([
        approve(board, plan),
        cancel.happened.then(() => false),
        unplug.happened.then(() => Promise.reject(new AppError('serial.gone'))),
      ]);
    } finally {
      cancel.forget();
      unplug.forget();
    }
  }

  #nowMs(): number {
    return this.#job.clock.monotonicMs();
  }

  /** @throws AppError flash.timed-out when the whole job has had its time. */
  #leftMs(): number {
    const leftMs = this.#startedMs + this.#options.timeoutMs - this.#nowMs();
    if (leftMs > 0) return leftMs;
    const details = { step: 'the whole job', waitedS: this.#options.timeoutMs / 1000 };
    throw new AppError('flash.timed-out', { details });
  }
}

function whenAborted(signal: AbortSignal): { happened: Promise<void>; forget: () => void } {
  let listener = (): void => undefined;
  const happened = new Promise<void>((resolve) => {
    listener = resolve;
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', listener);
  });
  return { happened, forget: () => signal.removeEventListener('abort', listener) };
}

/** Lost or bent bytes: a slower line may carry them. */
export const isLineTrouble = (thrown: unknown): boolean =>
  thrown instanceof AppError && ['flash.command-failed', 'flash.timed-out'].includes(thrown.code);
