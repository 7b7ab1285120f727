/** A program that says given lines on the board's UART, for failures that the real firmware cannot be talked into here. */
import { crc16CcittFalse } from '../../../src/contract/boot-lines.ts';
import { utf8 } from '../../../src/shared/bytes.ts';
import type { ApplicationHost, Machine, RunningApplication } from '../../../src/virtual-board/application.ts';

/** Long enough for the page to open its console after the restart. */
const firstLineAfterMs = 1_500;

export class ScriptedProgram implements ApplicationHost {
  readonly #lines: readonly string[];

  /** `boot ok n=…` becomes a checked `@sg1` line; what begins with a colon is said as it is. */
  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  start(machine: Machine): Promise<RunningApplication> {
    const speak = setTimeout(() => {
      for (const line of this.#lines) machine.uartWrite(utf8(`${spoken(line)}\r\n`), 115_200);
    }, firstLineAfterMs);
    return Promise.resolve({ stop: () => clearTimeout(speak) });
  }
}

function spoken(line: string): string {
  if (line.startsWith(':')) return line.slice(1);
  const body = `sg1 100 ${line}`;
  return `@${body}*${crc16CcittFalse(utf8(body)).toString(16).padStart(4, '0')}`;
}
