/**
 * A program that says again what another board once said, line by line and in its own time: a field report comes alive
 * on the virtual board. Stands in the flash as a virtual image without a module, so that the boot ROM starts it.
 */
import { parseBootLine, type BootStage } from '../contract/boot-lines.ts';
import { buildVirtualImage } from '../contract/firmware-image.ts';
import { utf8, type Bytes } from '../shared/bytes.ts';
import type { ApplicationHost, Machine, RunningApplication } from './application.ts';
import type { VirtualBoardOptions } from './virtual-board.ts';

export interface ReplayLine {
  /** Milliseconds since the first line, ascending. */
  readonly tMs: number;
  /** `out`: it was sent to the board, and is not said by it. */
  readonly direction: 'in' | 'out';
  readonly text: string;
}

export interface Replay {
  readonly lines: readonly ReplayLine[];
  readonly baudRate: number;
  /** 1 is the time it took; 10 is ten times as fast. */
  readonly speed?: number;
}

const longestInput = 200;
/** How often the program looks for input. */
const pollMs = 50;
const defaultFlashBytes = 4 * 1024 * 1024;
const flashSizesBytes = [512, 1024, 2048, 4096, 8192, 16384].map((kib) => kib * 1024);

/** Everything a VirtualBoard needs to replay; the port's ids and the flash are those of the board it was. */
export function replayBoardOptions(
  replay: Replay,
  board: {
    readonly bridge?: { readonly vendorId: number; readonly productId: number } | null;
    readonly flashSizeBytes?: number | null;
  } = {},
): VirtualBoardOptions {
  const { bridge, flashSizeBytes } = board;
  const sizeBytes = flashSizesBytes.find((size) => size === flashSizeBytes) ?? defaultFlashBytes;
  return {
    application: replayHost(replay),
    flash: replayFlash(sizeBytes),
    ...(bridge ? { usb: bridge } : {}),
  };
}

/** Starts at every reset from the first line. Answers `info` with the last state of each stage it has told. */
export const replayHost = (replay: Replay): ApplicationHost => ({
  start: (machine) => Promise.resolve(new ReplayedProgram(machine, replay)),
});

function replayFlash(sizeBytes: number): Bytes {
  const flash = new Uint8Array(sizeBytes).fill(0xff);
  flash.set(buildVirtualImage({ layout: '4m2m', wasm: new Uint8Array() }));
  return flash;
}

class ReplayedProgram implements RunningApplication {
  readonly #machine: Machine;
  readonly #replay: Replay;
  readonly #stopped = new AbortController();
  readonly #told = new Map<BootStage, string>();
  #input = '';

  constructor(machine: Machine, replay: Replay) {
    this.#machine = machine;
    this.#replay = replay;
    void this.#tell();
    void this.#listen();
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #tell(): Promise<void> {
    const { clock } = this.#machine;
    const { lines, speed = 1 } = this.#replay;
    const startMs = clock.monotonicMs();
    // What the boot ROM said at its own baud rate may hang before the first line.
    this.#print('');
    for (const { tMs, direction, text } of lines) {
      const waitMs = startMs + tMs / speed - clock.monotonicMs();
      if (waitMs > 0) await clock.sleep(waitMs, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
      if (direction === 'in') this.#say(text);
    }
  }

  async #listen(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#take(this.#machine.uartRead());
      await this.#machine.clock.sleep(pollMs, this.#stopped.signal);
    }
  }

  #take(bytes: Uint8Array): void {
    this.#input += Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    const whole = this.#input.split(/[\r\n]+/);
    this.#input = (whole.pop() ?? '').slice(-longestInput);
    if (!whole.includes('info')) return;
    for (const text of this.#told.values()) this.#print(text);
  }

  #say(text: string): void {
    const boot = parseBootLine(text);
    if (boot?.stage === 'boot') this.#told.clear();
    if (boot) this.#told.set(boot.stage, text);
    this.#print(text);
  }

  #print(text: string): void {
    this.#machine.uartWrite(utf8(`${text}\r\n`), this.#replay.baudRate);
  }
}
