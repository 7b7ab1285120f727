// RFC 2217 over a virtual board, as a Telnet client drives it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { concatBytes } from '../../src/shared/bytes.ts';
import { SYNC } from '../../src/virtual-board/protocol.ts';
import { Rfc2217Session } from '../../src/virtual-board/rfc2217.ts';
import { encodeSlip } from '../../src/virtual-board/slip.ts';
import { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { readUntil } from './virtual-board-host.ts';

const [IAC, SB, SE, WILL, WONT, DO, DONT, COM_PORT] = [0xff, 0xfa, 0xf0, 0xfb, 0xfc, 0xfd, 0xfe, 44] as const;
const DTR_ON = 8;
const DTR_OFF = 9;
const RTS_ON = 11;
const RTS_OFF = 12;

let board: VirtualBoard;
let sent: number[];
let baudRates: number[];
let session: Rfc2217Session;

beforeEach(async () => {
  board = new VirtualBoard({ flashSizeBytes: 1 << 20, enDelayMs: 5 });
  await board.port.open({ baudRate: 115_200 });
  sent = [];
  baudRates = [];
  const write = async (bytes: Uint8Array): Promise<void> => {
    const writer = board.port.writable?.getWriter();
    await writer?.write(bytes);
    writer?.releaseLock();
  };
  const setBaudRate = (baudRate: number): Promise<void> => {
    baudRates.push(baudRate);
    board.setBridgeBaudRate(baudRate);
    return Promise.resolve();
  };
  const setSignals = (signals: SerialOutputSignals): Promise<void> => board.port.setSignals(signals);
  session = new Rfc2217Session({ write, setBaudRate, setSignals }, (bytes) => sent.push(...bytes));
});
afterEach(() => board.stop());

const ask = (command: number, ...value: number[]): Uint8Array =>
  Uint8Array.of(IAC, SB, COM_PORT, command, ...value, IAC, SE);

test('it agrees once to the options it has and refuses the others', async () => {
  await session.receive(
    Uint8Array.of(IAC, WILL, COM_PORT, IAC, DO, COM_PORT, IAC, DO, 0, IAC, WILL, 1, IAC, DO, 24),
  );
  expect(sent).toEqual([IAC, DO, COM_PORT, IAC, WILL, COM_PORT, IAC, WILL, 0, IAC, DONT, 1, IAC, WONT, 24]);
  await session.receive(Uint8Array.of(IAC, WILL, COM_PORT));
  expect(sent).toHaveLength(15);
});

test('baud rates are applied and answered, 0xff in them is doubled', async () => {
  await session.receive(ask(1, 0, 0x07, 0x08, 0));
  expect(baudRates).toEqual([460_800]);
  expect(sent).toEqual([IAC, SB, COM_PORT, 101, 0, 0x07, 0x08, 0, IAC, SE]);
  await session.receive(ask(1, 0, 0, IAC, IAC, 0));
  expect(baudRates.at(-1)).toBe(0xff00);
  expect(sent.slice(-8)).toEqual([101, 0, 0, IAC, IAC, 0, IAC, SE]);
});

test('DTR and RTS put the chip into its loader, which answers SYNC', async () => {
  for (const control of [DTR_OFF, RTS_ON, DTR_ON, RTS_OFF]) await session.receive(ask(5, control));
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(board.mode).toBe('rom-loader');
  const header = Uint8Array.of(0, SYNC, 36, 0, 0, 0, 0, 0, 7, 7, 0x12, 0x20);
  const sync = encodeSlip(concatBytes([header, new Uint8Array(32).fill(0x55)]));
  await session.receive(sync.subarray(0, 20));
  await session.receive(concatBytes([sync.subarray(20), sync]));
  expect(await readUntil(board.port, '\x01\x08\x02\x00\x07\x07\x12\x20')).toContain('\xc0\x01\x08');
});

test('0xff in data is doubled on the way out and single on the way in', async () => {
  expect(session.encode(Uint8Array.of(1, IAC, 2))).toEqual(Uint8Array.of(1, IAC, IAC, 2));
  board.resetModelled();
  await session.receive(Uint8Array.of(1, IAC, IAC, 2));
  expect(board.modelled.bytesOnWire.toChip).toBe(3);
});
