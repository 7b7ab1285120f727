/** The states a flash job goes through, as one typed union, and the words that people read for them. */
import type { ChipFacts } from '../ports/bootloader.ts';
import type { AppError } from '../shared/errors.ts';
import type { FlashPart, FlashPlan } from './flash-plan.ts';
import type { FlashProgress } from './flash-progress.ts';

/** The line was bad at one speed and the job went on at another. */
export interface SlowedDown {
  readonly fromBaudRate: number;
  readonly toBaudRate: number;
}

/** What a board and a plan are known by, once connected. */
export interface ConnectedBoard {
  readonly chip: ChipFacts;
  readonly baudRate: number;
  readonly slowedDown: SlowedDown | null;
}

export interface FlashReport extends ConnectedBoard {
  readonly writtenBytes: number;
  readonly unchangedBytes: number;
  readonly elapsedMs: number;
}

export type FlashState =
  | { readonly kind: 'no-board' }
  | { readonly kind: 'connecting'; readonly attempt: number; readonly attempts: number }
  | { readonly kind: 'hold-flash'; readonly attempt: number; readonly attempts: number }
  | { readonly kind: 'ready'; readonly board: ConnectedBoard; readonly plan: FlashPlan }
  | { readonly kind: 'wrong-board'; readonly error: AppError }
  | { readonly kind: 'flash-too-small'; readonly error: AppError }
  | {
      readonly kind: 'writing';
      readonly board: ConnectedBoard;
      readonly part: FlashPart;
      readonly progress: FlashProgress;
    }
  | {
      readonly kind: 'checking';
      readonly board: ConnectedBoard;
      /** `before`: what the board holds already; `after`: what was written. */
      readonly when: 'before' | 'after';
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  | { readonly kind: 'restarting'; readonly board: ConnectedBoard }
  | {
      readonly kind: 'done';
      readonly report: FlashReport;
      /** True when the device itself said so over the cable; else the flash is verified, no more. */
      readonly saidReady: boolean;
    }
  /** Something was erased or written; null: cancelled by the person. */
  | { readonly kind: 'not-finished'; readonly error: AppError | null }
  /** The board is as it was; null: cancelled by the person. */
  | { readonly kind: 'stopped'; readonly error: AppError | null };

/** The state's words, as they stand on the screen. */
export function flashWords(state: FlashState): string {
  switch (state.kind) {
    case 'no-board':
      return 'No board';
    case 'connecting':
      return `Connecting, ${state.attempt} of ${state.attempts}`;
    case 'hold-flash':
      return 'Hold FLASH, press RST';
    case 'ready':
      return 'Ready';
    case 'wrong-board':
      return 'Wrong board';
    case 'flash-too-small':
      return 'Flash too small';
    case 'writing':
      return 'Writing';
    case 'checking':
      return 'Checking';
    case 'restarting':
      return 'Restarting';
    case 'done':
      return state.saidReady ? 'Done: the device is ready' : 'Done: the image is verified';
    case 'not-finished':
      return 'Not finished: resume';
    case 'stopped':
      return 'Stopped';
  }
}

/** True while a job holds the port. */
export const isFlashing = ({ kind }: FlashState): boolean =>
  ['connecting', 'hold-flash', 'ready', 'writing', 'checking', 'restarting'].includes(kind);

/** The state a job ends in: what went wrong, and whether the board was touched. */
export function endState(error: AppError | null, touched: boolean): FlashState {
  if (error?.code === 'flash.wrong-chip') return { kind: 'wrong-board', error };
  if (error?.code === 'flash.too-small') return { kind: 'flash-too-small', error };
  return { kind: touched ? 'not-finished' : 'stopped', error };
}
