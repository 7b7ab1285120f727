// The modelled time, judged by what published measurements and an independent emulator gave for the same job.
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { connect, firmwareLike, write } from './virtual-board-host.ts';

let board: VirtualBoard;
beforeAll(() => void vi.spyOn(console, 'log').mockImplementation(() => undefined));
afterEach(() => board.stop());

/** 480 KB that deflate to about 338 KB, as the firmware of the yardsticks does. */
function yardstickFirmware(): Uint8Array {
  const noise = firmwareLike(480 * 1024);
  return noise.map((byte, i) => (i % 64 < 22 ? i % 7 : byte));
}

// The measured run includes about 0.5 s in which esptool-js sleeps while it connects; the model does not.
const MEASURED_SECONDS = 21.4;

test('a whole flash at 460800 baud is modelled within 5 % of what was measured', async () => {
  board = new VirtualBoard();
  const host = await connect(board, 460_800);
  const fileSystem = new Uint8Array(0x1fa000).fill(0xff);
  fileSystem.set(firmwareLike(40_000, 3));
  await write(host, [
    { data: yardstickFirmware(), address: 0 },
    { data: fileSystem, address: 0x200000 },
  ]);
  const { seconds, sectorsErased, pagesProgrammed } = board.modelled;
  expect(seconds).toBeGreaterThan(MEASURED_SECONDS * 0.95);
  expect(seconds).toBeLessThan(MEASURED_SECONDS * 1.05);
  expect(sectorsErased).toBe((480 * 1024 + 0x1fa000) / 4096);
  expect(pagesProgrammed).toBe((480 * 1024 + 0x1fa000) / 256);
});

test('the wire and the flash work overlap, and counting can begin anew', async () => {
  board = new VirtualBoard({ flashSizeBytes: 1 << 20 });
  const host = await connect(board);
  board.resetModelled();
  expect(board.modelled).toEqual({
    seconds: 0,
    bytesOnWire: { toChip: 0, fromChip: 0 },
    sectorsErased: 0,
    pagesProgrammed: 0,
  });
  await write(host, [{ data: firmwareLike(160_000), address: 0 }], { verify: false });
  const { seconds, bytesOnWire, sectorsErased, pagesProgrammed } = board.modelled;
  const wireSeconds = ((bytesOnWire.toChip + bytesOnWire.fromChip) * 10) / 115_200;
  const flashSeconds = 2 * 0.2 + (sectorsErased - 32) * 0.045 + pagesProgrammed * 0.0007;
  expect(seconds).toBeGreaterThan(wireSeconds);
  expect(seconds).toBeLessThan(wireSeconds + flashSeconds / 2);
});
