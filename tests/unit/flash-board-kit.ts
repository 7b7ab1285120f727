/** What the flash tests share: a virtual board behind the real esptool-js, a small program, a few files. */
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import { inspectFirmware } from '../../src/flash/firmware-image.ts';
import type { FileSystemImage, Firmware, FlashRequest } from '../../src/flash/flash-request.ts';
import { flashWords, type FlashReport, type FlashState } from '../../src/flash/flash-state.ts';
import { runFlash, type FlashJob } from '../../src/flash/run-flash.ts';
import { EsptoolBootloader } from '../../src/platform/serial/esptool-bootloader.ts';
import { WebSerialLink } from '../../src/platform/serial/web-serial-link.ts';
import { InPlaceJobs } from '../../src/platform/workers/in-place-jobs.ts';
import { AppError } from '../../src/shared/errors.ts';
import type { Outcome } from '../../src/shared/outcome.ts';
import { VirtualBoard, type VirtualBoardOptions } from '../../src/virtual-board/virtual-board.ts';
import { SimulatedClock } from './simulated-clock.ts';

export const layout = layoutNamed('4m2m');

/** Bytes that deflate about as badly as machine code: `seed` makes them differ. */
export function codeLike(sizeBytes: number, seed: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length: sizeBytes }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return i % 3 === 0 ? i & 0x3f : state >>> 24;
  });
}

/** A chip's image: one segment with the bytes of `codeLike`. */
export function firmware(sizeBytes: number, seed = 7): Firmware {
  const bytes = codeLike(sizeBytes, seed);
  const view = new DataView(bytes.buffer);
  bytes.set([0xe9, 1, 2, 0x40]);
  view.setUint32(4, 0x4010_0000, true);
  view.setUint32(8, 0x4010_0000, true);
  view.setUint32(12, sizeBytes - 32, true);
  return inspectFirmware(bytes);
}

/** Seven sectors at the places a small LittleFS image uses. */
export function files(seed = 3): FileSystemImage {
  const sectors = [0, 2, 4, 5, 6, 7, 8];
  return {
    blockSizeBytes: layout.blockSizeBytes,
    blockCount: layout.blockCount,
    runs: sectors.map((sector) => ({ offset: sector * 4096, bytes: codeLike(4096, seed + sector) })),
  };
}

const clocks = new WeakMap<VirtualBoard, SimulatedClock>();

/** A board in simulated time, which the jobs on it share. */
export function simulatedBoard(options: VirtualBoardOptions = {}): VirtualBoard {
  const clock = new SimulatedClock();
  const board = new VirtualBoard({ ...options, clock });
  clocks.set(board, clock);
  return board;
}

export function clockOf(board: VirtualBoard): SimulatedClock {
  const clock = clocks.get(board);
  if (!clock) throw new Error('not a board in simulated time');
  return clock;
}

export interface FlashRun {
  readonly states: FlashState[];
  /** The words people saw, without repetitions. */
  readonly words: () => string[];
  readonly result: Promise<Outcome<FlashReport>>;
  readonly cancel: () => void;
}

export interface RunSettings {
  readonly baudRate?: number;
  readonly patienceMs?: number;
  readonly onState?: (state: FlashState, cancel: () => void) => void;
  readonly approve?: NonNullable<FlashJob['approve']>;
  readonly completeRequest?: NonNullable<FlashJob['completeRequest']>;
}

/** Starts a job on the board's port, as the page would. */
export function startFlash(board: VirtualBoard, request: FlashRequest, settings: RunSettings = {}): FlashRun {
  const stop = new AbortController();
  const states: FlashState[] = [];
  const cancel = (): void => stop.abort();
  const result = runFlash(
    {
      bootloader: new EsptoolBootloader(clockOf(board)),
      link: new WebSerialLink(board.port),
      jobs: new InPlaceJobs(),
      clock: clockOf(board),
      request,
      baudRate: settings.baudRate ?? 460_800,
      patienceMs: settings.patienceMs ?? 0,
      onState: (state) => {
        states.push(state);
        settings.onState?.(state, cancel);
      },
      ...(settings.approve ? { approve: settings.approve } : {}),
      ...(settings.completeRequest ? { completeRequest: settings.completeRequest } : {}),
    },
    { signal: stop.signal, timeoutMs: 60_000 },
  );
  result.catch(() => undefined);
  return { states, words: () => distinct(states.map(flashWords)), result, cancel };
}

/** The report of a job that must succeed. */
export async function flashed(
  board: VirtualBoard,
  request: FlashRequest,
  settings?: RunSettings,
): Promise<FlashReport> {
  const outcome = await startFlash(board, request, settings).result;
  if (outcome.kind !== 'done') throw new Error('the job was cancelled');
  return outcome.value;
}

/** The error of a job that must fail. */
export async function failureOf(run: FlashRun): Promise<AppError> {
  try {
    await run.result;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
  throw new Error('the job did not fail');
}

/** True when the flash holds exactly what was asked for. */
export function holds(board: VirtualBoard, { firmware: program, fileSystem }: FlashRequest): boolean {
  const parts = [
    ...(program ? [{ offset: 0, bytes: program.bytes }] : []),
    ...(fileSystem?.runs ?? []).map(({ offset, bytes }) => ({ offset: layout.fsOffset + offset, bytes })),
  ];
  return parts.every(({ offset, bytes }) => bytes.every((byte, i) => board.flash.bytes[offset + i] === byte));
}

const distinct = (words: readonly string[]): string[] => words.filter((word, i) => word !== words[i - 1]);
