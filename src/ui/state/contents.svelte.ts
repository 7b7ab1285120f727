/** What stands on the board on the cable, as last read, and the one thing that is done with it just now. */
import { progressAt, type FlashProgress } from '../../flash/flash-progress.ts';
import type { FlashState } from '../../flash/flash-state.ts';
import type { Device, Project } from '../../project/entities.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';
import type { Outcome, RunOptions } from '../../shared/outcome.ts';
import { holdsOf } from '../../workflows/board-record.ts';
import type { BoardReport } from '../../workflows/board-report.ts';
import { fileName, filesName, flashName } from '../../workflows/board-names.ts';
import type { BoardArea, BoardTask } from '../../workflows/on-board.ts';
import { app } from './app.svelte.ts';
import { cable, type CableUse } from './cable.svelte.ts';

export type ContentsTask =
  | { readonly kind: 'read' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'download'; readonly area: BoardArea }
  | { readonly kind: 'erase'; readonly area: BoardArea }
  | { readonly kind: 'restore'; readonly area: BoardArea; readonly backup: Uint8Array };

export type ContentsJob =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'connecting' | 'hold-flash';
      readonly task: ContentsTask;
      readonly attempt: number;
      readonly attempts: number;
    }
  | { readonly kind: 'working'; readonly task: ContentsTask; readonly progress: FlashProgress | null }
  | { readonly kind: 'restoring'; readonly task: ContentsTask; readonly flash: FlashState }
  /** `touched`: something of the flash was erased or written. */
  | {
      readonly kind: 'ended';
      readonly task: ContentsTask;
      readonly how: 'done' | 'cancelled' | 'failed';
      readonly error: AppError | null;
      readonly touched: boolean;
      /** Under which name something was saved. */
      readonly savedAs: string | null;
    };

interface Ending {
  readonly savedAs?: string;
}

const taskTimeoutMs = 60 * 60_000;

export class ContentsState {
  report = $state.raw<BoardReport | null>(null);
  /** Something was erased or written since: the report is of what was there. */
  isStale = $state(false);
  job = $state.raw<ContentsJob>({ kind: 'idle' });
  #stop: AbortController | null = null;
  #approve: ((isApproved: boolean) => void) | null = null;
  #touched = false;
  #startedMs = 0;
  readonly #use: CableUse = { giveUp: null };

  constructor() {
    cable().onTurn(() => {
      this.report = null;
      this.isStale = false;
      this.job = { kind: 'idle' };
    });
  }

  get isBusy(): boolean {
    return this.#stop !== null;
  }

  /** Runs one task on the board of this device, to its end. */
  async run(project: Project, device: Device, task: ContentsTask): Promise<void> {
    const { link } = cable();
    if (!link || this.isBusy || !(await cable().claim(this.#use))) return;
    cable().turnTo(project, device);
    cable().failure = null;
    cable().isUnchosen = false;
    this.#stop = new AbortController();
    this.#touched = false;
    this.job = { kind: 'connecting', task, attempt: 1, attempts: 1 };
    try {
      const board: BoardTask = {
        projectId: project.id,
        deviceId: device.id,
        link,
        onConnecting: ({ kind, attempt, attempts }) => (this.job = { kind, task, attempt, attempts }),
      };
      const outcome = await this.#carryOut(board, task, this.#options(task, this.#stop.signal));
      this.#end(task, outcome.kind, null, outcome.kind === 'done' ? outcome.value : {});
    } catch (thrown) {
      this.#end(task, 'failed', asAppError(thrown));
    } finally {
      this.#stop = null;
      this.#approve = null;
      cable().release(this.#use);
    }
  }

  write(): void {
    this.#approve?.(true);
  }

  cancel(): void {
    this.#stop?.abort();
    this.#approve?.(false);
  }

  /** The last task once more: a restore writes only what is missing. */
  async retry(project: Project, device: Device): Promise<void> {
    if (this.job.kind === 'idle' || this.isBusy || !(await cable().findPort())) return;
    await this.run(project, device, this.job.task);
  }

  #carryOut(board: BoardTask, task: ContentsTask, options: RunOptions): Promise<Outcome<Ending>> {
    switch (task.kind) {
      case 'read':
        return this.#read(board, options);
      case 'file':
        return this.#saveFile(board, task.path, options);
      case 'download':
        return this.#saveArea(board, task.area, options);
      case 'erase':
        return this.#erase(board, task.area, options);
      case 'restore':
        return this.#restore(board, task, options);
    }
  }

  async #read(board: BoardTask, options: RunOptions): Promise<Outcome<Ending>> {
    const { readBoardOn } = await import('../../workflows/board-tasks.ts');
    this.report = null;
    return this.#take(await readBoardOn(app().environment, board, options));
  }

  async #saveFile(board: BoardTask, path: string, options: RunOptions): Promise<Outcome<Ending>> {
    const { downloadFile } = await import('../../workflows/board-tasks.ts');
    const found = this.report?.contents.fileSystem;
    if (found?.kind !== 'littlefs') return { kind: 'cancelled' };
    const task = { ...board, layout: found.layout, path };
    const outcome = await downloadFile(app().environment, task, options);
    if (outcome.kind === 'cancelled') return outcome;
    const savedAs = fileName(board.deviceId, path);
    app().environment.downloads.save(savedAs, outcome.value, 'application/octet-stream');
    return { kind: 'done', value: { savedAs } };
  }

  async #saveArea(board: BoardTask, area: BoardArea, options: RunOptions): Promise<Outcome<Ending>> {
    const { downloadArea } = await import('../../workflows/board-tasks.ts');
    if (!this.report) return { kind: 'cancelled' };
    const { chip } = this.report.contents;
    const outcome = await downloadArea(app().environment, { ...board, area }, options);
    if (outcome.kind === 'cancelled') return outcome;
    const isFlash = area.kind === 'flash';
    const savedAs = isFlash ? flashName(board.deviceId, chip) : filesName(board.deviceId, chip, area.layout);
    app().environment.downloads.save(savedAs, outcome.value, 'application/octet-stream');
    return { kind: 'done', value: { savedAs } };
  }

  async #erase(board: BoardTask, area: BoardArea, options: RunOptions): Promise<Outcome<Ending>> {
    const { eraseArea } = await import('../../workflows/board-tasks.ts');
    const seen = this.#seen();
    if (!seen) return { kind: 'cancelled' };
    const task = {
      ...board,
      ...seen,
      area,
      confirmed: 'all-data-will-be-lost' as const,
      onTouched: () => {
        this.#touched = true;
        this.isStale = true;
      },
    };
    return this.#take(await eraseArea(app().environment, task, options));
  }

  async #restore(
    board: BoardTask,
    task: Extract<ContentsTask, { kind: 'restore' }>,
    options: RunOptions,
  ): Promise<Outcome<Ending>> {
    const { restoreArea } = await import('../../workflows/restore-area.ts');
    const seen = this.#seen();
    if (!seen) return { kind: 'cancelled' };
    const { area, backup } = task;
    const onState = (flash: FlashState): void => {
      if (flash.kind === 'writing') this.isStale = true;
      this.job = { kind: 'restoring', task, flash };
    };
    const outcome = await restoreArea(
      app().environment,
      { ...board, ...seen, area, backup, onState, approve: () => this.#askForWord() },
      options,
    );
    return this.#take(outcome);
  }

  #take(outcome: Outcome<BoardReport>): Outcome<Ending> {
    if (outcome.kind === 'cancelled') return outcome;
    this.report = outcome.value;
    this.isStale = false;
    return { kind: 'done', value: {} };
  }

  /** The board that the person looks at: nothing else is destroyed. */
  #seen(): { macAddress: string; holds: ReturnType<typeof holdsOf> } | null {
    const { project } = app();
    if (!this.report || !project) return null;
    return {
      macAddress: this.report.contents.chip.macAddress,
      holds: holdsOf(this.report, project),
    };
  }

  #options(task: ContentsTask, signal: AbortSignal): RunOptions {
    const { clock } = app().environment;
    this.#startedMs = 0;
    return {
      signal,
      timeoutMs: taskTimeoutMs,
      onProgress: ({ done, total }) => {
        if (this.job.kind === 'restoring') return;
        this.#startedMs ||= clock.monotonicMs();
        const progress = progressAt(done, total, clock.monotonicMs() - this.#startedMs);
        this.job = { kind: 'working', task, progress };
      },
    };
  }

  #end(
    task: ContentsTask,
    how: 'done' | 'cancelled' | 'failed',
    error: AppError | null,
    ending: Ending = {},
  ): void {
    // A restore's own states say how it ended.
    if (this.job.kind === 'restoring') return;
    const savedAs = ending.savedAs ?? null;
    this.job = { kind: 'ended', task, how, error, touched: this.#touched, savedAs };
  }

  #askForWord(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#approve = (isApproved) => {
        this.#approve = null;
        resolve(isApproved);
      };
    });
  }
}

let current: ContentsState | null = null;

export const contents = (): ContentsState => (current ??= new ContentsState());
