/** What can go wrong with a virtual board: plain switches, and the one place that is asked about them. */
import type { Random } from './random.ts';

export type Direction = 'toChip' | 'fromChip';

/** One byte on the wire goes wrong after `afterBytes` good ones; again every `everyBytes` when that is given. */
export interface LineFault {
  readonly direction: Direction;
  readonly kind: 'drop' | 'corrupt' | 'duplicate';
  readonly afterBytes: number;
  readonly everyBytes?: number;
}

/** Errors a Web Serial stream reports and survives. */
export type StreamErrorName = 'BufferOverrunError' | 'FramingError' | 'BreakError' | 'ParityError';

export interface FlashBitFault {
  readonly offset: number;
  /** 0–7. */
  readonly bit: number;
  /** `flip`: wrong once, when it is next programmed. The others hold for good. */
  readonly kind: 'flip' | 'stuckAt0' | 'stuckAt1';
}

/** Byte counts begin when the faults are set. */
export interface Faults {
  readonly line?: readonly LineFault[];
  /** Happens once; after `plug` the cable holds. */
  readonly unplug?: { readonly direction: Direction; readonly afterBytes: number };
  /** Another program holds the port: `open` fails with NetworkError. */
  readonly portBusy?: boolean;
  /** So many SYNCs stay unanswered, beside the one that auto-baud swallows. */
  readonly ignoredSyncs?: number;
  /** `refuse`: an error status. `ignore`: a good reply, and the baud rate stays. */
  readonly baudChange?: 'refuse' | 'ignore';
  /** Above this baud rate about one byte in a thousand arrives wrong. */
  readonly unreliableAboveBaudRate?: number;
  readonly flashBits?: readonly FlashBitFault[];
  /** The stub starts without its greeting. */
  readonly noOhai?: boolean;
  /** Replies to `opcode` are lost, `count` of them, after `skip` good ones. */
  readonly lostReplies?: { readonly opcode: number; readonly skip: number; readonly count: number };
  /** Erasing the sector that holds this flash offset fails. */
  readonly eraseFailsAt?: number;
  readonly streamErrors?: readonly { readonly name: StreamErrorName; readonly afterBytes: number }[];
}

/** What is left of a piece of traffic after the line's faults. */
export interface Carried {
  readonly bytes: Uint8Array;
  readonly unplug: boolean;
  readonly streamError: StreamErrorName | null;
}

const UNRELIABLE_ONE_IN = 1000;

export class FaultInjector {
  readonly faults: Faults;
  readonly #random: Random;
  readonly #moved: Record<Direction, number> = { toChip: 0, fromChip: 0 };
  readonly #flipped = new Set<FlashBitFault>();
  #pulled = false;
  #syncs = 0;
  #replies = 0;

  constructor(faults: Faults, random: Random) {
    this.faults = faults;
    this.#random = random;
  }

  /** Passes bytes over the wire at `baudRate`. */
  carry(direction: Direction, bytes: Uint8Array, baudRate: number): Carried {
    const start = this.#moved[direction];
    const cut = this.#cutAt(direction, start, bytes.length);
    const travelling = cut === null ? bytes : bytes.subarray(0, cut);
    this.#moved[direction] = start + travelling.length;
    this.#pulled ||= cut !== null;
    return {
      bytes: this.#disturb(direction, travelling, start, baudRate),
      unplug: cut !== null,
      streamError: direction === 'fromChip' ? this.#streamErrorIn(start, travelling.length) : null,
    };
  }

  /** False when this SYNC shall stay unanswered. */
  answersSync(): boolean {
    return this.#syncs++ >= (this.faults.ignoredSyncs ?? 0);
  }

  losesReply(opcode: number): boolean {
    const lost = this.faults.lostReplies;
    if (lost?.opcode !== opcode) return false;
    const index = this.#replies++;
    return index >= lost.skip && index < lost.skip + lost.count;
  }

  eraseFails(offset: number, sizeBytes: number): boolean {
    const at = this.faults.eraseFailsAt;
    return at !== undefined && at >= offset && at < offset + sizeBytes;
  }

  /** Bends the flash bits of a range that was just erased or programmed. */
  bendFlash(flash: Uint8Array, from: number, to: number, programmed: boolean): void {
    for (const fault of this.faults.flashBits ?? []) {
      if (fault.offset < from || fault.offset >= to) continue;
      const mask = 1 << fault.bit;
      const value = flash[fault.offset] ?? 0;
      if (fault.kind === 'stuckAt0') flash[fault.offset] = value & ~mask;
      else if (fault.kind === 'stuckAt1') flash[fault.offset] = value | mask;
      else if (programmed && !this.#flipped.has(fault)) {
        this.#flipped.add(fault);
        flash[fault.offset] = value ^ mask;
      }
    }
  }

  #cutAt(direction: Direction, start: number, length: number): number | null {
    const unplug = this.faults.unplug;
    if (unplug?.direction !== direction || this.#pulled) return null;
    const cut = Math.max(0, unplug.afterBytes - start);
    return cut <= length ? cut : null;
  }

  #streamErrorIn(start: number, length: number): StreamErrorName | null {
    const error = this.faults.streamErrors?.find(
      (e) => e.afterBytes >= start && e.afterBytes < start + length,
    );
    return error?.name ?? null;
  }

  #disturb(direction: Direction, bytes: Uint8Array, start: number, baudRate: number): Uint8Array {
    const faults = (this.faults.line ?? []).filter((fault) => fault.direction === direction);
    const noisy = baudRate > (this.faults.unreliableAboveBaudRate ?? Infinity);
    if (faults.length === 0 && !noisy) return bytes;
    const out: number[] = [];
    bytes.forEach((byte, i) => {
      const fault = faults.find((candidate) => strikes(candidate, start + i));
      if (fault?.kind === 'drop') return;
      const wrong = fault?.kind === 'corrupt' || (noisy && this.#random.below(UNRELIABLE_ONE_IN) === 0);
      out.push(wrong ? byte ^ (1 << this.#random.below(8)) : byte);
      if (fault?.kind === 'duplicate') out.push(byte);
    });
    return Uint8Array.from(out);
  }
}

function strikes(fault: LineFault, position: number): boolean {
  const past = position - fault.afterBytes;
  if (past < 0) return false;
  return fault.everyBytes === undefined ? past === 0 : past % fault.everyBytes === 0;
}
