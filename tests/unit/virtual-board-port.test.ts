// Web Serial's own rules, and the circuit between DTR, RTS and the chip.
import { afterEach, describe, expect, test } from 'vitest';
import {
  VirtualBoard,
  virtualUsbIds,
  type VirtualBoardOptions,
} from '../../src/virtual-board/virtual-board.ts';
import { bootImage, readUntil } from './virtual-board-host.ts';

const boards: VirtualBoard[] = [];
function makeBoard(options: VirtualBoardOptions = {}): VirtualBoard {
  const board = new VirtualBoard({ flashSizeBytes: 1 << 20, ...options });
  boards.push(board);
  return board;
}
afterEach(() => boards.splice(0).forEach((board) => board.stop()));

const named = (name: string): unknown => expect.objectContaining({ name });
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('opening and closing', () => {
  test('streams are there while the port is open, and only then', async () => {
    const { port } = makeBoard();
    expect(port.readable).toBeNull();
    expect(port.writable).toBeNull();
    await port.open({ baudRate: 115_200 });
    expect(port.readable).toBe(port.readable);
    expect(port.writable).not.toBeNull();
    await port.close();
    expect(port.readable).toBeNull();
    expect(port.writable).toBeNull();
  });

  test('opening twice is InvalidStateError, a busy port NetworkError, nonsense TypeError', async () => {
    const board = makeBoard();
    await expect(board.port.open({ baudRate: 0 })).rejects.toBeInstanceOf(TypeError);
    await expect(board.port.open({ baudRate: 9600, bufferSize: 0 })).rejects.toBeInstanceOf(TypeError);
    board.setFaults({ portBusy: true });
    await expect(board.port.open({ baudRate: 115_200 })).rejects.toEqual(named('NetworkError'));
    board.setFaults({});
    const first = board.port.open({ baudRate: 115_200 });
    await expect(board.port.open({ baudRate: 115_200 })).rejects.toEqual(named('InvalidStateError'));
    await first;
    await expect(board.port.open({ baudRate: 115_200 })).rejects.toEqual(named('InvalidStateError'));
  });

  test('a held reader keeps the port from closing', async () => {
    const { port } = makeBoard();
    await port.open({ baudRate: 115_200 });
    const reader = port.readable?.getReader();
    await expect(port.close()).rejects.toBeInstanceOf(TypeError);
    reader?.releaseLock();
    await port.close();
    await expect(port.close()).rejects.toEqual(named('InvalidStateError'));
  });

  test('signals need an open port and at least one member', async () => {
    const { port } = makeBoard();
    await expect(port.setSignals({ requestToSend: true })).rejects.toEqual(named('InvalidStateError'));
    await expect(port.getSignals()).rejects.toEqual(named('InvalidStateError'));
    await port.open({ baudRate: 115_200 });
    await expect(port.setSignals({})).rejects.toBeInstanceOf(TypeError);
    expect(await port.getSignals()).toMatchObject({ clearToSend: false });
  });

  test('the ids are the virtual pair, or those of the bridge that is asked for', () => {
    expect(makeBoard().port.getInfo()).toEqual(virtualUsbIds);
    const ch340 = makeBoard({ usb: { vendorId: 0x1a86, productId: 0x7523 } });
    expect(ch340.port.getInfo()).toEqual({ usbVendorId: 0x1a86, usbProductId: 0x7523 });
  });
});

describe('losing the cable', () => {
  test('reads reject with NetworkError, streams are null, disconnect bubbles, plugging in fires connect', async () => {
    const board = makeBoard();
    const { port } = board;
    const events: string[] = [];
    port.addEventListener('disconnect', (event) => events.push(`${event.type} ${String(event.bubbles)}`));
    port.onconnect = (event) => events.push(event.type);
    await port.open({ baudRate: 115_200 });
    const pending = port.readable?.getReader().read();
    board.unplug();
    await expect(pending).rejects.toEqual(named('NetworkError'));
    expect(port.readable).toBeNull();
    expect(port.connected).toBe(false);
    await expect(port.open({ baudRate: 115_200 })).rejects.toEqual(named('NetworkError'));
    board.plug();
    await port.open({ baudRate: 115_200 });
    expect(port.readable).not.toBeNull();
    expect(events).toEqual(['disconnect true', 'connect']);
  });

  test('a write under way rejects too', async () => {
    const board = makeBoard();
    await board.port.open({ baudRate: 115_200 });
    const writer = board.port.writable?.getWriter();
    board.unplug();
    await expect(writer?.write(Uint8Array.of(1))).rejects.toEqual(named('NetworkError'));
  });
});

describe('line errors', () => {
  test.each(['BufferOverrunError', 'FramingError', 'BreakError', 'ParityError'] as const)(
    '%s ends one stream; the next one goes on',
    async (name) => {
      const board = makeBoard({ faults: { streamErrors: [{ name, afterBytes: 20 }] } });
      const { port } = board;
      await port.open({ baudRate: 74_880 });
      const broken = port.readable?.getReader();
      const first = broken?.read();
      await board.pressReset();
      await first;
      await expect(broken?.read()).rejects.toEqual(named(name));
      broken?.releaseLock();
      await board.pressReset();
      expect(await readUntil(port, 'ets_main')).toContain('ets_main');
    },
  );

  test('a reader who never comes loses bytes with BufferOverrunError', async () => {
    const flash = new Uint8Array(1 << 20);
    flash.set(bootImage(new Uint8Array(16)));
    const board = makeBoard({
      flash,
      application: {
        start: (machine) => {
          machine.uartWrite(new Uint8Array((1 << 20) + 1), 115_200);
          return Promise.resolve(null);
        },
      },
    });
    await board.port.open({ baudRate: 115_200 });
    const reader = board.port.readable?.getReader();
    await board.pressReset();
    await expect(reader?.closed).rejects.toEqual(named('BufferOverrunError'));
  });
});

describe('the reset circuit', () => {
  const classic = async (port: SerialPort): Promise<void> => {
    await port.setSignals({ dataTerminalReady: false, requestToSend: true });
    await wait(20);
    await port.setSignals({ dataTerminalReady: true, requestToSend: false });
    await wait(40);
    await port.setSignals({ dataTerminalReady: false });
    await wait(1);
  };

  test('the classic sequence enters the loader when EN rises late', async () => {
    const board = makeBoard({ enDelayMs: 10, signalGapMs: 3 });
    await board.port.open({ baudRate: 115_200 });
    await classic(board.port);
    expect(board.mode).toBe('rom-loader');
  });

  test('with EN faster than the gap between the two signals it starts the program instead', async () => {
    const board = makeBoard({ enDelayMs: 2, signalGapMs: 6 });
    await board.port.open({ baudRate: 115_200 });
    await classic(board.port);
    expect(board.mode).not.toBe('rom-loader');
  });

  test('RTS alone holds the chip, letting go starts the program', async () => {
    const board = makeBoard();
    await board.port.open({ baudRate: 115_200 });
    await board.port.setSignals({ dataTerminalReady: false, requestToSend: true });
    expect(board.mode).toBe('held');
    await board.port.setSignals({ requestToSend: false });
    expect(board.mode).toBe('held');
    await wait(20);
    expect(board.mode).toBe('crashed');
  });

  test('opening and closing the port does not reset the chip', async () => {
    const board = makeBoard();
    await board.pressReset({ gpio0: 0 });
    await board.port.open({ baudRate: 115_200 });
    await board.port.close();
    await board.port.open({ baudRate: 921_600 });
    expect(board.mode).toBe('rom-loader');
  });

  test('a cable pulled while the chip was held starts it anew, and opening does not reset it again', async () => {
    const board = makeBoard();
    await board.port.open({ baudRate: 115_200 });
    await board.port.setSignals({ dataTerminalReady: false, requestToSend: true });
    board.unplug();
    expect(board.mode).toBe('off');
    board.plug();
    await board.pressReset({ gpio0: 0 });
    await board.port.open({ baudRate: 115_200 });
    await wait(20);
    expect(board.mode).toBe('rom-loader');
  });

  test('without auto-reset the lines do nothing', async () => {
    const board = makeBoard({ autoReset: false });
    await board.port.open({ baudRate: 115_200 });
    await classic(board.port);
    expect(board.mode).toBe('crashed');
    await board.pressReset({ gpio0: 0 });
    expect(board.mode).toBe('rom-loader');
  });
});
