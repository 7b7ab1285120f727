/**
 * What the virtual board's boot ROM hands to the program it starts, and what it gets back. The demo starts the firmware's
 * WebAssembly; the end-to-end test starts the firmware's Linux build. Knows nothing of either.
 */
import type { Clock } from '../shared/clock.ts';

/** Why the chip was reset, as the ROM prints it. */
export type ResetCause = 'power' | 'external' | 'software' | 'watchdog';

/** The parts of the board a running program reaches. */
export interface Machine {
  readonly clock: Clock;
  readonly resetCause: ResetCause;
  readonly flashSizeBytes: number;
  /** A copy of a flash range. */
  readFlash(offset: number, sizeBytes: number): Uint8Array<ArrayBuffer>;
  /** Erases whole 4096-byte sectors to 0xff. */
  eraseFlash(offset: number, sizeBytes: number): void;
  /** Programs: bits only go from 1 to 0. */
  programFlash(offset: number, bytes: Uint8Array): void;
  /** Sends bytes over UART0 at `baudRate`. */
  uartWrite(bytes: Uint8Array, baudRate: number): void;
  /** Bytes that arrived on UART0 since the last call; empty when none. */
  uartRead(): Uint8Array;
  /** 512 bytes that survive a reset but not a power cut. */
  readonly rtcMemory: Uint8Array;
  /** Software reset: boots again from flash. */
  restart(): void;
}

export interface RunningApplication {
  /** Power cut or reset: stops at once, no callback comes after it. */
  stop(): void;
}

export interface ApplicationHost {
  /** Starts what lies at flash offset 0, or returns null when it is no program this host can run. */
  start(machine: Machine): Promise<RunningApplication | null>;
}
