/**
 * UART0 and the wire to the USB bridge: baud rates at both ends, noise when they differ, faults, modelled time.
 * Knows nothing of packets.
 */
import type { Direction, FaultInjector, StreamErrorName } from './faults.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timing.ts';

/** Twice the 26 MHz crystal. */
const UART_CLOCK_HZ = 52_000_000;
const BAUD_TOLERANCE = 0.03;
const MAX_DIVIDER = 0xfffff;
/** A receiver much faster than its sender sees each bit as many; more noise than this teaches nobody anything. */
const MAX_NOISE_PER_BYTE = 4;
/** What the boot ROM speaks: 115200 for a 40 MHz crystal, on a 26 MHz one. */
export const BOOT_BAUD_RATE = 74_880;

export interface UartEnds {
  /** Bytes reach the chip. `hostBaudRate` for the ROM, which measures it. */
  toChip(bytes: Uint8Array, hostBaudRate: number): void;
  /** Bytes, then perhaps a stream error, reach the USB bridge. */
  toHost(bytes: Uint8Array, streamError: StreamErrorName | null): void;
  /** The cable is pulled. */
  unplug(): void;
}

export class Uart {
  clockDivider = divider(BOOT_BAUD_RATE);
  /** True while the receiver measures the baud rate: bytes come through whatever the divider says. */
  autoBaud = false;
  /** Null while the port is closed: the bridge drops what the chip says. */
  hostBaudRate: number | null = null;
  readonly #ends: UartEnds;
  readonly #faults: () => FaultInjector;
  readonly #time: Timeline;
  readonly #random: Random;

  constructor(options: { ends: UartEnds; faults: () => FaultInjector; time: Timeline; random: Random }) {
    this.#ends = options.ends;
    this.#faults = options.faults;
    this.#time = options.time;
    this.#random = options.random;
  }

  get baudRate(): number {
    return UART_CLOCK_HZ / clampDivider(this.clockDivider);
  }

  set baudRate(baudRate: number) {
    this.clockDivider = divider(baudRate);
  }

  fromHost(bytes: Uint8Array): void {
    const baudRate = this.hostBaudRate;
    if (baudRate === null) return;
    const carried = this.#faults().carry('toChip', bytes, baudRate);
    this.#time.transfer('toChip', carried.bytes.length, baudRate);
    const heard = this.autoBaud ? carried.bytes : this.#heard('toChip', carried.bytes, baudRate);
    this.#ends.toChip(heard, baudRate);
    if (carried.unplug) this.#ends.unplug();
  }

  send(bytes: Uint8Array): void {
    const hostBaudRate = this.hostBaudRate;
    if (hostBaudRate === null) return;
    const carried = this.#faults().carry('fromChip', bytes, hostBaudRate);
    this.#time.transfer('fromChip', carried.bytes.length, this.baudRate);
    this.#ends.toHost(this.#heard('fromChip', carried.bytes, hostBaudRate), carried.streamError);
    if (carried.unplug) this.#ends.unplug();
  }

  /** Noise when the two ends' baud rates differ by more than a UART bears. */
  #heard(direction: Direction, bytes: Uint8Array, hostBaudRate: number): Uint8Array {
    if (Math.abs(this.baudRate / hostBaudRate - 1) <= BAUD_TOLERANCE) return bytes;
    const ratio = direction === 'toChip' ? this.baudRate / hostBaudRate : hostBaudRate / this.baudRate;
    const length = Math.ceil(bytes.length * Math.min(ratio, MAX_NOISE_PER_BYTE));
    return Uint8Array.from({ length }, () => this.#random.below(256));
  }
}

function divider(baudRate: number): number {
  return clampDivider(Math.ceil(UART_CLOCK_HZ / baudRate));
}

const clampDivider = (value: number): number => Math.min(MAX_DIVIDER, Math.max(1, value));
