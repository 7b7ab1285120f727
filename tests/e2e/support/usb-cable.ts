/**
 * The simulated USB cable: navigator.serial in the page, a virtual board's Web Serial port in this process, bytes and
 * signals between them. The page's code, esptool-js included, cannot tell it from a cable.
 */
import type { Page } from '@playwright/test';

type Operation =
  | { readonly op: 'open'; readonly baudRate: number }
  | { readonly op: 'write'; readonly base64: string }
  | { readonly op: 'signals'; readonly signals: SerialOutputSignals }
  | { readonly op: 'close' };

/** Plugs `port` into `page` before the page's scripts run. */
export async function plugIn(page: Page, port: SerialPort): Promise<void> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  const send = (base64: string | null): Promise<void> =>
    page
      .evaluate(
        (data) => (window as unknown as { cableInput(d: string | null): void }).cableInput(data),
        base64,
      )
      .catch(() => undefined);

  const isGone = (): boolean => port.readable === null;
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
      await call({ op: 'open', baudRate });
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
      this.connected = false;
      this.#input?.error(new DOMException('The device has been lost.', 'NetworkError'));
      this.readable = null;
      this.dispatchEvent(new Event('disconnect', { bubbles: true }));
    }
  }

  const port = new CablePort();
  (window as unknown as { cableInput(d: string | null): void }).cableInput = (data) => port.input(data);
  const serial = Object.assign(new EventTarget(), {
    requestPort: () => Promise.resolve(port),
    getPorts: () => Promise.resolve([]),
  });
  Object.defineProperty(Navigator.prototype, 'serial', { configurable: true, get: () => serial });
}
