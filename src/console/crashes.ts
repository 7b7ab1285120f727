/**
 * Finds crashes of an Arduino program in a transcript and gathers what a decoder needs: the exception, where it happened,
 * and the code addresses on the stack. Knows no firmware: only its ELF file can turn addresses into lines of source.
 */
import type { TranscriptLine } from './transcript.ts';

export interface Crash {
  /** Number of the transcript's line that announced it, and of the last that belongs to it. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** Xtensa's exception number; null for a panic, an abort or a watchdog. */
  readonly exception: number | null;
  /** The instruction that failed, and the address it touched; null when the chip did not say. */
  readonly programCounter: number | null;
  readonly address: number | null;
  /** Where it ran: "cont" is the sketch, "sys" the system, "bearssl" TLS. */
  readonly context: string | null;
  /** Ascending by the stack, without repeats in a row; the failing instruction first. */
  readonly codeAddresses: readonly number[];
  /** False when the end of the stack was not seen: lines are missing. */
  readonly isComplete: boolean;
}

const announces =
  /(?:Fatal exception|Exception) \(?(\d+)|^Panic |^Abort called|Soft WDT reset|^User exception|Stack smashing/;
const registers = /\bepc1=0x([0-9a-f]{8})\b.*\bexcvaddr=0x([0-9a-f]{8})/;
const stackRow = /^[0-9a-f]{8}:\s+((?:[0-9a-f]{8}\s*)+)/;
const contextRow = /^ctx: (\w+)/;
/** A stack is at most 4 KB, 16 bytes a row; other lines may stand between. */
export const longestCrashLines = 400;
const mostAddresses = 100;

/** In order; a crash goes on until its stack ends or another begins. */
export function findCrashes(lines: readonly TranscriptLine[]): Crash[] {
  const crashes: Crash[] = [];
  let open: OpenCrash | null = null;
  for (const line of lines) {
    if (line.direction === 'out') continue;
    const announced = announces.exec(line.text);
    // "Soft WDT reset" stands before its own exception.
    if (announced && (!open || open.hasStack || open.exception !== null)) {
      if (open) crashes.push(open.finish(false));
      open = new OpenCrash(line.number);
    }
    if (!open) continue;
    const ended = open.take(line);
    if (ended !== 'open') {
      crashes.push(open.finish(ended === 'whole'));
      open = null;
    }
  }
  if (open) crashes.push(open.finish(false));
  return crashes;
}

/** The command that names the lines of source, for a terminal with the core's tools. */
export const decodeCommand = (crash: Crash, elfFile = 'sketch.ino.elf'): string =>
  `xtensa-lx106-elf-addr2line -aipfC -e ${elfFile} ${crash.codeAddresses.map(hexAddress).join(' ')}`;

export const hexAddress = (address: number): string => `0x${address.toString(16).padStart(8, '0')}`;

class OpenCrash {
  exception: number | null = null;
  hasStack = false;
  readonly #firstLine: number;
  #lastLine: number;
  #lines = 0;
  #programCounter: number | null = null;
  #address: number | null = null;
  #context: string | null = null;
  readonly #codeAddresses: number[] = [];

  constructor(firstLine: number) {
    this.#firstLine = firstLine;
    this.#lastLine = firstLine;
  }

  take({ number, text }: TranscriptLine): 'open' | 'whole' | 'lost' {
    // A stack that never ends: the board was reset while it printed.
    if (++this.#lines > longestCrashLines || /^ ?ets Jan /.test(text)) return 'lost';
    this.#lastLine = number;
    const exception = announces.exec(text)?.[1];
    if (exception !== undefined) this.exception = Number(exception);
    this.#context = contextRow.exec(text)?.[1] ?? this.#context;
    this.#takeRegisters(text);
    if (text.includes('>>>stack>>>')) this.hasStack = true;
    const row = this.hasStack ? stackRow.exec(text)?.[1] : undefined;
    for (const word of row?.trim().split(/\s+/) ?? []) this.#takeAddress(Number.parseInt(word, 16));
    return text.includes('<<<stack<<<') ? 'whole' : 'open';
  }

  finish(isComplete: boolean): Crash {
    return {
      firstLine: this.#firstLine,
      lastLine: this.#lastLine,
      exception: this.exception,
      programCounter: this.#programCounter,
      address: this.#address,
      context: this.#context,
      codeAddresses: this.#codeAddresses,
      isComplete,
    };
  }

  #takeRegisters(text: string): void {
    const [, epc1, excvaddr] = registers.exec(text) ?? [];
    if (epc1 === undefined || excvaddr === undefined) return;
    this.#programCounter = Number.parseInt(epc1, 16);
    this.#address = Number.parseInt(excvaddr, 16);
    this.#takeAddress(this.#programCounter);
  }

  #takeAddress(address: number): void {
    const isInstructionRam = address >= 0x40100000 && address < 0x40110000;
    const isFlash = address >= 0x40200000 && address < 0x40400000;
    if (!isInstructionRam && !isFlash) return;
    if (this.#codeAddresses.at(-1) === address || this.#codeAddresses.length >= mostAddresses) return;
    this.#codeAddresses.push(address);
  }
}
