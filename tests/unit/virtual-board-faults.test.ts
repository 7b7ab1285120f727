// Every fault switch, seen through real esptool-js: an error or a repair, never a silent half-flash.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Faults } from '../../src/virtual-board/faults.ts';
import * as wire from '../../src/virtual-board/protocol.ts';
import { VirtualBoard, type VirtualBoardOptions } from '../../src/virtual-board/virtual-board.ts';
import { connect, esptool, firmwareLike, same, write } from './virtual-board-host.ts';

const boards: VirtualBoard[] = [];
function makeBoard(options: VirtualBoardOptions = {}): VirtualBoard {
  const board = new VirtualBoard({ flashSizeBytes: 1 << 20, ...options });
  boards.push(board);
  return board;
}
beforeAll(() => void vi.spyOn(console, 'log').mockImplementation(() => undefined));
// The tests run side by side: mostly they wait for esptool-js's own pauses.
afterAll(() => boards.forEach((board) => board.stop()));

const image = firmwareLike(40_000);
const file = { data: image, address: 0x2000 };
const written = (board: VirtualBoard): boolean => same(board.flash.read(file.address, image.length), image);

describe.concurrent('while connecting', () => {
  test('ignored SYNCs are tried again', async () => {
    const host = await connect(makeBoard({ faults: { ignoredSyncs: 3 } }));
    expect(host.loader.IS_STUB).toBe(true);
  });

  test('a chip that never answers is a failure to connect', async () => {
    const { loader } = esptool(makeBoard({ faults: { ignoredSyncs: 1000 } }));
    await expect(loader.connect('default_reset', 1)).rejects.toThrow('Failed to connect');
  });

  test('a port that another program holds does not open', async () => {
    const { loader } = esptool(makeBoard({ faults: { portBusy: true } }));
    await expect(loader.main()).rejects.toMatchObject({ name: 'NetworkError' });
  });

  test('a stub that does not greet is reported', async () => {
    const { loader } = esptool(makeBoard({ faults: { noOhai: true } }));
    await expect(loader.main()).rejects.toThrow('Serial data stream stopped');
  });

  test('a lost MEM_END reply is fatal for esptool-js', async () => {
    const { loader } = esptool(
      makeBoard({ faults: { lostReplies: { opcode: wire.MEM_END, skip: 0, count: 1 } } }),
    );
    await expect(loader.main()).rejects.toThrow();
  });

  test.each(['refuse', 'ignore'] as const)(
    'a baud change that the chip %ss ends at 115200',
    async (baudChange) => {
      const board = makeBoard({ faults: { baudChange } });
      const { log, transport, loader } = await connect(board, 230_400);
      expect(log.some((line) => line.includes('Continuing at 115200 baud'))).toBe(true);
      expect(transport.baudrate).toBe(115_200);
      expect((await loader.readReg(0x40001000)) >>> 0).toBe(0xfff0c101);
    },
  );
});

describe.concurrent('while writing', () => {
  const line = (direction: 'toChip' | 'fromChip', kind: 'drop' | 'corrupt' | 'duplicate'): Faults => ({
    line: [{ direction, kind, afterBytes: direction === 'toChip' ? 9000 : 30 }],
  });

  test('a corrupted byte to the chip fails one block’s checksum, and the block is sent again', async () => {
    const board = makeBoard();
    const host = await connect(board);
    board.setFaults(line('toChip', 'corrupt'));
    await write(host, [file]);
    expect(written(board)).toBe(true);
  });

  test('a byte twice in a block fails its length, and the block is sent again', async () => {
    const board = makeBoard();
    const host = await connect(board);
    board.setFaults(line('toChip', 'duplicate'));
    await write(host, [file]);
    expect(written(board)).toBe(true);
  });

  test('a corrupted delimiter in a reply is never taken for success', async () => {
    const board = makeBoard();
    const host = await connect(board);
    board.setFaults({ line: [{ direction: 'fromChip', kind: 'drop', afterBytes: 14 }] });
    await expect(write(host, [file])).rejects.toThrow();
    expect(written(board)).toBe(false);
  });

  test('a lost acknowledgement makes a duplicate block, and that is an error', async () => {
    const board = makeBoard();
    const host = await connect(board);
    board.setFaults({ lostReplies: { opcode: wire.FLASH_DEFL_DATA, skip: 1, count: 1 } });
    await expect(write(host, [file])).rejects.toThrow(/status (199|192|201)|MD5/);
  });

  test('above its baud rate an unreliable line corrupts, below it is clean', async () => {
    const board = makeBoard();
    const slow = await connect(board, 115_200);
    board.setFaults({ unreliableAboveBaudRate: 115_200 });
    await write(slow, [file]);
    expect(written(board)).toBe(true);
    await slow.transport.disconnect();
    const fast = esptool(board, 921_600, 921_600);
    await expect(fast.loader.main().then(() => write(fast, [file]))).rejects.toThrow();
  });

  test.each(['flip', 'stuckAt0', 'stuckAt1'] as const)(
    'a flash bit that does %s is found by the MD5',
    async (kind) => {
      const board = makeBoard();
      const host = await connect(board, 115_200);
      const offset = file.address + 2 * 4096 + 1;
      const value = image[2 * 4096 + 1] ?? 0;
      const bit =
        [0, 1, 2, 3, 4, 5, 6, 7].find((n) => ((value >> n) & 1) === (kind === 'stuckAt0' ? 1 : 0)) ?? 0;
      board.setFaults({ flashBits: [{ offset, bit, kind }] });
      await expect(write(host, [file])).rejects.toThrow('MD5 of file does not match');
      if (kind === 'flip') {
        await write(host, [file]);
        expect(written(board)).toBe(true);
      }
    },
  );

  test('an erase that fails is told', async () => {
    const board = makeBoard();
    const host = await connect(board);
    board.setFaults({ eraseFailsAt: file.address + 4096 });
    await expect(write(host, [file])).rejects.toThrow('196');
    await expect(host.loader.eraseFlash()).rejects.toThrow('196');
  });

  test.each(['BufferOverrunError', 'FramingError', 'BreakError', 'ParityError'] as const)(
    '%s on the way does not end the write',
    async (name) => {
      const board = makeBoard();
      const host = await connect(board);
      // Behind a whole reply, so that only the stream is lost and no byte.
      board.setFaults({ streamErrors: [{ name, afterBytes: 11 }] });
      await write(host, [file]);
      expect(written(board)).toBe(true);
    },
  );

  test.each(['toChip', 'fromChip'] as const)(
    'pulling the cable (%s) fires disconnect at once',
    async (direction) => {
      const board = makeBoard();
      const host = await connect(board);
      const gone = new Promise((resolve) => board.port.addEventListener('disconnect', resolve));
      board.setFaults({ unplug: { direction, afterBytes: direction === 'toChip' ? 20_000 : 30 } });
      const writing = write(host, [file]).catch((error: unknown) => error);
      await gone;
      expect(board.mode).toBe('off');
      expect(board.port.readable).toBeNull();
      expect(written(board)).toBe(false);
      const half = board.flash.read(0, board.flash.sizeBytes);
      board.plug();
      expect(same(board.flash.bytes, half)).toBe(true);
      void writing;
    },
  );
});
