/**
 * Modelled seconds of flashing the virtual board: its wire and flash work, plus the waits of whoever flashes it. The
 * yardstick is esptool-js's own writeFlash, as shipped, on the same board. No hardware is touched.
 */
import { ESPLoader, Transport } from 'esptool-js';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import type { FileSystemImage, FlashRequest } from '../../src/flash/flash-request.ts';
import { runFlash } from '../../src/flash/run-flash.ts';
import { EsptoolBootloader } from '../../src/platform/serial/esptool-bootloader.ts';
import { WebSerialLink } from '../../src/platform/serial/web-serial-link.ts';
import { InPlaceJobs } from '../../src/platform/workers/in-place-jobs.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { md5Hex } from '../../src/shared/md5.ts';
import { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { countWaits } from './waits.ts';

export interface Bench {
  readonly name: string;
  readonly unit: string;
  run(): Promise<{ value: number; yardstick: { name: string; value: number } | null }>;
}

interface Modelled {
  readonly seconds: number;
  readonly wireBytes: number;
  readonly sectorsErased: number;
}

const layout = layoutNamed('4m2m');
const FIRMWARE_BYTES = 480 * 1024;
const SECTOR = 4096;
const YARDSTICK = 'esptool-js 0.7.0 writeFlash';

function noise(sizeBytes: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: sizeBytes }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >>> 24;
  });
}

/** Deflates to about 337,800 bytes, as the real firmware of the published figures does. */
function firmwareBytes(): Uint8Array {
  const bytes = noise(FIRMWARE_BYTES, 11);
  for (let at = 0; at < bytes.length; at += 256) bytes.fill(0x20, at + 173, at + 256);
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
const fullRequest: FlashRequest = { layout, firmware, fileSystem: fullFiles };
const settingsRequest: FlashRequest = { layout, firmware: null, fileSystem: settingsFiles };

/** The whole image that a tool without a plan writes. */
function wholeImage({ runs }: FileSystemImage): Uint8Array {
  const image = new Uint8Array(layout.fsSizeBytes).fill(0xff);
  for (const { offset, bytes } of runs) image.set(bytes, offset);
  return image;
}

async function measured(board: VirtualBoard, work: () => Promise<unknown>): Promise<Modelled> {
  board.resetModelled();
  const waitedS = await countWaits(work);
  const { seconds, bytesOnWire, sectorsErased } = board.modelled;
  return { seconds: seconds + waitedS, wireBytes: bytesOnWire.toChip + bytesOnWire.fromChip, sectorsErased };
}

async function flash(board: VirtualBoard, request: FlashRequest, baudRate: number): Promise<void> {
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

async function flashAsShipped(board: VirtualBoard, request: FlashRequest, baudrate: number): Promise<void> {
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

async function onBoard<T>(use: (board: VirtualBoard) => Promise<T>): Promise<T> {
  const board = new VirtualBoard({ seed: 5 });
  try {
    return await use(board);
  } finally {
    board.stop();
  }
}

const results = new Map<string, Promise<Modelled>>();
/** A run that several figures come from is made once. */
function once(key: string, make: () => Promise<Modelled>): Promise<Modelled> {
  const made = results.get(key) ?? make();
  results.set(key, made);
  return made;
}

const ours = (baudRate: number): Promise<Modelled> =>
  once(`ours.${baudRate}`, () =>
    onBoard((board) => measured(board, () => flash(board, fullRequest, baudRate))),
  );

const shipped = (baudRate: number): Promise<Modelled> =>
  once(`shipped.${baudRate}`, () =>
    onBoard((board) => measured(board, () => flashAsShipped(board, fullRequest, baudRate))),
  );

const full = (baudRate: number): Bench => ({
  name: `flash.full.${baudRate}`,
  unit: 'modelled s',
  run: async () => ({
    value: (await ours(baudRate)).seconds,
    yardstick: { name: YARDSTICK, value: (await shipped(baudRate)).seconds },
  }),
});

const detail = (suffix: string, unit: string, of: (modelled: Modelled) => number): Bench => ({
  name: `flash.full.460800.${suffix}`,
  unit,
  run: async () => ({
    value: of(await ours(460_800)),
    yardstick: { name: YARDSTICK, value: of(await shipped(460_800)) },
  }),
});

const settings: Bench = {
  name: 'flash.settings.460800',
  unit: 'modelled s',
  run: async () => ({
    value: (await onBoard((board) => measured(board, () => flash(board, settingsRequest, 460_800)))).seconds,
    yardstick: {
      name: `${YARDSTICK}, whole file system`,
      value: (
        await onBoard((board) => measured(board, () => flashAsShipped(board, settingsRequest, 460_800)))
      ).seconds,
    },
  }),
};

const unchanged: Bench = {
  name: 'flash.unchanged.460800',
  unit: 'modelled s',
  run: () =>
    onBoard(async (board) => {
      await flash(board, fullRequest, 460_800);
      const { seconds } = await measured(board, () => flash(board, fullRequest, 460_800));
      return { value: seconds, yardstick: null };
    }),
};

export const benches: readonly Bench[] = [
  full(115_200),
  full(460_800),
  full(921_600),
  detail('wire', 'bytes', ({ wireBytes }) => wireBytes),
  detail('sectors', 'count', ({ sectorsErased }) => sectorsErased),
  settings,
  unchanged,
];
