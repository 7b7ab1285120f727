/**
 * The simulated USB cables: navigator.serial in the page, virtual boards' Web Serial ports in this process, bytes and
 * signals between them. The page's code, esptool-js included, cannot tell them from cables.
 */
import type { Page } from '@playwright/test';

/** What the page's side hangs on its window. `port` counts from 0. */
interface PageCable {
  cableInput(port: number, base64: string | null): void;
  cableBack(port: number): void;
  cableAdd(info: SerialPortInfo, isGranted: boolean): void;
  isPickerClosed: boolean;
}

type Operation =
  | { readonly op: 'open'; readonly baudRate: number }
  | { readonly op: 'write'; readonly base64: string }
  | { readonly op: 'signals'; readonly signals: SerialOutputSignals }
  | { readonly op: 'close' };

/** The page's side of the cables, as a hand reaches it. */
export interface Cable {
  /** The next picker is closed without a choice. */
  closeNextPicker(): Promise<void>;
  /** A further port while the page is open; a granted one is announced, as one whose kind was allowed before. */
  add(port: SerialPort, how?: { readonly isGranted: boolean }): Promise<void>;
}

/**
 * Plugs ports into `page` before the page's scripts run; each picker takes the next one that is not allowed yet, and then
 * the last. Pulling and plugging of the boards show in the page.
 */
export async function plugIn(page: Page, port: SerialPort | readonly SerialPort[]): Promise<Cable> {
  const ends: PortEnd[] = [];
  const plug = (serialPort: SerialPort): SerialPortInfo => {
    ends.push(new PortEnd(page, serialPort, ends.length));
    return serialPort.getInfo();
  };
  const infos = ('length' in port ? port : [port]).map(plug);
  await page.exposeFunction('cable', async (index: number, operation: Operation) => {
    try {
      await ends[index]?.run(operation);
      return null;
    } catch (thrown) {
      return thrown instanceof Error
        ? { name: thrown.name, message: thrown.message }
        : { name: 'Error', message: '' };
    }
  });
  await page.addInitScript(installCables, infos);
  return {
    closeNextPicker: () =>
      page.evaluate(() => {
        (window as unknown as PageCable).isPickerClosed = true;
      }),
    add: (serialPort, { isGranted } = { isGranted: false }) =>
      page.evaluate(([info, granted]) => (window as unknown as PageCable).cableAdd(info, granted), [
        plug(serialPort),
        isGranted,
      ] as const),
  };
}

/** This process's end of one cable. */
class PortEnd {
  readonly #page: Page;
  readonly #port: SerialPort;
  readonly #index: number;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;

  constructor(page: Page, port: SerialPort, index: number) {
    this.#page = page;
    this.#port = port;
    this.#index = index;
    port.addEventListener(
      'connect',
      () =>
        // A page that was closed has nothing plugged in.
        void page
          .evaluate((at) => (window as unknown as PageCable).cableBack(at), index)
          .catch(() => undefined),
    );
    // A closed port has no reader to notice it by.
    port.addEventListener('disconnect', () => void this.#send(null));
  }

  async run(operation: Operation): Promise<void> {
    switch (operation.op) {
      case 'open':
        await this.#port.open({ baudRate: operation.baudRate, bufferSize: 8192 });
        void this.#pump();
        return;
      case 'write': {
        const writer = this.#port.writable?.getWriter();
        await writer?.write(new Uint8Array(Buffer.from(operation.base64, 'base64')));
        writer?.releaseLock();
        return;
      }
      case 'signals':
        await this.#port.setSignals(operation.signals);
        return;
      case 'close':
        await this.#reader?.cancel().catch(() => undefined);
        await this.#port.close();
    }
  }

  /** Null: the port is gone. */
  #send(base64: string | null): Promise<void> {
    return this.#page
      .evaluate(([index, data]) => (window as unknown as PageCable).cableInput(index, data), [
        this.#index,
        base64,
      ] as const)
      .catch(() => undefined);
  }

  async #pump(): Promise<void> {
    while (this.#port.readable) {
      this.#reader = this.#port.readable.getReader();
      try {
        for (;;) {
          const { value, done } = await this.#reader.read();
          if (done) return;
          await this.#send(Buffer.from(value).toString('base64'));
        }
      } catch {
        // A line error: the port has a fresh stream, or it is gone and said so.
      } finally {
        this.#reader.releaseLock();
      }
    }
  }
}

/** Runs in the page: the Web Serial API over the exposed function. */
function installCables(infos: readonly SerialPortInfo[]): void {
  type Cable = (port: number, operation: unknown) => Promise<{ name: string; message: string } | null>;
  const call = async (port: number, operation: unknown): Promise<void> => {
    const failure = await (window as unknown as { cable: Cable }).cable(port, operation);
    if (failure) throw new DOMException(failure.message, failure.name);
  };

  class CablePort extends EventTarget {
    connected = true;
    isAllowed = false;
    readonly #info: SerialPortInfo;
    readonly #index: number;
    readable: ReadableStream<Uint8Array> | null = null;
    writable: WritableStream<Uint8Array> | null = null;
    #input: ReadableStreamDefaultController<Uint8Array> | null = null;

    constructor(info: SerialPortInfo, index: number) {
      super();
      this.#info = info;
      this.#index = index;
    }
    getInfo(): SerialPortInfo {
      return this.#info;
    }
    async open({ baudRate }: SerialOptions): Promise<void> {
      if (this.readable) throw new DOMException('The port is already open.', 'InvalidStateError');
      this.readable = new ReadableStream({ start: (controller) => (this.#input = controller) });
      this.writable = new WritableStream({
        write: (bytes) =>
          call(this.#index, {
            op: 'write',
            base64: btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join('')),
          }),
      });
      try {
        await call(this.#index, { op: 'open', baudRate });
      } catch (thrown) {
        this.readable = null;
        this.writable = null;
        throw thrown;
      }
    }
    async close(): Promise<void> {
      this.readable = null;
      this.writable = null;
      await call(this.#index, { op: 'close' });
    }
    setSignals(signals: SerialOutputSignals): Promise<void> {
      return call(this.#index, { op: 'signals', signals });
    }
    getSignals(): Promise<SerialInputSignals> {
      return Promise.resolve({
        dataCarrierDetect: false,
        clearToSend: false,
        ringIndicator: false,
        dataSetReady: false,
      });
    }
    forget(): Promise<void> {
      return Promise.resolve();
    }
    input(base64: string | null): void {
      try {
        if (base64 !== null) this.#input?.enqueue(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
        else this.unplug();
      } catch {
        // The page cancelled its reader: the bytes have nobody to go to.
      }
    }
    unplug(): void {
      if (!this.connected) return;
      this.connected = false;
      this.#input?.error(new DOMException('The device has been lost.', 'NetworkError'));
      this.readable = null;
      this.writable = null;
      this.dispatchEvent(new Event('disconnect'));
      announce('disconnect', this);
    }
  }

  /** The browser's events bubble from a granted port to `navigator.serial`. */
  function announce(name: 'connect' | 'disconnect', port: CablePort): void {
    if (port.isAllowed) serial.dispatchEvent(new Event(name));
  }

  const ports = infos.map((info, index) => new CablePort(info, index));
  const own: PageCable = {
    isPickerClosed: false,
    cableInput: (index, data) => ports[index]?.input(data),
    cableBack: (index) => {
      const port = ports[index];
      if (!port) return;
      port.connected = true;
      announce('connect', port);
    },
    cableAdd: (info, isGranted) => {
      const port = new CablePort(info, ports.length);
      port.isAllowed = isGranted;
      ports.push(port);
      if (isGranted) announce('connect', port);
    },
  };
  Object.assign(window, own);
  const serial = Object.assign(new EventTarget(), {
    requestPort: () => {
      const state = window as unknown as PageCable;
      const isClosed = state.isPickerClosed;
      state.isPickerClosed = false;
      if (isClosed) return Promise.reject(new DOMException('No port selected by the user.', 'NotFoundError'));
      const present = ports.filter(({ connected }) => connected);
      const port = present.find(({ isAllowed }) => !isAllowed) ?? present.at(-1) ?? ports.at(-1);
      if (!port) return Promise.reject(new DOMException('No port selected by the user.', 'NotFoundError'));
      port.isAllowed = true;
      return Promise.resolve(port);
    },
    getPorts: () => Promise.resolve(ports.filter(({ isAllowed, connected }) => isAllowed && connected)),
  });
  Object.defineProperty(Navigator.prototype, 'serial', { configurable: true, get: () => serial });
}
