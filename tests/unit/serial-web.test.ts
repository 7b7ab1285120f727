/** SerialPorts and SerialLink over Web Serial; the port is the virtual board's, the picker a stand-in for Chrome's. */
import { describe, expect, it } from 'vitest';
import { bridgeName } from '../../src/platform/serial/usb-bridges.ts';
import { WebSerialPorts } from '../../src/platform/serial/web-serial-ports.ts';
import { WebSerialLink } from '../../src/platform/serial/web-serial-link.ts';
import type { SerialLink } from '../../src/ports/serial.ts';
import { AppError } from '../../src/shared/errors.ts';
import type { ApplicationHost, Machine } from '../../src/virtual-board/application.ts';
import { VirtualBoard, type VirtualBoardOptions } from '../../src/virtual-board/virtual-board.ts';

/** Chrome's `navigator.serial`: the answers of its picker are scripted, the filters it was given are kept. */
class ScriptedSerial extends EventTarget {
  readonly asked: number[] = [];
  readonly #answers: (SerialPort | string)[];
  readonly #granted: SerialPort[];

  constructor(answers: (SerialPort | string)[], granted: SerialPort[] = []) {
    super();
    this.#answers = answers;
    this.#granted = granted;
  }

  requestPort(options: { filters?: unknown[] } = {}): Promise<SerialPort> {
    this.asked.push(options.filters?.length ?? 0);
    const answer = this.#answers.shift();
    if (answer === undefined || typeof answer === 'string') {
      return Promise.reject(new DOMException('scripted', answer ?? 'NotFoundError'));
    }
    return Promise.resolve(answer);
  }

  getPorts(): Promise<SerialPort[]> {
    return Promise.resolve(this.#granted);
  }

  get api(): Serial {
    return this as unknown as Serial;
  }
}

const codeOf = async (action: Promise<unknown>): Promise<string> => {
  try {
    await action;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.code;
    throw thrown;
  }
  return 'nothing thrown';
};

/** A program that sends back what it gets, so that a test has something to read. */
function echo(): { host: ApplicationHost; machine: Promise<Machine> } {
  let booted: (machine: Machine) => void = () => undefined;
  const machine = new Promise<Machine>((resolve) => {
    booted = resolve;
  });
  const host: ApplicationHost = {
    start(started) {
      booted(started);
      return Promise.resolve({ stop: () => undefined });
    },
  };
  return { host, machine };
}

/** A board whose flash holds a one-segment program, already running. */
function runningBoard(options: VirtualBoardOptions = {}): { board: VirtualBoard; machine: Promise<Machine> } {
  const flash = new Uint8Array(1024 * 1024).fill(0xff);
  flash.set([0xe9, 1, 0, 0x20, 0, 0, 0x10, 0x40, 0, 0, 0x10, 0x40, 16, 0, 0, 0]);
  // Sixteen zero bytes, then the checksum (0xef, no bit changed) at the end of its 16-byte line.
  flash.fill(0, 16, 47);
  flash[47] = 0xef;
  const { host, machine } = echo();
  return { board: new VirtualBoard({ flash, application: host, ...options }), machine };
}

async function readText(link: SerialLink, until: string): Promise<string> {
  const reader = link.input.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (!text.includes(until)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    reader.releaseLock();
  }
  return text;
}

describe('choosing a port', () => {
  it('lists the usual bridges first, and every port after a picker was closed without a choice', async () => {
    const serial = new ScriptedSerial(['NotFoundError', 'NotFoundError', new VirtualBoard().port]);
    const ports = new WebSerialPorts(serial.api);
    expect(await ports.request()).toEqual({ kind: 'cancelled' });
    expect(ports.listsAllNext).toBe(true);
    expect(await ports.request()).toEqual({ kind: 'cancelled' });
    expect(await ports.request()).toMatchObject({ kind: 'done' });
    expect(serial.asked).toEqual([7, 0, 7]);
  });

  it('turns any other refusal into an error', async () => {
    const ports = new WebSerialPorts(new ScriptedSerial(['SecurityError']).api);
    expect(await codeOf(ports.request())).toBe('serial.failed');
  });

  it('tells when a port is plugged in or unplugged, until nobody asks any more', () => {
    const serial = new EventTarget();
    const ports = new WebSerialPorts(serial as unknown as Serial);
    const told: string[] = [];
    const end = ports.onChange((what) => told.push(what));
    serial.dispatchEvent(new Event('connect'));
    serial.dispatchEvent(new Event('disconnect'));
    end();
    serial.dispatchEvent(new Event('connect'));
    expect(told).toEqual(['plugged', 'unplugged']);
  });

  it('gives the same link for the same port, and a new one after it was unplugged', async () => {
    const board = new VirtualBoard();
    const ports = new WebSerialPorts(new ScriptedSerial([], [board.port]).api);
    const [first] = await ports.granted();
    expect((await ports.granted())[0]).toBe(first);
    board.unplug();
    board.plug();
    const [again] = await ports.granted();
    expect(again).not.toBe(first);
    expect([first?.gone.aborted, again?.gone.aborted]).toEqual([true, false]);
  });

  it('does not offer a port that is unplugged, and tells when one comes or goes', async () => {
    const board = new VirtualBoard();
    const serial = new ScriptedSerial([], [board.port]);
    const ports = new WebSerialPorts(serial.api);
    const heard: number[] = [];
    const stop = ports.onChange(() => void ports.granted().then(({ length }) => heard.push(length)));
    board.unplug();
    serial.dispatchEvent(new Event('disconnect'));
    await ports.granted();
    board.plug();
    serial.dispatchEvent(new Event('connect'));
    await ports.granted();
    stop();
    serial.dispatchEvent(new Event('connect'));
    await ports.granted();
    expect(heard).toEqual([0, 1]);
  });

  it('knows the virtual board from every real one', () => {
    expect(new WebSerialLink(new VirtualBoard().port).isVirtual).toBe(true);
    const ch340 = new VirtualBoard({ usb: { vendorId: 0x1a86, productId: 0x7523 } });
    const link = new WebSerialLink(ch340.port);
    expect(link.isVirtual).toBe(false);
    expect(bridgeName(link.usb)).toBe('CH340');
    expect(bridgeName({ vendorId: 1, productId: 2 })).toBeNull();
  });
});

describe('a serial link', () => {
  it('carries what the board says', async () => {
    const { board, machine } = runningBoard();
    const link = new WebSerialLink(board.port);
    await link.open(115_200);
    (await machine).uartWrite(new TextEncoder().encode('hello\n'), 115_200);
    expect(await readText(link, 'hello\n')).toContain('hello');
    await link.close();
  });

  it('goes on with a new reader after a line error', async () => {
    const { board, machine } = runningBoard();
    const link = new WebSerialLink(board.port);
    await link.open(115_200);
    const program = await machine;
    for (const name of ['FramingError', 'BufferOverrunError', 'ParityError', 'BreakError'] as const) {
      board.setFaults({ streamErrors: [{ name, afterBytes: 2 }] });
      const reading = readText(link, `after ${name}\n`);
      program.uartWrite(new TextEncoder().encode('lost\n'), 115_200);
      program.uartWrite(new TextEncoder().encode(`after ${name}\n`), 115_200);
      expect(await reading).toContain(`after ${name}`);
    }
    await link.close();
  });

  it('aborts "gone" and fails every call when the board is unplugged', async () => {
    const { board } = runningBoard();
    const link = new WebSerialLink(board.port);
    await link.open(115_200);
    const reading = codeOf(readText(link, 'never'));
    board.unplug();
    expect(link.gone.aborted).toBe(true);
    expect(await reading).toBe('serial.gone');
    expect(await codeOf(link.write(Uint8Array.of(1)))).toBe('serial.gone');
    expect(await codeOf(link.setSignals({ rts: true }))).toBe('serial.gone');
    expect(await codeOf(link.open(115_200))).toBe('serial.gone');
    await expect(link.close()).resolves.toBeUndefined();
  });

  it('closes while somebody reads, and opens again', async () => {
    const { board, machine } = runningBoard();
    const link = new WebSerialLink(board.port);
    await link.open(115_200);
    const reading = readText(link, 'never');
    await link.close();
    await expect(reading).resolves.not.toContain('never');
    await link.close();
    expect(() => link.input).toThrow(AppError);
    await link.open(74_880);
    (await machine).uartWrite(new TextEncoder().encode('again\n'), 74_880);
    expect(await readText(link, 'again\n')).toContain('again');
    await link.close();
  });

  it('closes when its reader has cancelled the stream', async () => {
    const link = new WebSerialLink(runningBoard().board.port);
    await link.open(115_200);
    await link.input.cancel();
    await expect(link.close()).resolves.toBeUndefined();
    await expect(link.open(115_200)).resolves.toBeUndefined();
  });

  it('names a port that another program holds, with what to do on each system', async () => {
    const link = new WebSerialLink(new VirtualBoard({ faults: { portBusy: true } }).port);
    try {
      await link.open(115_200);
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'serial.port-busy' });
      expect((thrown as AppError).remedy).toMatch(/Close the Arduino IDE.*checks for your system/);
    }
  });

  it('names a port that this page has open already', async () => {
    const { port } = new VirtualBoard();
    await new WebSerialLink(port).open(115_200);
    expect(await codeOf(new WebSerialLink(port).open(115_200))).toBe('serial.already-open');
  });
});
