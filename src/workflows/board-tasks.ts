/**
 * What a person asks of the board on the cable beside writing a device: read it, download from it, erase. Each connects,
 * does one thing, and gives the port back, whatever happened.
 */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import type { FlashSession } from '../ports/bootloader.ts';
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { continueDownload, downloadOf, eraseFlash, type Download } from './board-backup.ts';
import { readFiles } from './board-contents.ts';
import { recordGone, type BoardHolds } from './board-record.ts';
import { readBoard, reportOwner, type BoardReport } from './board-report.ts';
import {
  checkSameBoard,
  onBoard,
  rangeOf,
  type BoardArea,
  type BoardTask,
  type TaskEnvironment,
} from './on-board.ts';

/** Throws flash.*, serial.*, vault.damaged, storage.*. A locked project is read without the comparison. */
export const readBoardOn = (
  env: TaskEnvironment,
  task: BoardTask,
  options: RunOptions,
): Promise<Outcome<BoardReport>> =>
  onBoard(env, task, (session) => readBoardIn(session, env, task, options), options);

/** The same on a board that is connected. */
export async function readBoardIn(
  session: FlashSession,
  env: TaskEnvironment,
  { projectId, deviceId }: BoardTask,
  options: RunOptions,
): Promise<Outcome<BoardReport>> {
  const { value: project } = await env.store.load(projectId);
  const device = project.devices.find(({ id }) => id === deviceId);
  if (!device) throw new AppError('project.device-missing', { details: { device: deviceId } });
  return readBoard(session, await reportOwner(env, project, device), options);
}

/** One file's content. Throws littlefs.absent when it is gone, littlefs.damaged, flash.*, serial.*. */
export async function downloadFile(
  env: TaskEnvironment,
  task: BoardTask & { readonly layout: FlashLayout; readonly path: string },
  options: RunOptions,
): Promise<Outcome<Bytes>> {
  const { layout, path } = task;
  const paths = [path];
  const found = await onBoard(
    env,
    task,
    (session) => readFiles(session, { layout, paths }, options),
    options,
  );
  if (found.kind === 'cancelled') return cancelled;
  const content = found.value.get(path);
  if (!content) throw new AppError('littlefs.file-gone', { details: { path } });
  return done(content);
}

/** A bad line slows down and goes on where it was. Throws flash.*, serial.*. */
export function downloadArea(
  env: TaskEnvironment,
  task: BoardTask & { readonly area: BoardArea },
  options: RunOptions,
): Promise<Outcome<Bytes>> {
  let download: Download | null = null;
  const read = (session: FlashSession): Promise<Outcome<Bytes>> =>
    continueDownload(session, (download ??= downloadOf(rangeOf(session, task.area))), options);
  return onBoard(env, task, read, options);
}

/**
 * Erases, after the record says that nothing is on the board any more; then reads what is left. `holds` is what the report in front of the person
 * says. Throws flash.other-board when another board hangs on the cable by now, flash.*, serial.*, storage.*.
 */
export function eraseArea(
  env: TaskEnvironment,
  task: BoardTask & {
    readonly area: BoardArea;
    readonly macAddress: string;
    readonly holds: BoardHolds | null;
    readonly confirmed: 'all-data-will-be-lost';
    readonly onTouched: () => void;
  },
  options: RunOptions,
): Promise<Outcome<BoardReport>> {
  const erase = async (session: FlashSession): Promise<Outcome<BoardReport>> => {
    checkSameBoard(session, task.macAddress);
    const range = rangeOf(session, task.area);
    if (options.signal.aborted) return cancelled;
    await recordGone(env, task.projectId, task.holds, 'board erased');
    task.onTouched();
    const erased = await eraseFlash(session, { range, confirmed: task.confirmed }, options);
    return erased.kind === 'done' ? readBoardIn(session, env, task, options) : cancelled;
  };
  return onBoard(env, task, erase, options);
}
