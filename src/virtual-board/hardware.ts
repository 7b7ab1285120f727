/** What a program on the virtual chip reaches: the chip's blocks, and the ways out of the program. */
import type { FaultInjector } from './faults.ts';
import type { NorFlash } from './nor-flash.ts';
import type { Registers } from './registers.ts';
import type { Timeline } from './timing.ts';
import type { Uart } from './uart.ts';

export interface Hardware {
  readonly flash: NorFlash;
  readonly registers: Registers;
  readonly uart: Uart;
  readonly time: Timeline;
  faults(): FaultInjector;
  /** The RAM program that was downloaded takes over. */
  startStub(): void;
  /** The loader ends and the flash's program boots. */
  runUserCode(): void;
  /** Resets the chip; the strapping pins keep what they were at the last EN edge. */
  reset(): void;
}

/** Whatever the chip's processor is busy with. */
export interface Program {
  readonly mode: ChipMode;
  receive(bytes: Uint8Array, hostBaudRate: number): void;
  stop(): void;
}

/** `off`: no power. `held`: EN is low. `crashed`: the flash holds nothing that boots, or a bad jump was made. */
export type ChipMode = 'off' | 'held' | 'rom-loader' | 'stub' | 'running' | 'crashed';
