/** What a flash job went through, with times, for a field report. Progress is kept at its changes only. */
import type { ReportedStep } from '../console/field-report.ts';
import type { FlashState } from '../flash/flash-state.ts';
import type { ChipFacts } from '../ports/bootloader.ts';
import type { Clock } from '../shared/clock.ts';

const mostSteps = 500;

export class FlashLog {
  readonly #clock: Clock;
  readonly #steps: ReportedStep[] = [];
  #startMs: number | null = null;
  #chip: ChipFacts | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The chip that answered last; null while none did. */
  get chip(): ChipFacts | null {
    return this.#chip;
  }

  /** Call with every state of the job. */
  add(state: FlashState): void {
    this.#chip = 'board' in state ? state.board.chip : state.kind === 'done' ? state.report.chip : this.#chip;
    const note = noteOf(state);
    const last = this.#steps.at(-1);
    if (last?.state === state.kind && last.note === note) return;
    if (this.#steps.length >= mostSteps) return;
    const nowMs = this.#clock.monotonicMs();
    this.#startMs ??= nowMs;
    this.#steps.push({ tMs: Math.round(nowMs - this.#startMs), state: state.kind, note });
  }

  steps(): readonly ReportedStep[] {
    return [...this.#steps];
  }
}

function noteOf(state: FlashState): string {
  switch (state.kind) {
    case 'connecting':
    case 'hold-flash':
      return `attempt ${state.attempt} of ${state.attempts}`;
    case 'ready':
      return `${state.plan.writeBytes} bytes to write at ${state.board.baudRate} baud`;
    case 'writing': {
      const slowed = state.board.slowedDown;
      return `${state.part} at ${state.board.baudRate} baud${slowed ? `, slowed down from ${slowed.fromBaudRate}` : ''}`;
    }
    case 'checking':
      return `${state.when} writing, ${state.totalBytes} bytes`;
    case 'done': {
      const { writtenBytes, unchangedBytes, elapsedMs } = state.report;
      const end = state.saidReady ? 'the device said it is ready' : 'the image is verified';
      return `${writtenBytes} bytes written, ${unchangedBytes} unchanged, ${Math.round(elapsedMs)} ms; ${end}`;
    }
    case 'wrong-board':
    case 'flash-too-small':
    case 'not-finished':
    case 'stopped':
      return state.error ? `${state.error.code}: ${state.error.message}`.slice(0, 250) : 'cancelled';
    case 'no-board':
    case 'restarting':
      return '';
  }
}
