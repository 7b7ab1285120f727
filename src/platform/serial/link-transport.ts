/**
 * esptool-js's Transport over a SerialLink. Frames are awaited, not polled (a hidden tab's timers are throttled), an
 * unplugged board ends every wait at once, nothing goes to the console. Knows no command.
 */
import { Transport } from 'esptool-js';
import type { SerialLink } from '../../ports/serial.ts';
import type { Clock } from '../../shared/clock.ts';
import { AppError } from '../../shared/errors.ts';
import { serialError } from './serial-errors.ts';
import { SlipDecoder, slipEncode } from './slip.ts';

/** No frame came in time. */
export class NoReply extends Error {
  readonly waitedMs: number;

  constructor(waitedMs: number) {
    super(`no reply within ${waitedMs} ms`);
    this.name = 'NoReply';
    this.waitedMs = waitedMs;
  }
}

export class LinkTransport extends Transport {
  readonly #link: SerialLink;
  readonly #clock: Clock;
  readonly #decoder = new SlipDecoder();
  #frames: Uint8Array[] = [];
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #receiving: Promise<void> = Promise.resolve();
  #failure: AppError | null = null;
  #wake: () => void = () => undefined;

  constructor(link: SerialLink, clock: Clock) {
    // The base class asks its device for nothing but its ids.
    const device: unknown = {
      getInfo: () => (link.usb ? { usbVendorId: link.usb.vendorId, usbProductId: link.usb.productId } : {}),
    };
    super(device as SerialPort);
    this.#link = link;
    this.#clock = clock;
  }

  /** Opens the port and starts to receive. */
  override async connect(baudRate = 115_200): Promise<void> {
    await this.#link.open(baudRate);
    this.baudrate = baudRate;
    this.#failure = null;
    this.flushInput();
    const reader = this.#link.input.getReader();
    this.#reader = reader;
    this.#receiving = this.#receive(reader);
  }

  /** Closes the port; harmless on a closed one. */
  override async disconnect(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    await reader?.cancel().catch(() => undefined);
    await this.#receiving;
    await this.#link.close();
  }

  /** Receiving starts with `connect`. */
  override readLoop(): Promise<void> {
    return Promise.resolve();
  }

  /** The next frame. @throws NoReply after `timeoutMs`, AppError when the port failed. */
  override async read(timeoutMs: number): Promise<Uint8Array> {
    if (this.#frames.length === 0 && !this.#failure) await this.#arrival(timeoutMs);
    const frame = this.#frames.shift();
    if (frame) return frame;
    if (this.#failure) throw this.#failure;
    throw new NoReply(timeoutMs);
  }

  /** Sends one frame. */
  override async write(payload: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    await this.#link.write(slipEncode(payload));
  }

  override flushInput(): void {
    this.#frames = [];
    this.#decoder.reset();
  }

  override trace(): void {
    // Nothing of the wire goes to the console.
  }

  /** Resolves when a frame or a failure arrived, or after `timeoutMs`. */
  async #arrival(timeoutMs: number): Promise<void> {
    const arrived = new AbortController();
    this.#wake = () => arrived.abort();
    await this.#clock.sleep(timeoutMs, arrived.signal);
    this.#wake = () => undefined;
  }

  async #receive(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const fail = (thrown: unknown): void => {
      this.#failure ??= serialError(thrown);
      this.#wake();
    };
    const unplugged = (): void => fail(new AppError('serial.gone'));
    this.#link.gone.addEventListener('abort', unplugged);
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        this.#accept(value);
      }
    } catch (thrown) {
      fail(thrown);
    } finally {
      this.#link.gone.removeEventListener('abort', unplugged);
      reader.releaseLock();
    }
  }

  #accept(chunk: Uint8Array): void {
    const frames = this.#decoder.push(chunk);
    if (frames.length === 0) return;
    this.#frames.push(...frames);
    this.#wake();
  }
}
