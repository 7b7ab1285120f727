/**
 * SerialLink over one Web Serial port: readers are renewed after line errors, unplugging ends everything at once.
 * Knows nothing of the bytes.
 */
import type { SerialLink, UsbIds } from '../../ports/serial.ts';
import { AppError } from '../../shared/errors.ts';
import { isRecoverableLineError, openError, serialError } from './serial-errors.ts';
import { isVirtualBoard } from './usb-bridges.ts';

/** The default of 255 bytes overruns at high baud rates. */
const BUFFER_SIZE_BYTES = 8192;

interface OpenPort {
  readonly input: ReadableStream<Uint8Array>;
  /** Ends the pump and frees the port's own stream. */
  readonly stop: () => Promise<void>;
}

export class WebSerialLink implements SerialLink {
  readonly usb: UsbIds | null;
  readonly isVirtual: boolean;
  readonly gone: AbortSignal;
  readonly #port: SerialPort;
  readonly #unplugged = new AbortController();
  #open: OpenPort | null = null;
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(port: SerialPort) {
    const { usbVendorId, usbProductId } = port.getInfo();
    this.usb =
      usbVendorId === undefined || usbProductId === undefined
        ? null
        : { vendorId: usbVendorId, productId: usbProductId };
    this.isVirtual = isVirtualBoard(this.usb);
    this.#port = port;
    this.gone = this.#unplugged.signal;
    port.addEventListener('disconnect', () => this.#unplugged.abort(new AppError('serial.gone')), {
      once: true,
    });
  }

  /** @throws AppError serial.port-busy, serial.already-open, serial.gone, serial.failed */
  async open(baudRate: number): Promise<void> {
    if (this.gone.aborted) throw new AppError('serial.gone');
    try {
      await this.#port.open({ baudRate, bufferSize: BUFFER_SIZE_BYTES });
    } catch (thrown) {
      throw openError(thrown);
    }
    this.#open = pump(this.#port, this.#unplugged);
  }

  /** Closing a closed or unplugged port does nothing. */
  async close(): Promise<void> {
    const open = this.#open;
    if (!open) return;
    this.#open = null;
    await open.stop();
    await this.#lastWrite;
    try {
      await this.#port.close();
    } catch (thrown) {
      // An unplugged port closes itself.
      if (!this.gone.aborted) throw serialError(thrown);
    }
  }

  get input(): ReadableStream<Uint8Array> {
    if (!this.#open) throw new AppError('serial.failed', { details: { why: 'the port is closed' } });
    return this.#open.input;
  }

  /** Writes are kept in order. @throws AppError serial.gone, serial.failed */
  write(bytes: Uint8Array): Promise<void> {
    const turn = this.#lastWrite.then(() => this.#writeNow(bytes));
    this.#lastWrite = turn.catch(() => undefined);
    return turn;
  }

  async setSignals(signals: { dtr?: boolean; rts?: boolean }): Promise<void> {
    const wanted: SerialOutputSignals = {};
    if (signals.dtr !== undefined) wanted.dataTerminalReady = signals.dtr;
    if (signals.rts !== undefined) wanted.requestToSend = signals.rts;
    try {
      await this.#port.setSignals(wanted);
    } catch (thrown) {
      throw this.#failureOf(thrown);
    }
  }

  /** What a call on an unplugged port throws differs from browser to browser. */
  #failureOf(thrown: unknown): AppError {
    return this.gone.aborted ? new AppError('serial.gone', { cause: thrown }) : serialError(thrown);
  }

  async #writeNow(bytes: Uint8Array): Promise<void> {
    const { writable } = this.#port;
    if (this.gone.aborted || !writable) throw new AppError('serial.gone');
    const writer = writable.getWriter();
    try {
      await writer.write(bytes);
    } catch (thrown) {
      throw this.#failureOf(thrown);
    } finally {
      writer.releaseLock();
    }
  }
}

/** One stream over as many of the port's readers as line errors make necessary. */
function pump(port: SerialPort, unplugged: AbortController): OpenPort {
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  const stopping = new AbortController();
  let finished: Promise<void> = Promise.resolve();
  const input = new ReadableStream<Uint8Array>({
    start(controller) {
      finished = forward(controller);
    },
    cancel() {
      stopping.abort();
      return reader?.cancel();
    },
  });

  async function forward(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      do {
        if (!port.readable) break;
        reader = port.readable.getReader();
      } while ((await forwardOne(reader, controller)) === 'hiccup' && !stopping.signal.aborted);
      end(controller);
    } catch (thrown) {
      const error = serialError(thrown);
      if (error.code === 'serial.gone') unplugged.abort(error);
      controller.error(error);
    }
  }

  function end(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if (unplugged.signal.aborted) controller.error(new AppError('serial.gone'));
    else if (stopping.signal.aborted) closeQuietly(controller);
    else controller.error(new AppError('serial.failed', { details: { why: 'the port stopped reading' } }));
  }

  const stop = async (): Promise<void> => {
    stopping.abort();
    await reader?.cancel().catch(() => undefined);
    await finished;
  };
  return { input, stop };
}

/** Forwards until the stream ends or the line hiccups. Always frees the port's stream. */
async function forwardOne(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  controller: ReadableStreamDefaultController<Uint8Array>,
): Promise<'ended' | 'hiccup'> {
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return 'ended';
      if (value.length > 0) controller.enqueue(value);
    }
  } catch (thrown) {
    if (!isRecoverableLineError(thrown)) throw thrown;
    return 'hiccup';
  } finally {
    reader.releaseLock();
  }
}

/** A consumer that cancelled the stream has closed it already. */
function closeQuietly(controller: ReadableStreamDefaultController<Uint8Array>): void {
  try {
    controller.close();
  } catch {
    // Closed by the consumer's cancel.
  }
}
