/** Puts a backup back onto the board on the cable: plan first, then what differs, verified; the record follows. */
import type { BoardWork } from '../flash/flash-board.ts';
import type { FlashPlan } from '../flash/flash-plan.ts';
import { endState, type ConnectedBoard, type FlashReport, type FlashState } from '../flash/flash-state.ts';
import type { FlashSession } from '../ports/bootloader.ts';
import { AppError, asAppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { prepareRestore } from './board-backup.ts';
import { holdsOf, recordFound, recordGone, type BoardHolds } from './board-record.ts';
import type { BoardReport } from './board-report.ts';
import { readBoardIn } from './board-tasks.ts';
import {
  checkSameBoard,
  FIRST_BAUD_RATE,
  onBoard,
  rangeOf,
  type BoardArea,
  type BoardTask,
  type TaskEnvironment,
} from './on-board.ts';

export interface RestoreTask extends BoardTask {
  readonly area: BoardArea;
  readonly backup: Uint8Array;
  readonly macAddress: string;
  readonly holds: BoardHolds | null;
  readonly onState: (state: FlashState) => void;
  /** Shows the plan and waits for the person's word. */
  readonly approve: (board: ConnectedBoard, plan: FlashPlan) => Promise<boolean>;
}

/**
 * Puts a backup back; what is there already is not written again, so that running it anew resumes. Afterwards the board
 * is read and the record says what it holds. Throws flash.*, serial.*, storage.* after `onState` told the end.
 */
export async function restoreArea(
  env: TaskEnvironment,
  task: RestoreTask,
  options: RunOptions,
): Promise<Outcome<BoardReport>> {
  const run = new RestoreRun(env, task, options);
  try {
    const outcome = await onBoard(env, task, (session) => run.on(session), options);
    task.onState(
      outcome.kind === 'done'
        ? { kind: 'done', report: outcome.value.report, saidReady: false }
        : endState(null, run.touched),
    );
    return outcome.kind === 'done' ? done(outcome.value.board) : cancelled;
  } catch (thrown) {
    const error = asAppError(thrown);
    task.onState(endState(error, run.touched));
    throw error;
  }
}

class RestoreRun {
  touched = false;
  #isApproved = false;
  readonly #env: TaskEnvironment;
  readonly #task: RestoreTask;
  readonly #options: RunOptions;

  constructor(env: TaskEnvironment, task: RestoreTask, options: RunOptions) {
    this.#env = env;
    this.#task = task;
    this.#options = options;
  }

  async on(session: FlashSession): Promise<Outcome<{ report: FlashReport; board: BoardReport }>> {
    const { area, backup, macAddress, projectId, holds } = this.#task;
    checkSameBoard(session, macAddress);
    const work = await this.#workOn(session);
    const prepared = await prepareRestore(session, { range: rangeOf(session, area), backup }, work);
    if (prepared.kind === 'cancelled') return cancelled;
    const { plan, run } = prepared.value;
    this.#isApproved ||= await this.#approved(work.board, plan);
    if (!this.#isApproved || this.#options.signal.aborted) return cancelled;
    const startedMs = this.#env.clock.monotonicMs();
    if (plan.writes.length > 0) await recordGone(this.#env, projectId, holds, 'board restored');
    if ((await run()).kind === 'cancelled') return cancelled;
    const board = await this.#readBack(session);
    if (board.kind === 'cancelled') return cancelled;
    const report: FlashReport = {
      ...work.board,
      writtenBytes: plan.writeBytes,
      unchangedBytes: plan.unchangedBytes,
      elapsedMs: this.#env.clock.monotonicMs() - startedMs,
    };
    return done({ report, board: board.value });
  }

  async #workOn({ chip, baudRate }: FlashSession): Promise<Omit<BoardWork, 'session'>> {
    const slowedDown =
      baudRate < FIRST_BAUD_RATE ? { fromBaudRate: FIRST_BAUD_RATE, toBaudRate: baudRate } : null;
    return {
      board: { chip, baudRate, slowedDown },
      jobs: await this.#env.jobs(),
      clock: this.#env.clock,
      signal: this.#options.signal,
      emit: this.#task.onState,
      onTouched: () => {
        this.touched = true;
      },
    };
  }

  /** Throws serial.gone when the cable is pulled while the person reads the plan. */
  #approved(board: ConnectedBoard, plan: FlashPlan): Promise<boolean> {
    const { approve, link, onState } = this.#task;
    onState({ kind: 'ready', board, plan });
    const { gone } = link;
    return new Promise((resolve, reject) => {
      const unplugged = (): void => reject(new AppError('serial.gone'));
      if (gone.aborted) unplugged();
      gone.addEventListener('abort', unplugged, { once: true });
      void approve(board, plan).then((isApproved) => {
        gone.removeEventListener('abort', unplugged);
        resolve(isApproved);
      });
    });
  }

  async #readBack(session: FlashSession): Promise<Outcome<BoardReport>> {
    const { projectId } = this.#task;
    const { value: project } = await this.#env.store.load(projectId);
    const read = await readBoardIn(session, this.#env, this.#task, this.#options);
    if (read.kind === 'done') await recordFound(this.#env, projectId, holdsOf(read.value, project));
    return read;
  }
}
