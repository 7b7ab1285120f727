/** The flash's program while it runs: its view of the board, its UART input, and its end. */
import type { Clock } from '../shared/clock.ts';
import { concatBytes } from '../shared/bytes.ts';
import type { ApplicationHost, Machine, ResetCause, RunningApplication } from './application.ts';
import type { Hardware, Program } from './hardware.ts';
import { SECTOR_BYTES } from './nor-flash.ts';

export interface ProgramStart {
  readonly hardware: Hardware;
  readonly clock: Clock;
  readonly resetCause: ResetCause;
  readonly rtcMemory: Uint8Array;
  readonly restart: () => void;
}

export class RunningProgram implements Program {
  readonly mode = 'running';
  #received: Uint8Array[] = [];
  #application: RunningApplication | null = null;
  #stopped = false;

  /** Hands the machine to the host; what it starts too late is stopped again. */
  async start(host: ApplicationHost, start: ProgramStart): Promise<void> {
    const application = await host.start(this.#machine(start));
    if (this.#stopped) application?.stop();
    else this.#application = application;
  }

  receive(bytes: Uint8Array): void {
    this.#received.push(bytes.slice());
  }

  stop(): void {
    this.#stopped = true;
    this.#application?.stop();
    this.#application = null;
  }

  /** After the end nothing that is left of the program reaches the board. */
  #machine({ hardware, clock, resetCause, rtcMemory, restart }: ProgramStart): Machine {
    const { flash, uart } = hardware;
    const ifRunning = (act: () => void): void => {
      if (!this.#stopped) act();
    };
    return {
      clock,
      resetCause,
      rtcMemory,
      flashSizeBytes: flash.sizeBytes,
      readFlash: (offset, sizeBytes) => flash.read(offset, sizeBytes),
      eraseFlash: (offset, sizeBytes) => ifRunning(() => eraseSectors(hardware, offset, sizeBytes)),
      programFlash: (offset, bytes) => ifRunning(() => hardware.time.work(flash.program(offset, bytes) ?? 0)),
      uartWrite: (bytes, baudRate) =>
        ifRunning(() => {
          uart.baudRate = baudRate;
          uart.send(bytes);
        }),
      uartRead: () => concatBytes(this.#received.splice(0)),
      restart: () => ifRunning(restart),
    };
  }
}

function eraseSectors({ flash, time }: Hardware, offset: number, sizeBytes: number): void {
  for (let at = offset; at < offset + sizeBytes; at += SECTOR_BYTES)
    time.work(flash.erase(at, SECTOR_BYTES) ?? 0);
}
