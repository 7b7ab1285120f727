/** The serial port as the domains see it; adapters: platform/serial (Web Serial) and the virtual board. */
import type { Outcome } from '../shared/outcome.ts';

export interface UsbIds {
  readonly vendorId: number;
  readonly productId: number;
}

export type PortChange = 'plugged' | 'unplugged';

export interface SerialPorts {
  /** Opens the browser's picker; `cancelled` when the person closes it. */
  request(): Promise<Outcome<SerialLink>>;
  /** Ports that were granted before, without asking. */
  granted(): Promise<SerialLink[]>;
  /** Calls when a granted port was plugged in or unplugged; returns the unsubscriber. */
  onChange(listener: (what: PortChange) => void): () => void;
}

export interface SerialLink {
  readonly usb: UsbIds | null;
  /** True only for the virtual board: decides whether a virtual image may be written. */
  readonly isVirtual: boolean;
  /** Aborts when the device is unplugged. */
  readonly gone: AbortSignal;
  open(baudRate: number): Promise<void>;
  close(): Promise<void>;
  /** Valid while open; survives recoverable line errors (framing, overrun, break, parity). */
  readonly input: ReadableStream<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  setSignals(signals: { dtr?: boolean; rts?: boolean }): Promise<void>;
}

/** Why there are none. `insecure-page`: browsers offer serial ports only on https and localhost. */
export type SerialMissing = 'no-web-serial' | 'insecure-page';
