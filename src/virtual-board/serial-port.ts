/// <reference types="w3c-web-serial" />
/**
 * Web Serial's SerialPort, over a virtual USB bridge instead of a driver. Follows the specification and Chromium where
 * they can be observed: state errors, streams that end and come back, recoverable line errors, a lost device.
 */
import type { StreamErrorName } from './faults.ts';

export interface UsbIdPair {
  readonly usbVendorId: number;
  readonly usbProductId: number;
}

/** The board's end of the bridge. */
export interface BridgeEnd {
  readonly usb: UsbIdPair;
  readonly busy: () => boolean;
  /** Null closes the port. */
  setBaudRate(baudRate: number | null): void;
  transmit(bytes: Uint8Array): void;
  /** One control transfer: both lines at once. */
  setLines(lines: { dtr: boolean; rts: boolean }): void;
  /** The pause between DTR and RTS of one `setSignals`. */
  signalGap(): Promise<void>;
  /** Until the driver says that a write is done. */
  writeGap(): Promise<void>;
}

const DEFAULT_BUFFER_BYTES = 255;
/** What the system keeps for a reader that is late, before bytes are lost. */
const SYSTEM_BUFFER_BYTES = 1 << 20;

export class VirtualSerialPort extends EventTarget implements SerialPort {
  onconnect: ((this: this, event: Event) => void) | null = null;
  ondisconnect: ((this: this, event: Event) => void) | null = null;
  readonly #bridge: BridgeEnd;
  #connected = true;
  #state: 'closed' | 'opening' | 'open' | 'closing' = 'closed';
  #bufferBytes = DEFAULT_BUFFER_BYTES;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;
  #controller: ReadableByteStreamController | null = null;
  #writable: WritableStream<Uint8Array> | null = null;
  #writableController: WritableStreamDefaultController | null = null;
  #received: Uint8Array[] = [];
  #receivedBytes = 0;
  #readerWaits = false;
  #lines = { dtr: false, rts: false };

  constructor(bridge: BridgeEnd) {
    super();
    this.#bridge = bridge;
    this.addEventListener('connect', (event) => this.onconnect?.call(this, event));
    this.addEventListener('disconnect', (event) => this.ondisconnect?.call(this, event));
  }

  get connected(): boolean {
    return this.#connected;
  }

  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (this.#state !== 'open') return null;
    this.#readable ??= this.#openReadable();
    return this.#readable;
  }

  get writable(): WritableStream<Uint8Array> | null {
    if (this.#state !== 'open') return null;
    this.#writable ??= this.#openWritable();
    return this.#writable;
  }

  getInfo(): SerialPortInfo {
    return { ...this.#bridge.usb };
  }

  async open(options: SerialOptions): Promise<void> {
    if (this.#state !== 'closed') throw new DOMException('The port is already open.', 'InvalidStateError');
    checkOptions(options);
    this.#state = 'opening';
    await Promise.resolve();
    if (!this.#connected || this.#bridge.busy()) {
      this.#state = 'closed';
      throw new DOMException('Failed to open serial port.', 'NetworkError');
    }
    this.#state = 'open';
    this.#bufferBytes = options.bufferSize ?? DEFAULT_BUFFER_BYTES;
    this.#forgetReceived();
    this.#bridge.setBaudRate(options.baudRate);
    this.#drive({ dtr: true, rts: true });
  }

  async close(): Promise<void> {
    if (this.#state !== 'open') throw new DOMException('The port is already closed.', 'InvalidStateError');
    // A locked stream rejects here, and the port stays open, as the specification has it.
    await Promise.all([this.#readable?.cancel(), this.#writable?.abort()]);
    this.#state = 'closing';
    this.#readable = null;
    this.#writable = null;
    this.#forgetReceived();
    await Promise.resolve();
    this.#state = 'closed';
    if (!this.#connected) return;
    this.#bridge.setBaudRate(null);
    this.#drive({ dtr: false, rts: false });
  }

  async forget(): Promise<void> {
    if (this.#state === 'open') await this.close();
  }

  async setSignals(signals: SerialOutputSignals = {}): Promise<void> {
    this.#requireOpen();
    const { dataTerminalReady: dtr, requestToSend: rts } = signals;
    if (dtr === undefined && rts === undefined && signals.break === undefined) {
      throw new TypeError('Signals dictionary must contain at least one member.');
    }
    if (dtr !== undefined) this.#drive({ dtr, rts: this.#lines.rts });
    if (dtr !== undefined && rts !== undefined) await this.#bridge.signalGap();
    if (rts !== undefined) this.#drive({ dtr: this.#lines.dtr, rts });
  }

  async getSignals(): Promise<SerialInputSignals> {
    await Promise.resolve();
    this.#requireOpen();
    return { dataCarrierDetect: false, clearToSend: false, ringIndicator: false, dataSetReady: false };
  }

  /** The board's side: bytes for the reader, and a line error behind them. */
  receive(bytes: Uint8Array, error: StreamErrorName | null): void {
    if (this.#state !== 'open') return;
    if (this.#receivedBytes + bytes.length > SYSTEM_BUFFER_BYTES) {
      this.#failReading('BufferOverrunError');
      return;
    }
    for (let at = 0; at < bytes.length; at += this.#bufferBytes) {
      this.#received.push(bytes.slice(at, at + this.#bufferBytes));
    }
    this.#receivedBytes += bytes.length;
    if (this.#readerWaits) this.#feed();
    if (error !== null) this.#failReading(error);
  }

  /** The board's side: the cable is pulled. */
  lose(): void {
    if (!this.#connected) return;
    const lost = new DOMException('The device has been lost.', 'NetworkError');
    this.#connected = false;
    if (this.#readable !== null) this.#controller?.error(lost);
    if (this.#writable !== null) this.#writableController?.error(lost);
    this.#readable = null;
    this.#writable = null;
    // Chromium treats a lost port as closed: `close` rejects, `open` is allowed again.
    this.#state = 'closed';
    this.#lines = { dtr: false, rts: false };
    this.#forgetReceived();
    this.dispatchEvent(new Event('disconnect', { bubbles: true }));
  }

  /** The board's side: the cable is back. */
  restore(): void {
    if (this.#connected) return;
    this.#connected = true;
    this.dispatchEvent(new Event('connect', { bubbles: true }));
  }

  #drive(lines: { dtr: boolean; rts: boolean }): void {
    this.#lines = lines;
    this.#bridge.setLines(lines);
  }

  #requireOpen(): void {
    if (this.#state !== 'open') throw new DOMException('The port is closed.', 'InvalidStateError');
  }

  #openReadable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      type: 'bytes',
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.#readerWaits = true;
        this.#feed();
      },
      cancel: () => {
        this.#readable = null;
        this.#forgetReceived();
      },
    });
  }

  #openWritable(): WritableStream<Uint8Array> {
    const ended = (): void => {
      this.#writable = null;
    };
    return new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#writableController = controller;
      },
      write: (chunk) => {
        this.#bridge.transmit(chunk.slice());
        return this.#bridge.writeGap();
      },
      close: ended,
      abort: ended,
    });
  }

  #feed(): void {
    const chunk = this.#received.shift();
    if (chunk === undefined || this.#controller === null) return;
    this.#receivedBytes -= chunk.length;
    this.#readerWaits = false;
    this.#controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
  }

  #failReading(name: StreamErrorName): void {
    // A line error before anybody looked at `readable` has no stream to fail.
    if (this.#readable === null) return;
    this.#controller?.error(new DOMException('A line error was detected.', name));
    this.#readable = null;
    this.#readerWaits = false;
  }

  #forgetReceived(): void {
    this.#received = [];
    this.#receivedBytes = 0;
    this.#readerWaits = false;
  }
}

function checkOptions({ baudRate, bufferSize, dataBits, stopBits }: SerialOptions): void {
  if (!(baudRate > 0)) throw new TypeError('Requested baud rate must be greater than zero.');
  if (bufferSize !== undefined && !(bufferSize > 0))
    throw new TypeError('Requested buffer size must be greater than zero.');
  if (dataBits !== undefined && ![7, 8].includes(dataBits))
    throw new TypeError('Requested data bits are not 7 or 8.');
  if (stopBits !== undefined && ![1, 2].includes(stopBits))
    throw new TypeError('Requested stop bits are not 1 or 2.');
}
