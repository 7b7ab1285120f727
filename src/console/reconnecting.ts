/**
 * When the console's line is lost: how often and how long it is opened again by itself. A state machine and its clockwork;
 * knows no serial port, only that opening works or fails with a code.
 */
import type { Clock } from '../shared/clock.ts';
import { asAppError, type ErrorCode } from '../shared/errors.ts';

export type ReconnectState =
  /** `attempts`: how many it took; forgotten when the line has held for a while. */
  | { readonly kind: 'following'; readonly sinceMs: number; readonly attempts: number }
  | {
      readonly kind: 'waiting';
      /** The one that comes next, from 1. */
      readonly attempt: number;
      /** On the monotonic clock. */
      readonly untilMs: number;
      readonly code: ErrorCode;
    }
  | { readonly kind: 'opening'; readonly attempt: number }
  | { readonly kind: 'gave-up'; readonly attempts: number; readonly code: ErrorCode }
  /** By the person, or because the line is wanted elsewhere. */
  | { readonly kind: 'stopped' };

export type ReconnectEvent =
  | { readonly kind: 'lost'; readonly code: ErrorCode }
  | { readonly kind: 'due' }
  | { readonly kind: 'opened' }
  /** The browser says that a port came back. */
  | { readonly kind: 'plugged' }
  /** The person pressed Retry. */
  | { readonly kind: 'retry' }
  | { readonly kind: 'stop' };

/** About two minutes in all: long enough to find another cable. */
export const mostAttempts = 30;
const waitsMs = [300, 700, 1_500, 3_000, 5_000];
/** A line that held this long was a good one: the next loss is a new story. */
const goodLineMs = 10_000;
/** Waiting does not mend these. */
const final: readonly ErrorCode[] = ['serial.unsupported', 'serial.already-open'];

/** What becomes of `state`; `nowMs` on the monotonic clock. Events that mean nothing to a state change nothing. */
export function reconnectStep(state: ReconnectState, event: ReconnectEvent, nowMs: number): ReconnectState {
  switch (event.kind) {
    case 'stop':
      return { kind: 'stopped' };
    case 'retry':
      return state.kind === 'following' || state.kind === 'opening' ? state : { kind: 'opening', attempt: 1 };
    case 'opened':
      return state.kind === 'opening'
        ? { kind: 'following', sinceMs: nowMs, attempts: state.attempt }
        : state;
    case 'due':
      return state.kind === 'waiting' && nowMs >= state.untilMs
        ? { kind: 'opening', attempt: state.attempt }
        : state;
    case 'plugged':
      return state.kind === 'waiting' ? { kind: 'opening', attempt: state.attempt } : state;
    case 'lost':
      return afterLoss(state, event.code, nowMs);
  }
}

function afterLoss(state: ReconnectState, code: ErrorCode, nowMs: number): ReconnectState {
  if (state.kind !== 'following' && state.kind !== 'opening') return state;
  const held = state.kind === 'following' && nowMs - state.sinceMs >= goodLineMs;
  const attempts = state.kind === 'opening' ? state.attempt : held ? 0 : state.attempts;
  if (final.includes(code) || attempts >= mostAttempts) return { kind: 'gave-up', attempts, code };
  const waitMs = waitsMs[Math.min(attempts, waitsMs.length - 1)] ?? 0;
  return { kind: 'waiting', attempt: attempts + 1, untilMs: nowMs + waitMs, code };
}

/** The clockwork: waits, opens, tells each state. */
export class Reconnecting {
  readonly #clock: Clock;
  readonly #open: (signal: AbortSignal) => Promise<void>;
  readonly #onState: (state: ReconnectState) => void;
  #state: ReconnectState;
  /** Ends what the present state waits for. */
  #present = new AbortController();

  /** Begins with a line that is open. `open` opens it again and throws AppError when that fails. */
  constructor(options: {
    readonly clock: Clock;
    readonly open: (signal: AbortSignal) => Promise<void>;
    readonly onState: (state: ReconnectState) => void;
  }) {
    this.#clock = options.clock;
    this.#open = options.open;
    this.#onState = options.onState;
    this.#state = { kind: 'following', sinceMs: options.clock.monotonicMs(), attempts: 0 };
  }

  get state(): ReconnectState {
    return this.#state;
  }

  tell(event: ReconnectEvent): void {
    const next = reconnectStep(this.#state, event, this.#clock.monotonicMs());
    if (next === this.#state) return;
    this.#present.abort();
    this.#present = new AbortController();
    this.#state = next;
    this.#onState(next);
    // A listener may have told the next event already.
    if (this.#state !== next) return;
    if (next.kind === 'waiting') void this.#wait(next.untilMs, this.#present.signal);
    if (next.kind === 'opening') void this.#tryToOpen(this.#present.signal);
  }

  async #wait(untilMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const leftMs = untilMs - this.#clock.monotonicMs();
      if (leftMs <= 0) {
        this.tell({ kind: 'due' });
        return;
      }
      await this.#clock.sleep(leftMs, signal);
    }
  }

  async #tryToOpen(signal: AbortSignal): Promise<void> {
    let event: ReconnectEvent = { kind: 'opened' };
    try {
      await this.#open(signal);
    } catch (thrown) {
      event = { kind: 'lost', code: asAppError(thrown).code };
    }
    if (!signal.aborted) this.tell(event);
  }
}
