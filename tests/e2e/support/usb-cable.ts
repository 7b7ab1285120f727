/**
 * The simulated USB cable: navigator.serial in the page, a virtual board's Web Serial port in this process, bytes and
 * signals between them. The page's code, esptool-js included, cannot tell it from a cable.
 */
import type { Page } from '@playwright/test';

/** What the page's side hangs on its window. */
interface PageCable {
  cableInput(base64: string | null): void;
  cableBack(): void;
  isPickerClosed: boolean;
}

type Operation =
  | { readonly op: 'open'; readonly baudRate: number }
  | { readonly op: 'write'; readonly base64: string }
  | { readonly op: 'signals'; readonly signals: SerialOutputSignals }
  | { readonly op: 'close' };

/** The page's side of the cable, as a hand reaches it. */
export interface Cable {
  /** The next picker is closed without a choice. */
  closeNextPicker(): Promise<void>;
}

/** Plugs `port` into `page` before the page's scripts run. Pulling and plugging of the board show in the page. */
export async function plugIn(page: Page, port: SerialPort): Promise<Cable> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  const send = (base64: string | null): Promise<void> =>
    page.evaluate((data) => (window as unknown as PageCable).cableInput(data), base64).catch(() => undefined);

  const isGone = (): boolean => port.readable === null;
  port.addEventListener(
    'connect',
    () => void page.evaluate(() => (window as unknown as PageCable).cableBack()).catch(() => undefined),
  );

  const pump = async (): Promise<void> => {
    while (port.readable) {
      reader = port.readable.getReader();
      try {
        for (;;) {
          const { value, done } = await reader.read();
          if (done) return;
          await send(Buffer.from(value).toString('base64'));
        }
      } catch {
        if (isGone()) await send(null);
      } finally {
        reader.releaseLock();
      }
    }
  };

  const operations: Record<Operation['op'], (operation: never) => Promise<void>> = {
    open: async ({ baudRate }: { baudRate: number }) => {
      await port.open({ baudRate, bufferSize: 8192 });
      void pump();
    },
    write: async ({ base64 }: { base64: string }) => {
      const writer = port.writable?.getWriter();
      await writer?.write(new Uint8Array(Buffer.from(base64, 'base64')));
      writer?.releaseLock();
    },
    signals: ({ signals }: { signals: SerialOutputSignals }) => port.setSignals(signals),
    close: async () => {
      await reader?.cancel().catch(() => undefined);
      await port.close();
    },
  };

  await page.exposeFunction('cable', async (operation: Operation) => {
    try {
      await operations[operation.op](operation as never);
      return null;
    } catch (thrown) {
      return thrown instanceof Error
        ? { name: thrown.name, message: thrown.message }
        : { name: 'Error', message: '' };
    }
  });
  await page.addInitScript(installCable, port.getInfo());
  return {
    closeNextPicker: () =>
      page.evaluate(() => {
        (window as unknown as PageCable).isPickerClosed = true;
      }),
  };
}

/** Runs in the page: the Web Serial API over the exposed function. */
function installCable(info: SerialPortInfo): void {
  type Cable = (operation: unknown) => Promise<{ name: string; message: string } | null>;
  const call = async (operation: unknown): Promise<void> => {
    const failure = await (window as unknown as { cable: Cable }).cable(operation);
    if (failure) throw new DOMException(failure.message, failure.name);
  };

  class CablePort extends EventTarget {
    connected = true;
    readable: ReadableStream<Uint8Array> | null = null;
    writable: WritableStream<Uint8Array> | null = null;
    #input: ReadableStreamDefaultController<Uint8Array> | null = null;

    getInfo(): SerialPortInfo {
      return info;
    }
    async open({ baudRate }: SerialOptions): Promise<void> {
      if (this.readable) throw new DOMException('The port is already open.', 'InvalidStateError');
      this.readable = new ReadableStream({ start: (controller) => (this.#input = controller) });
      this.writable = new WritableStream({
        write: (bytes) =>
          call({ op: 'write', base64: btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join('')) }),
      });
      try {
        await call({ op: 'open', baudRate });
      } catch (thrown) {
        this.readable = null;
        this.writable = null;
        throw thrown;
      }
    }
    async close(): Promise<void> {
      this.readable = null;
      this.writable = null;
      await call({ op: 'close' });
    }
    setSignals(signals: SerialOutputSignals): Promise<void> {
      return call({ op: 'signals', signals });
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
      this.dispatchEvent(new Event('disconnect', { bubbles: true }));
    }
  }

  const port = new CablePort();
  let isAllowed = false;
  const own: PageCable = {
    isPickerClosed: false,
    cableInput: (data) => port.input(data),
    cableBack: () => {
      port.connected = true;
      port.dispatchEvent(new Event('connect'));
      serial.dispatchEvent(new Event('connect'));
    },
  };
  Object.assign(window, own);
  const serial = Object.assign(new EventTarget(), {
    requestPort: () => {
      const state = window as unknown as PageCable;
      const isClosed = state.isPickerClosed;
      state.isPickerClosed = false;
      if (isClosed) return Promise.reject(new DOMException('No port selected by the user.', 'NotFoundError'));
      isAllowed = true;
      return Promise.resolve(port);
    },
    getPorts: () => Promise.resolve(isAllowed && port.connected ? [port] : []),
  });
  Object.defineProperty(Navigator.prototype, 'serial', { configurable: true, get: () => serial });
}
