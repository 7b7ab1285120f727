/** A program that says given lines on the board's UART, for failures that the real firmware cannot be talked into here. */
import { crc16CcittFalse } from '../../../src/contract/boot-lines.ts';
import { utf8 } from '../../../src/shared/bytes.ts';
import type { ApplicationHost, Machine, RunningApplication } from '../../../src/virtual-board/application.ts';

/** Long enough for the page to open its console after the restart. */
const firstLineAfterMs = 1_500;

export class ScriptedProgram implements ApplicationHost {
  /** What was sent to the board, over all its starts. */
  heard = '';
  readonly #lines: readonly string[];
  readonly #baudRate: number;
  #machine: Machine | null = null;

  /** `boot ok n=…` becomes a checked `@sg1` line; what begins with a colon is said as it is. */
  constructor(lines: readonly string[], options: { readonly baudRate?: number } = {}) {
    this.#lines = lines;
    this.#baudRate = options.baudRate ?? 115_200;
  }

  start(machine: Machine): Promise<RunningApplication> {
    this.#machine = machine;
    const speak = setTimeout(() => {
      // What the boot ROM said at its own speed hangs before the first line.
      machine.uartWrite(utf8('\r\n'), this.#baudRate);
      this.say(...this.#lines);
    }, firstLineAfterMs);
    const listen = setInterval(() => (this.heard += Buffer.from(machine.uartRead()).toString()), 50);
    return Promise.resolve({
      stop: () => {
        clearTimeout(speak);
        clearInterval(listen);
      },
    });
  }

  /** Says more, at once. */
  say(...lines: readonly string[]): void {
    this.#machine?.uartWrite(utf8(lines.map((line) => `${spoken(line)}\r\n`).join('')), this.#baudRate);
  }
}

function spoken(line: string): string {
  if (line.startsWith(':')) return line.slice(1);
  const body = `sg1 100 ${line}`;
  return `@${body}*${crc16CcittFalse(utf8(body)).toString(16).padStart(4, '0')}`;
}
