/**
 * Flashing the virtual board in modelled time: its wire and flash work, plus the waits of whoever flashes it. Twice: as
 * the page does it, and by esptool-js's own writeFlash. No hardware is touched.
 */
import { ESPLoader, Transport } from 'esptool-js';
import { layoutNamed } from '../../../src/contract/flash-layouts.ts';
import type { FileSystemImage, FlashRequest } from '../../../src/flash/flash-request.ts';
import { runFlash } from '../../../src/flash/run-flash.ts';
import { EsptoolBootloader } from '../../../src/platform/serial/esptool-bootloader.ts';
import { WebSerialLink } from '../../../src/platform/serial/web-serial-link.ts';
import { InPlaceJobs } from '../../../src/platform/workers/in-place-jobs.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { md5Hex } from '../../../src/shared/md5.ts';
import { VirtualBoard } from '../../../src/virtual-board/virtual-board.ts';
import { countWaits } from './waits.ts';

export interface Modelled {
  readonly seconds: number;
  readonly wireBytes: number;
  readonly sectorsErased: number;
}

const layout = layoutNamed('4m2m');
export const FIRMWARE_BYTES = 480 * 1024;
const SECTOR = 4096;
export const shippedFlasher = 'esptool-js 0.7.0 writeFlash';

function noise(sizeBytes: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: sizeBytes }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >>> 24;
  });
}

/** Deflates as well as a real program does: 480 KB to about 337,800 bytes, as that of the published figures. */
export function programLike(sizeBytes: number): Uint8Array {
  const bytes = noise(sizeBytes, 11);
  for (let at = 0; at < bytes.length; at += 256) bytes.fill(0x20, at + 173, at + 256);
  return bytes;
}

function firmwareBytes(): Uint8Array {
  const bytes = programLike(FIRMWARE_BYTES);
  bytes.set([0xe9, 1, 2, 0x40]);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 0x4010_0000, true);
  view.setUint32(8, 0x4010_0000, true);
  view.setUint32(12, FIRMWARE_BYTES - 32, true);
  return bytes;
}

const filesAt = (sectors: readonly number[], seed: number): FileSystemImage => ({
  blockSizeBytes: layout.blockSizeBytes,
  blockCount: layout.blockCount,
  runs: sectors.map((sector) => ({ offset: sector * SECTOR, bytes: noise(SECTOR, seed + sector) })),
});

/** 40 KB used. */
const fullFiles = filesAt([0, 2, 4, 5, 6, 7, 8, 9, 10, 12], 100);
const settingsFiles = filesAt([0, 2, 8, 20, 40], 200);
const firmware = { bytes: firmwareBytes(), isVirtual: false, layoutName: null };
export const fullRequest: FlashRequest = { layout, firmware, fileSystem: fullFiles };
export const settingsRequest: FlashRequest = { layout, firmware: null, fileSystem: settingsFiles };

/** The whole image that a tool without a plan writes. */
function wholeImage({ runs }: FileSystemImage): Uint8Array {
  const image = new Uint8Array(layout.fsSizeBytes).fill(0xff);
  for (const { offset, bytes } of runs) image.set(bytes, offset);
  return image;
}

export async function measured(board: VirtualBoard, work: () => Promise<unknown>): Promise<Modelled> {
  board.resetModelled();
  const waitedS = await countWaits(work);
  const { seconds, bytesOnWire, sectorsErased } = board.modelled;
  return { seconds: seconds + waitedS, wireBytes: bytesOnWire.toChip + bytesOnWire.fromChip, sectorsErased };
}

export async function flash(board: VirtualBoard, request: FlashRequest, baudRate: number): Promise<void> {
  const outcome = await runFlash(
    {
      bootloader: new EsptoolBootloader(),
      link: new WebSerialLink(board.port),
      jobs: new InPlaceJobs(),
      clock: systemClock,
      request,
      baudRate,
      patienceMs: 0,
      onState: () => undefined,
    },
    { signal: new AbortController().signal, timeoutMs: 120_000 },
  );
  if (outcome.kind !== 'done' || outcome.value.slowedDown) throw new Error('the bench board did not flash');
}

class QuietTransport extends Transport {
  override trace(): void {
    // The library logs the end of its read loop to the console.
  }
}

export async function flashAsShipped(
  board: VirtualBoard,
  request: FlashRequest,
  baudrate: number,
): Promise<void> {
  const terminal = { clean: () => undefined, write: () => undefined, writeLine: () => undefined };
  const transport = new QuietTransport(board.port);
  const loader = new ESPLoader({ transport, baudrate, romBaudrate: 115_200, terminal });
  await loader.main();
  const { firmware: program, fileSystem } = request;
  await loader.writeFlash({
    fileArray: [
      ...(program ? [{ data: program.bytes, address: 0 }] : []),
      ...(fileSystem ? [{ data: wholeImage(fileSystem), address: layout.fsOffset }] : []),
    ],
    flashMode: 'keep',
    flashFreq: 'keep',
    flashSize: 'keep',
    eraseAll: false,
    compress: true,
    calculateMD5Hash: md5Hex,
  });
  await loader.after('hard_reset');
  await transport.disconnect();
}

export async function onBoard<T>(use: (board: VirtualBoard) => Promise<T>): Promise<T> {
  const board = new VirtualBoard({ seed: 5 });
  try {
    return await use(board);
  } finally {
    board.stop();
  }
}
