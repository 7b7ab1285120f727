/** What stands on a board is told, read, put back and erased, through the real esptool-js. */
import { afterEach, describe, expect, it } from 'vitest';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import { buildImage, fullImage } from '../../src/littlefs/writer.ts';
import { EsptoolBootloader } from '../../src/platform/serial/esptool-bootloader.ts';
import { WebSerialLink } from '../../src/platform/serial/web-serial-link.ts';
import { InPlaceJobs } from '../../src/platform/workers/in-place-jobs.ts';
import type { FlashSession } from '../../src/ports/bootloader.ts';
import { utf8 } from '../../src/shared/bytes.ts';
import { asAppError, type AppError } from '../../src/shared/errors.ts';
import type { Outcome, RunOptions } from '../../src/shared/outcome.ts';
import type { VirtualBoard, VirtualBoardOptions } from '../../src/virtual-board/virtual-board.ts';
import {
  downloadFlash,
  eraseFlash,
  prepareRestore,
  wholeFlash,
  withBoard,
  type RestoreWork,
} from '../../src/workflows/board-backup.ts';
import { probeBoard, readFiles } from '../../src/workflows/board-contents.ts';
import { compareFiles } from '../../src/workflows/verify-files.ts';
import { clockOf, codeLike, firmware, simulatedBoard } from './flash-board-kit.ts';

const MEGABYTE = 1024 * 1024;
const layout = layoutNamed('1m256');
const boards: VirtualBoard[] = [];
afterEach(() => {
  for (const board of boards.splice(0)) board.stop();
});

const runOptions = (more: Partial<RunOptions> = {}): RunOptions => ({
  signal: new AbortController().signal,
  timeoutMs: 60_000,
  ...more,
});

function boardOf(flash: Uint8Array, options: VirtualBoardOptions = {}): VirtualBoard {
  const board = simulatedBoard({ flash, ...options });
  boards.push(board);
  return board;
}

/** A flash of 1 MB with a program and a file system of that layout. */
function usedFlash(at = layout, sizeBytes = MEGABYTE): Uint8Array {
  const flash = codeLike(sizeBytes, 3);
  flash.set(firmware(20_000).bytes);
  const files = [
    { path: '/note', content: utf8('hello') },
    { path: '/data/log', content: codeLike(20_000, 8) },
  ];
  flash.set(fullImage(buildImage(at, files)), at.fsOffset);
  return flash;
}

async function on<T>(
  board: VirtualBoard,
  use: (session: FlashSession) => Promise<Outcome<T>>,
  options = runOptions(),
): Promise<Outcome<T>> {
  const bootloader = new EsptoolBootloader(clockOf(board));
  const place = { bootloader, link: new WebSerialLink(board.port), baudRate: 460_800 };
  return withBoard(place, use, options);
}

async function valueOf<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const ended = await outcome;
  if (ended.kind !== 'done') throw new Error('cancelled');
  return ended.value;
}

const refusal = async (work: Promise<unknown>): Promise<AppError> => {
  try {
    await work;
  } catch (thrown) {
    return asAppError(thrown);
  }
  throw new Error('nothing was refused');
};

const workOn = (board: VirtualBoard): RestoreWork => ({
  board: {
    chip: {
      chipName: 'ESP8266EX',
      isEsp8266: true,
      macAddress: '',
      flashSizeBytes: MEGABYTE,
      flashId: 0,
      crystalMhz: 26,
      features: [],
    },
    baudRate: 460_800,
    slowedDown: null,
  },
  jobs: new InPlaceJobs(),
  clock: clockOf(board),
  signal: new AbortController().signal,
  emit: () => undefined,
  onTouched: () => undefined,
});

describe('what stands on a board', () => {
  it.each(['1m64', '1m256', '1m512', '512k64'])('is told for the layout %s, with its files', async (name) => {
    const at = layoutNamed(name);
    const board = boardOf(usedFlash(at));
    const contents = await valueOf(on(board, (session) => probeBoard(session, runOptions())));
    expect(contents.fileSystem).toMatchObject({
      kind: 'littlefs',
      layout: { name },
      files: [
        { path: '/note', sizeBytes: 5 },
        { path: '/data/log', sizeBytes: 20_000 },
      ],
    });
    expect(contents.program).toEqual({ kind: 'program', flashMode: 'dio', segments: 1 });
  });

  it('is nothing on a blank chip and on one full of noise', async () => {
    for (const flash of [new Uint8Array(MEGABYTE).fill(0xff), codeLike(MEGABYTE, 5).fill(0, 0, 1)]) {
      const contents = await valueOf(on(boardOf(flash), (session) => probeBoard(session, runOptions())));
      expect(contents).toMatchObject({ fileSystem: { kind: 'none' }, program: { kind: 'none' } });
    }
  });

  it('is named when it is SPIFFS', async () => {
    const flash = new Uint8Array(MEGABYTE).fill(0xff);
    for (let block = 0; block < layout.blockCount; block += 1) {
      const at = layout.fsOffset + block * layout.blockSizeBytes;
      new DataView(flash.buffer).setUint16(at + 252, 0x0529 ^ 256, true);
    }
    const contents = await valueOf(on(boardOf(flash), (session) => probeBoard(session, runOptions())));
    expect(contents.fileSystem.kind).toBe('spiffs');
  });

  it('is told to be damaged when it cannot be read', async () => {
    const flash = usedFlash();
    flash.set(codeLike(3000, 1), layout.fsOffset + 60);
    const contents = await valueOf(on(boardOf(flash), (session) => probeBoard(session, runOptions())));
    expect(contents.fileSystem).toMatchObject({ kind: 'damaged', error: { code: 'littlefs.damaged' } });
  });

  it('is read file by file, and compared with what was meant', async () => {
    const board = boardOf(usedFlash());
    const expected = new Map([
      ['/note', utf8('hello')],
      ['/data/log', utf8('something else')],
      ['/gone', utf8('')],
    ]);
    const one = await valueOf(
      on(board, (session) => readFiles(session, { layout, paths: ['/note'] }, runOptions())),
    );
    expect([...one]).toEqual([['/note', utf8('hello')]]);
    const all = await valueOf(on(board, (session) => readFiles(session, { layout }, runOptions())));
    expect(compareFiles(all, expected)).toEqual([
      { path: '/note', result: 'same' },
      { path: '/data/log', result: 'differs' },
      { path: '/gone', result: 'missing' },
    ]);
  });
});

describe('a backup', () => {
  it('is the whole flash, byte for byte, and is put back on another board', async () => {
    const original = usedFlash();
    const steps: number[] = [];
    const options = runOptions({ onProgress: ({ done }) => steps.push(done) });
    const backup = await valueOf(
      on(boardOf(original), (session) => downloadFlash(session, wholeFlash(session), options)),
    );
    expect(Buffer.compare(backup, original)).toBe(0);
    expect(steps.at(-1)).toBe(MEGABYTE);
    const changed = original.slice();
    changed.fill(0, 100_000, 150_000);
    const board = boardOf(changed);
    await valueOf(
      on(board, async (session) => {
        const range = wholeFlash(session);
        const { plan, run } = await valueOf(prepareRestore(session, { range, backup }, workOn(board)));
        expect(plan.writeBytes).toBeLessThan(MEGABYTE / 4);
        return run();
      }),
    );
    expect(Buffer.compare(board.flash.bytes, original)).toBe(0);
  });

  it('of another size is refused before anything is erased', async () => {
    const board = boardOf(usedFlash());
    const before = board.flash.bytes.slice();
    const error = await refusal(
      on(board, (session) =>
        prepareRestore(
          session,
          { range: wholeFlash(session), backup: new Uint8Array(4 * MEGABYTE) },
          workOn(board),
        ),
      ),
    );
    expect(error).toMatchObject({ code: 'flash.backup-size', details: { neededBytes: MEGABYTE } });
    expect(Buffer.compare(board.flash.bytes, before)).toBe(0);
  });

  it('is cancelled at any step, and the board starts again', async () => {
    const stop = new AbortController();
    const options = runOptions({ signal: stop.signal, onProgress: () => stop.abort() });
    const board = boardOf(usedFlash());
    const outcome = await on(board, (session) => downloadFlash(session, wholeFlash(session), options));
    expect(outcome).toEqual({ kind: 'cancelled' });
  });
});

describe('erasing', () => {
  const confirmed = 'all-data-will-be-lost' as const;

  it('empties a region and nothing else', async () => {
    const board = boardOf(usedFlash());
    const before = board.flash.bytes.slice();
    const range = { offset: layout.fsOffset, sizeBytes: layout.fsSizeBytes };
    await valueOf(on(board, (session) => eraseFlash(session, { range, confirmed }, runOptions())));
    const wanted = before.fill(0xff, range.offset, range.offset + range.sizeBytes);
    expect(Buffer.compare(board.flash.bytes, wanted)).toBe(0);
  });

  it('empties the chip', async () => {
    const board = boardOf(usedFlash());
    await valueOf(
      on(board, (session) => eraseFlash(session, { range: wholeFlash(session), confirmed }, runOptions())),
    );
    expect(board.flash.bytes.every((byte) => byte === 0xff)).toBe(true);
  });

  it('refuses what is not made of whole sectors within the flash', async () => {
    for (const range of [
      { offset: 100, sizeBytes: 4096 },
      { offset: 0, sizeBytes: 100 },
      { offset: 0, sizeBytes: 2 * MEGABYTE },
      { offset: 0, sizeBytes: 0 },
    ]) {
      const board = boardOf(usedFlash());
      const error = await refusal(
        on(board, (session) => eraseFlash(session, { range, confirmed }, runOptions())),
      );
      expect(error.code).toBe('flash.outside-flash');
    }
  });
});
