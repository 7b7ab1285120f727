// An own sketch's files and program on a virtual board: what is written, what is named first, what stays.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { layoutNamed, type FlashLayout } from '../../src/contract/flash-layouts.ts';
import type { BoardWarning } from '../../src/flash/flash-request.ts';
import type { FlashReport, FlashState } from '../../src/flash/flash-state.ts';
import { readImage } from '../../src/littlefs/reader.ts';
import type { Entry } from '../../src/littlefs/types.ts';
import { buildImage, fullImage } from '../../src/littlefs/writer.ts';
import { EsptoolBootloader } from '../../src/platform/serial/esptool-bootloader.ts';
import { WebSerialLink } from '../../src/platform/serial/web-serial-link.ts';
import { InPlaceJobs } from '../../src/platform/workers/in-place-jobs.ts';
import type { DeviceId, ProjectId } from '../../src/project/entities.ts';
import { utf8, type Bytes } from '../../src/shared/bytes.ts';
import { asAppError } from '../../src/shared/errors.ts';
import type { Outcome } from '../../src/shared/outcome.ts';
import type { ExtraEntry, SketchChoice } from '../../src/sketch/presets.ts';
import type { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { flashSketch } from '../../src/workflows/flash-sketch.ts';
import { clockOf, firmware, simulatedBoard } from './flash-board-kit.ts';
import { newBench, type Bench } from './live-kit.ts';

const layout = layoutNamed('4m2m');
const flashBytes = 4 * 1_048_576;
const s4: SketchChoice = { kind: 'preset', preset: 's4' };
let bench: Bench;
let ids: { readonly projectId: ProjectId; readonly deviceId: DeviceId };
const boards: VirtualBoard[] = [];

beforeAll(async () => {
  bench = await newBench();
  const [device] = bench.project.devices;
  if (!device) throw new Error('no device');
  ids = { projectId: bench.project.id, deviceId: device.id };
});
afterEach(() => {
  for (const board of boards.splice(0)) board.stop();
});

function boardWith(entries: readonly Entry[] | null, at: FlashLayout = layout): VirtualBoard {
  const flash = new Uint8Array(flashBytes).fill(0xff);
  if (entries) flash.set(fullImage(buildImage(at, entries)), at.fsOffset);
  return boardOf(flash);
}

function boardOf(flash: Bytes): VirtualBoard {
  const board = simulatedBoard({ flash });
  boards.push(board);
  return board;
}

interface Written {
  readonly states: readonly FlashState[];
  readonly warnings: readonly BoardWarning[];
  readonly outcome: Outcome<FlashReport>;
}

interface Wish {
  readonly choice?: SketchChoice;
  readonly program?: Uint8Array | null;
  readonly onState?: (state: FlashState) => void;
  readonly approve?: () => Promise<boolean>;
}

async function write(
  board: VirtualBoard,
  { choice = s4, program = null, onState, approve }: Wish = {},
): Promise<Written> {
  const states: FlashState[] = [];
  const clock = clockOf(board);
  const env = {
    ...bench.env,
    clock,
    bootloader: () => Promise.resolve(new EsptoolBootloader(clock)),
    jobs: () => Promise.resolve(new InPlaceJobs()),
  };
  const outcome = await flashSketch(
    env,
    {
      ...ids,
      link: new WebSerialLink(board.port),
      layout,
      choice,
      program,
      onState: (state) => {
        states.push(state);
        onState?.(state);
      },
      ...(approve ? { approve } : {}),
    },
    { signal: new AbortController().signal, timeoutMs: 120_000 },
  );
  const ready = states.find((state) => state.kind === 'ready');
  return { states, outcome, warnings: ready?.plan.findings?.warnings ?? [] };
}

function filesOn(board: VirtualBoard): Map<string, Bytes> {
  const bytes = board.flash.bytes.subarray(layout.fsOffset, layout.fsOffset + layout.fsSizeBytes);
  const { entries } = readImage(bytes, layout);
  return new Map(entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.path, entry.read()]] : [])));
}

const codeOf = async (act: () => Promise<unknown>): Promise<string> => {
  try {
    await act();
  } catch (thrown) {
    return asAppError(thrown).code;
  }
  return 'nothing thrown';
};

describe('an own sketch on a board', () => {
  it('gets certificate and key that belong together, and the device is recorded as written', async () => {
    const board = boardWith(null);
    const { outcome, warnings } = await write(board);
    expect(outcome.kind).toBe('done');
    expect(warnings).toEqual([]);
    const files = filesOn(board);
    const certificate = new X509Certificate(files.get('/client.crt.der') ?? '');
    const key = Buffer.from(files.get('/client.key.der') ?? '');
    expect(certificate.checkPrivateKey(createPrivateKey({ key, format: 'der', type: 'sec1' }))).toBe(true);
    const { value: project } = await bench.env.store.load(ids.projectId);
    expect(project.devices[0]).toMatchObject({
      credentialState: 'written',
      layout: '4m2m',
      generation: null,
    });
  });

  it('replaces Signet files only after they were named, with those of other programs', async () => {
    const cfg = utf8('{"v":1,"project":"shed","id":"lamp-9"}');
    const board = boardWith([
      { path: '/a.cfg', content: cfg },
      { path: '/b.cfg', content: cfg },
      { path: '/sel', content: utf8('1 a - 0\n') },
      { path: '/log.txt', content: utf8('x') },
    ]);
    const before = board.flash.bytes.slice();
    const { warnings, outcome } = await write(board, { approve: () => Promise.resolve(false) });
    expect(warnings).toEqual([
      { kind: 'signet-replaced', project: 'shed', device: 'lamp-9' },
      { kind: 'files-replaced', paths: ['/log.txt'] },
    ]);
    expect(outcome.kind).toBe('cancelled');
    expect(Buffer.from(board.flash.bytes).equals(Buffer.from(before))).toBe(true);
    await write(board);
    expect([...filesOn(board).keys()]).toEqual(['/client.crt.der', '/client.key.der']);
  });

  it('names no file that stays as it is, and writes nothing the second time', async () => {
    const board = boardWith(null);
    await write(board);
    const again = await write(board);
    expect(again.warnings).toEqual([]);
    expect(again.outcome).toMatchObject({ kind: 'done', value: { writtenBytes: 0 } });
    const log: ExtraEntry[] = [{ path: '/log.txt', content: utf8('x') }];
    await write(board, { choice: { ...s4, extras: log } });
    const less = await write(board);
    expect(less.warnings).toEqual([{ kind: 'files-replaced', paths: ['/log.txt'] }]);
  });

  it.each<[string, (flash: Bytes) => void, BoardWarning]>([
    [
      'a SPIFFS file system',
      (flash) => {
        for (const block of [0, 1, 2]) flash.set([0x29, 0x04, 1, 0], layout.fsOffset + block * 8192 + 252);
      },
      { kind: 'spiffs-replaced' },
    ],
    [
      'a file system where another layout has it',
      (flash) => {
        const other = layoutNamed('4m1m');
        flash.set(fullImage(buildImage(other, [{ path: '/x', content: utf8('x') }])), other.fsOffset);
      },
      { kind: 'other-layout', layout: '4m1m' },
    ],
    [
      'a damaged file system',
      (flash) => {
        const image = fullImage(buildImage(layout, [{ path: '/x', content: utf8('x') }]));
        // The newer version of the disk format, which no core mounts, in both halves' superblocks.
        flash.set(image, layout.fsOffset);
        flash.fill(0, layout.fsOffset + 40, layout.fsOffset + 60);
      },
      { kind: 'unreadable', code: 'littlefs.damaged' },
    ],
  ])('says that it replaces %s', async (_, prepare, warning) => {
    const flash = new Uint8Array(flashBytes).fill(0xff);
    prepare(flash);
    const { warnings } = await write(boardOf(flash));
    expect(warnings).toEqual([warning]);
  });

  it('with a program alone leaves the files on the board', async () => {
    const board = boardWith([{ path: '/keep.txt', content: utf8('mine') }]);
    const program = ownProgram(60_000);
    const { outcome } = await write(board, { choice: { kind: 'preset', preset: 's3' }, program });
    expect(outcome.kind).toBe('done');
    expect([...filesOn(board).keys()]).toEqual(['/keep.txt']);
    expect(Buffer.from(board.flash.bytes.subarray(0, 60_000)).equals(Buffer.from(program))).toBe(true);
  });

  it('unplugged while writing says "not finished", and another run completes it', async () => {
    const board = boardWith([{ path: '/old.txt', content: utf8('x') }]);
    const program = ownProgram(200_000);
    let isOut = false;
    const states: FlashState[] = [];
    const code = await codeOf(() =>
      write(board, {
        program,
        onState: (state) => {
          states.push(state);
          if (state.kind !== 'writing' || isOut || state.progress.doneBytes < 65_536) return;
          isOut = true;
          board.unplug();
        },
      }),
    );
    expect(code).toBe('serial.gone');
    expect(states.at(-1)?.kind).toBe('not-finished');
    board.plug();
    const { outcome } = await write(board, { program });
    expect(outcome.kind).toBe('done');
    expect([...filesOn(board).keys()]).toEqual(['/client.crt.der', '/client.key.der']);
    expect(Buffer.from(board.flash.bytes.subarray(0, 200_000)).equals(Buffer.from(program))).toBe(true);
  });

  it('is refused before a board is reached when there is nothing to write, or the program is none', async () => {
    const board = boardWith(null);
    const s3: SketchChoice = { kind: 'preset', preset: 's3' };
    expect(await codeOf(() => write(board, { choice: s3 }))).toBe('sketch.nothing-to-write');
    expect(await codeOf(() => write(board, { program: utf8('JFIF') }))).toBe('firmware.not-esp8266');
    const tooLong = ownProgram(1_100_000);
    expect(await codeOf(() => write(board, { program: tooLong }))).toBe('flash.firmware-too-large');
    expect(board.flash.bytes.every((byte) => byte === 0xff)).toBe(true);
  });
});

/** A chip's image whose checksum holds. */
function ownProgram(sizeBytes: number): Uint8Array {
  const bytes = firmware(sizeBytes).bytes.slice();
  const endOfSegment = 16 + (sizeBytes - 32);
  bytes[Math.ceil((endOfSegment + 1) / 16) * 16 - 1] = bytes
    .subarray(16, endOfSegment)
    .reduce((sum, byte) => sum ^ byte, 0xef);
  return bytes;
}
