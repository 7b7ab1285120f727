/** One port of Many boards: the job that runs on it, what it asks, and what happens when the board is swapped. */
import { layoutNamed } from '../../contract/flash-layouts.ts';
import type { FlashPlan } from '../../flash/flash-plan.ts';
import { isFlashing, type ConnectedBoard, type FlashState } from '../../flash/flash-state.ts';
import type { SerialLink } from '../../ports/serial.ts';
import type { ProjectId } from '../../project/entities.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import { boardQuestions, type BoardQuestion } from '../../workflows/board-questions.ts';
import type { FirmwareChoice } from '../../workflows/choose-firmware.ts';
import type { DeviceFlashJob } from '../../workflows/flash-device.ts';
import {
  begunOn,
  giveBack,
  lastOn,
  resumeOn,
  startNext,
  withState,
  type BoardJob,
  type ManyBoards,
} from '../../workflows/many-boards.ts';
import { app } from './app.svelte.ts';
import { cable } from './cable.svelte.ts';
import { serialConsole } from './console.svelte.ts';
import { holdPort, releasePort } from './lane-ports.ts';

const jobTimeoutMs = 15 * 60_000;

/** What all lanes of a batch share. */
export interface Batch {
  readonly projectId: ProjectId;
  boards: ManyBoards<number>;
  readonly layoutName: string;
  readonly firmware: FirmwareChoice;
  /** Boards that lose nothing are written without a word. */
  readonly isAutomatic: boolean;
  /** There is something for lanes that had nothing to do. */
  wake(): void;
}

type Job = BoardJob<number>;

export class Lane {
  readonly id: number;
  link = $state.raw<SerialLink | null>(null);
  flash = $state.raw<FlashState>({ kind: 'no-board' });
  plan = $state.raw<FlashPlan | null>(null);
  questions = $state.raw<readonly BoardQuestion[]>([]);
  isAsking = $state(false);
  isOut = $state(false);
  /** Started by the person: each board that is plugged in here is connected. */
  isArmed = $state(false);
  /** A board is there and no identity. */
  isStarved = $state(false);
  isRunning = $state(false);
  failure = $state.raw<AppError | null>(null);
  readonly #batch: Batch;
  #cancel: AbortController | null = null;
  #answer: ((isYes: boolean) => void) | null = null;
  /** The job that the connected board was begun with. */
  #begun: Job | null = null;
  #isSwapped = false;

  constructor(id: number, link: SerialLink, batch: Batch) {
    this.id = id;
    this.link = link;
    this.#batch = batch;
  }

  get job(): Job | null {
    return lastOn(this.#batch.boards, this.id);
  }

  /** The next board on this port, or the one that was not finished. */
  async start(): Promise<void> {
    const { link } = this;
    if (this.isRunning || !link || link.gone.aborted || !(await this.#isFree(link))) return;
    this.isArmed = true;
    holdPort(link, this.id);
    const next = startNext(this.#batch.boards, this.id, app().environment.clock.nowMs());
    this.isStarved = next === null;
    if (!next) {
      this.flash = { kind: 'no-board' };
      return;
    }
    this.#batch.boards = next.boards;
    await this.#run(next.job, link);
  }

  /** Another board, or the same one, on the cable. */
  plugIn(link: SerialLink): void {
    releasePort(this.link);
    this.link = link;
    this.isOut = false;
    this.#isSwapped = true;
    if (this.isArmed && !this.isRunning) void this.start();
  }

  pullOut(): void {
    this.isOut = true;
    this.isStarved = false;
  }

  answer(isYes: boolean): void {
    this.#answer?.(isYes);
  }

  cancel(): void {
    this.isArmed = false;
    this.#cancel?.abort();
    this.answer(false);
  }

  /** The port is free for others; what no board has a part of waits for another lane. */
  release(): void {
    this.cancel();
    releasePort(this.link);
    const { job } = this;
    if (job?.result.kind === 'stopped') this.#batch.boards = giveBack(this.#batch.boards, job.id);
  }

  /** A console on the page of a device gives way; a job there does not. */
  async #isFree(link: SerialLink): Promise<boolean> {
    this.failure = null;
    if (cable().link !== link) return true;
    if (cable().isBusy) {
      this.failure = new AppError('serial.used-for-device', { details: { device: cable().deviceId ?? '' } });
      return false;
    }
    await serialConsole().stop();
    return true;
  }

  async #run(job: Job, link: SerialLink): Promise<void> {
    this.plan = null;
    this.#begun = null;
    this.#isSwapped = false;
    this.isRunning = true;
    this.flash = { kind: 'connecting', attempt: 1, attempts: 1 };
    this.#cancel = new AbortController();
    try {
      const { flashDevice } = await import('../../workflows/flash-device.ts');
      const options = { signal: this.#cancel.signal, timeoutMs: jobTimeoutMs };
      await flashDevice(app().environment, this.#flashJob(job, link), options);
    } catch (thrown) {
      this.#failed(job, asAppError(thrown));
    } finally {
      this.isRunning = false;
      this.isAsking = false;
    }
    await this.#afterwards(job, link);
  }

  async #afterwards(job: Job, link: SerialLink): Promise<void> {
    if (this.#begun) await this.#turnTo(this.#begun, job, link);
    else if (this.#isSwapped && this.isArmed) await this.start();
    else if (!this.isArmed) releasePort(link);
  }

  #flashJob(job: Job, link: SerialLink): DeviceFlashJob {
    const { projectId, layoutName, firmware } = this.#batch;
    return {
      projectId,
      deviceId: job.deviceId,
      link,
      layout: layoutNamed(layoutName),
      firmware,
      onState: (state) => this.#take(job.id, state),
      approve: (board, plan) => this.#decide(job, board, plan),
    };
  }

  /** Progress is the lane's own: the table hears of each new kind of state only. */
  #take(jobId: number, state: FlashState): void {
    const isNews = state.kind !== this.flash.kind || !isFlashing(state);
    this.flash = state;
    if (!isNews) return;
    const atMs = app().environment.clock.nowMs();
    this.#batch.boards = withState(this.#batch.boards, jobId, { state, atMs });
  }

  #failed(job: Job, error: AppError): void {
    // After its end there is nothing to tell but that the project did not take it; before its beginning no state yet.
    if (this.flash.kind === 'done') this.failure = error;
    else if (isFlashing(this.flash)) this.#take(job.id, { kind: 'stopped', error });
  }

  async #decide(job: Job, board: ConnectedBoard, plan: FlashPlan): Promise<boolean> {
    const { boards, isAutomatic } = this.#batch;
    const { macAddress } = board.chip;
    this.plan = plan;
    this.#begun = begunOn(boards, job.id, macAddress);
    if (this.#begun) return false;
    this.questions = boardQuestions(boards, job, { macAddress, findings: plan.findings });
    if (this.questions.length === 0 && isAutomatic) return true;
    this.isAsking = true;
    const isYes = await new Promise<boolean>((resolve) => (this.#answer = resolve));
    this.#answer = null;
    this.isAsking = false;
    return isYes;
  }

  /** The board on this port is the unfinished one of another job: that one goes on, `job` waits again. */
  async #turnTo(begun: Job, job: Job, link: SerialLink): Promise<void> {
    const resumed = resumeOn(giveBackUntouched(this.#batch.boards, job.id), begun.id, this.id);
    if (!resumed) return;
    this.#batch.boards = resumed.boards;
    this.#batch.wake();
    await this.#run(resumed.job, link);
  }
}

const giveBackUntouched = (boards: ManyBoards<number>, jobId: number): ManyBoards<number> =>
  boards.jobs.find(({ id }) => id === jobId)?.result.kind === 'stopped' ? giveBack(boards, jobId) : boards;
