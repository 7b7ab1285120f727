/**
 * One use of the board on the cable: connect, with patience for hands on its buttons and slower when the line is bad,
 * then give the port back with the board started again. Knows not what it is used for.
 */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import { slowerBaudRate } from '../flash/baud-rates.ts';
import type { FlashState } from '../flash/flash-state.ts';
import { isLineTrouble } from '../flash/run-flash.ts';
import type { FlashSession } from '../ports/bootloader.ts';
import type { SerialLink } from '../ports/serial.ts';
import type { DeviceId, ProjectId } from '../project/entities.ts';
import { AppError, asAppError } from '../shared/errors.ts';
import type { Outcome, RunOptions } from '../shared/outcome.ts';
import { wholeFlash, withBoard } from './board-backup.ts';
import type { FlashRange } from './board-reader.ts';
import type { Environment } from './environment.ts';

export type TaskEnvironment = Pick<Environment, 'store' | 'vaults' | 'clock' | 'bootloader' | 'jobs'>;

export interface BoardTask {
  readonly projectId: ProjectId;
  readonly deviceId: DeviceId;
  readonly link: SerialLink;
  /** `hold-flash`: the first round had no answer; hands may be needed. */
  readonly onConnecting: (state: Extract<FlashState, { kind: 'connecting' | 'hold-flash' }>) => void;
}

/** `files`: the file system of that layout; `flash`: all of the chip. */
export type BoardArea = { readonly kind: 'flash' } | { readonly kind: 'files'; readonly layout: FlashLayout };

/** What the boot loader is asked for first. */
export const FIRST_BAUD_RATE = 921_600;
const SLOWDOWNS_MAX = 3;
const PATIENCE_MS = 120_000;

export function rangeOf(session: FlashSession, area: BoardArea): FlashRange {
  if (area.kind === 'flash') return wholeFlash(session);
  return { offset: area.layout.fsOffset, sizeBytes: area.layout.fsSizeBytes };
}

/** What is destroyed is what the person saw. */
export function checkSameBoard({ chip }: FlashSession, macAddress: string): void {
  if (chip.macAddress === macAddress) return;
  throw new AppError('flash.other-board', { details: { found: chip.macAddress, expected: macAddress } });
}

/**
 * Tries again while the person reaches for the board's buttons, and slower when the line is bad: then `use` is called anew.
 * Throws flash.*, serial.*, and what `use` throws.
 */
export async function onBoard<T>(
  env: TaskEnvironment,
  { link, onConnecting }: BoardTask,
  use: (session: FlashSession) => Promise<Outcome<T>>,
  { signal, timeoutMs }: RunOptions,
): Promise<Outcome<T>> {
  const bootloader = await env.bootloader();
  const untilMs = env.clock.monotonicMs() + PATIENCE_MS;
  let baudRate = FIRST_BAUD_RATE;
  let kind: 'connecting' | 'hold-flash' = 'connecting';
  for (let slowdowns = 0; ;) {
    const onProgress: RunOptions['onProgress'] = ({ done: attempt, total: attempts }) =>
      onConnecting({ kind, attempt, attempts });
    try {
      return await withBoard({ bootloader, link, baudRate }, use, { signal, timeoutMs, onProgress });
    } catch (thrown) {
      const { code } = asAppError(thrown);
      const slower = slowerBaudRate(baudRate);
      if (code === 'flash.no-answer' && env.clock.monotonicMs() < untilMs) kind = 'hold-flash';
      else if (isLineTrouble(thrown) && slower !== null && slowdowns < SLOWDOWNS_MAX) {
        slowdowns += 1;
        baudRate = slower;
      } else throw thrown;
    }
  }
}
