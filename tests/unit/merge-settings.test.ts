/** New settings over what a board holds: what is the device's survives, whatever slot runs, and an interruption harms nothing. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeSelection, encodeStamp } from '../../src/contract/slot-choice.ts';
import { encodeCommandKeys, slotFiles, type SlotName } from '../../src/contract/slot-files.ts';
import type { FlashPlan } from '../../src/flash/flash-plan.ts';
import type { BoardFindings, FlashRequest } from '../../src/flash/flash-request.ts';
import type { FlashReport } from '../../src/flash/flash-state.ts';
import { readImage } from '../../src/littlefs/reader.ts';
import type { Entry } from '../../src/littlefs/types.ts';
import { buildImage, fullImage } from '../../src/littlefs/writer.ts';
import { layoutNamed, type FlashLayout } from '../../src/contract/flash-layouts.ts';
import type { Device, Project } from '../../src/project/entities.ts';
import { fromUtf8, utf8, type Bytes } from '../../src/shared/bytes.ts';
import { done } from '../../src/shared/outcome.ts';
import type { VirtualBoard, VirtualBoardOptions } from '../../src/virtual-board/virtual-board.ts';
import { makeDeviceSlot, type DeviceSlot } from '../../src/workflows/device-image.ts';
import { mergeSettings } from '../../src/workflows/merge-settings.ts';
import {
  clockOf,
  codeLike,
  simulatedBoard,
  startFlash,
  type FlashRun,
  type RunSettings,
} from './flash-board-kit.ts';
import { newBench } from './live-kit.ts';

const LATE_S = 1_900_000_000;
const layout = layoutNamed('4m2m');
const blank = new Uint8Array(4 * 1024 * 1024).fill(0xff);
let project: Project;
let device: Device;
let made: DeviceSlot;
const boards: VirtualBoard[] = [];

beforeAll(async () => {
  const bench = await newBench();
  project = bench.project;
  const [first] = project.devices;
  if (!first) throw new Error('no device');
  device = first;
  made = await makeDeviceSlot(bench.env, project, device);
});
afterEach(() => {
  for (const board of boards.splice(0)) board.stop();
});

function boardWith(
  entries: readonly Entry[] | null,
  options: VirtualBoardOptions = {},
  at: FlashLayout = layout,
): VirtualBoard {
  const flash = blank.slice();
  if (entries) flash.set(fullImage(buildImage(at, entries)), at.fsOffset);
  const board = simulatedBoard({ flash, ...options });
  boards.push(board);
  return board;
}

function start(
  board: VirtualBoard,
  { nowMs = LATE_S * 1000, ...settings }: RunSettings & { readonly nowMs?: number } = {},
  known: Partial<Device> = {},
  at = layout,
): FlashRun {
  const request: FlashRequest = { layout: at, firmware: null, fileSystem: null };
  const owner = { project, device: { ...device, ...known }, made, nowMs };
  return startFlash(board, request, {
    ...settings,
    completeRequest: async (session, options) => {
      const merged = await mergeSettings(session, { layout: at, owner, programBytes: 0 }, options);
      return merged.kind === 'done' ? done({ ...request, ...merged.value }) : merged;
    },
  });
}

interface Written {
  readonly findings: BoardFindings;
  readonly plan: FlashPlan;
  readonly report: FlashReport;
}

async function write(
  board: VirtualBoard,
  known: Partial<Device> = {},
  at = layout,
  nowMs = LATE_S * 1000,
): Promise<Written> {
  let plan: FlashPlan | null = null;
  const approve: RunSettings['approve'] = (_, shown) => {
    plan = shown;
    return Promise.resolve(true);
  };
  const outcome = await start(board, { approve, nowMs }, known, at).result;
  const shown = plan as FlashPlan | null;
  if (outcome.kind !== 'done' || !shown?.findings) throw new Error('not written');
  return { findings: shown.findings, plan: shown, report: outcome.value };
}

function filesOn(board: VirtualBoard, at = layout): Map<string, Bytes> {
  const region = board.flash.bytes.subarray(at.fsOffset, at.fsOffset + at.fsSizeBytes);
  const found = new Map<string, Bytes>();
  for (const entry of readImage(region, at).entries)
    if (entry.kind === 'file') found.set(entry.path, entry.read());
  return found;
}

const textOn = (board: VirtualBoard, path: string): string | null => {
  const bytes = filesOn(board).get(path);
  return bytes ? fromUtf8(bytes) : null;
};

/** Files of a slot that this page did not write: another certificate, born on the chip. */
const foreignSlot = (name: SlotName, id = device.id): Promise<Entry[]> =>
  slotFiles(name, {
    cfg: utf8(JSON.stringify({ v: 1, project: project.id, id })),
    ca: made.slot.ca,
    crt: codeLike(400, 5) as Bytes,
    key: codeLike(121, 6) as Bytes,
    mac: encodeCommandKeys([{ name: 'app', key: made.appKey, allow: '*' }]),
  });
const ownSlot = (name: SlotName): Promise<Entry[]> => slotFiles(name, made.slot);
const pointer = (active: SlotName): Entry => ({
  path: '/sel',
  content: encodeSelection({ active, trial: null, bootsLeft: 0 }),
});
const clock = (seconds: number): Entry => ({ path: '/clk', content: encodeStamp(seconds) });
const slotOn = (board: VirtualBoard, name: SlotName): string[] =>
  [...filesOn(board)]
    .filter(([path]) => path.startsWith(`/${name}.`))
    .map(([path]) => path)
    .sort();
const holdsOurs = (board: VirtualBoard, name: SlotName): boolean =>
  Buffer.compare(
    filesOn(board).get(`/${name}.crt`) ?? new Uint8Array(0),
    device.credential.certificate.der,
  ) === 0;

describe('settings over a board that holds some', () => {
  it('keep pointer, clock floor and last command, and go to the slot that the pointer makes active', async () => {
    const sel = pointer('b');
    const cts: Entry = { path: '/cts', content: encodeStamp(1_790_000_123_456) };
    const board = boardWith([...(await ownSlot('b')), sel, clock(LATE_S), cts]);
    const slot = { ...made, slot: { ...made.slot, cfg: utf8('{"v":1}') } };
    const before = made;
    made = slot;
    const { findings } = await write(board);
    made = before;
    expect(findings).toMatchObject({ merge: 'kept', slot: 'b', warnings: [], isUnchanged: false });
    expect([...findings.kept].sort()).toEqual(['/clk', '/cts', '/sel']);
    expect(textOn(board, '/sel')).toBe('1 b - 0\n');
    expect(textOn(board, '/clk')).toBe(`${LATE_S}\n`);
    expect(textOn(board, '/cts')).toBe('1790000123456\n');
    expect(textOn(board, '/b.cfg')).toBe('{"v":1}');
    expect(slotOn(board, 'a')).toEqual([]);
  });

  it('never lower the clock floor, and raise one that lies before the certificate', async () => {
    const board = boardWith([...(await ownSlot('a')), pointer('a'), clock(1000)]);
    await write(board);
    expect(textOn(board, '/clk')).toBe(`${Math.floor(device.createdAtMs / 1000)}\n`);
  });

  it('heal a clock floor that a forged time server drove ahead, and say so', async () => {
    const board = boardWith([...(await ownSlot('a')), pointer('a'), clock(LATE_S + 300 * 86_400)]);
    const { findings } = await write(board);
    expect(textOn(board, '/clk')).toBe(`${LATE_S}\n`);
    expect(findings.warnings).toEqual([{ kind: 'clock-ahead', days: 300 }]);
    expect(findings.kept).not.toContain('/clk');
    expect((await write(board)).findings).toMatchObject({ warnings: [], isUnchanged: true });
  });

  it('leave a clock floor that is a few hours ahead of the page: two clocks may differ', async () => {
    const board = boardWith([...(await ownSlot('a')), pointer('a'), clock(LATE_S + 80_000)]);
    expect((await write(board)).findings.warnings).toEqual([]);
    expect(textOn(board, '/clk')).toBe(`${LATE_S + 80_000}\n`);
  });

  it('of a page whose own clock is behind the certificate go no further back than that', async () => {
    const board = boardWith([...(await ownSlot('a')), pointer('a'), clock(LATE_S)]);
    await write(board, {}, layout, 1_000_000);
    expect(textOn(board, '/clk')).toBe(`${Math.floor(device.createdAtMs / 1000)}\n`);
  });

  it('leave a newer slot alone: the new ones go beside it and become active', async () => {
    const newer = await foreignSlot('a');
    const board = boardWith([...newer, pointer('a'), clock(LATE_S)]);
    const { findings } = await write(board, { generation: '00000000' });
    expect(findings).toMatchObject({ slot: 'b', warnings: [{ kind: 'newer-slot', slot: 'a' }] });
    expect(textOn(board, '/sel')).toBe('1 b - 0\n');
    expect(holdsOurs(board, 'b')).toBe(true);
    const after = filesOn(board);
    for (const { path, ...entry } of newer)
      if ('content' in entry) expect(after.get(path)).toEqual(entry.content);
    // And stays there the next time.
    expect((await write(board)).findings).toMatchObject({ slot: 'b', isUnchanged: true });
  });

  it('replace a slot whose seal is broken, and one that this page recorded', async () => {
    const broken = (await foreignSlot('a')).filter(({ path }) => path !== '/a.ok');
    const board = boardWith([...broken, pointer('a')]);
    expect((await write(board)).findings).toMatchObject({ slot: 'a', warnings: [] });
    expect(holdsOurs(board, 'a')).toBe(true);
  });

  it("warn of another device's settings before anything is written, and replace them", async () => {
    const board = boardWith([...(await foreignSlot('a', 'shed-2')), pointer('a'), clock(LATE_S)]);
    const { findings } = await write(board);
    expect(findings.warnings).toEqual([{ kind: 'other-device', project: project.id, device: 'shed-2' }]);
    expect(findings.kept).toEqual([]);
    expect(textOn(board, '/clk')).toBe(`${Math.floor(device.createdAtMs / 1000)}\n`);
    expect(holdsOurs(board, 'a')).toBe(true);
    expect(slotOn(board, 'b')).toEqual([]);
  });

  it("keep other people's files where they are, without reading or writing them", async () => {
    const large = codeLike(60_000, 77);
    const mine: Entry[] = [
      { path: '/site/index.html', content: large },
      { path: '/note', content: utf8('keep me') },
      { kind: 'directory', path: '/empty' },
    ];
    const board = boardWith([...(await foreignSlot('a', 'shed-2')), ...mine]);
    board.resetModelled();
    const { findings, plan } = await write(board);
    expect(findings.kept).toEqual(expect.arrayContaining(['/site/index.html', '/note']));
    expect(filesOn(board).get('/site/index.html')).toEqual(large);
    expect(textOn(board, '/note')).toBe('keep me');
    expect(plan.writeBytes).toBeLessThan(60_000);
    expect(board.modelled.bytesOnWire.fromChip).toBeLessThan(30_000);
  });

  it('write nothing when the board holds exactly that already', async () => {
    const board = boardWith(null);
    expect((await write(board)).findings).toMatchObject({ merge: 'fresh', isUnchanged: false });
    board.resetModelled();
    const { findings, report } = await write(board);
    expect(findings.isUnchanged).toBe(true);
    expect(report.writtenBytes).toBe(0);
    expect(board.modelled.sectorsErased).toBe(0);
  });

  it('keep the key that was born on the chip: it is taken from the board, and from no other board', async () => {
    const before = made;
    const rotated = await ownSlot('b');
    made = { ...made, slot: { ...made.slot, key: new Uint8Array(0), cfg: utf8('{"v":1}') } };
    try {
      const board = boardWith([...(await foreignSlot('a')), ...rotated, pointer('b'), clock(LATE_S)]);
      const { findings } = await write(board);
      expect(findings).toMatchObject({ slot: 'b' });
      expect(textOn(board, '/b.cfg')).toBe('{"v":1}');
      expect(filesOn(board).get('/b.key')).toEqual(before.slot.key);
      for (const entries of [null, [...(await foreignSlot('a', 'shed-2')), pointer('a')]])
        await expect(write(boardWith(entries))).rejects.toMatchObject({ code: 'device.key-on-chip' });
    } finally {
      made = before;
    }
  });

  it('know the slot of a certificate that a newer one replaced for its own', async () => {
    const before = project;
    const old = await foreignSlot('a');
    const crt = codeLike(400, 5) as Bytes;
    const certificate = { ...device.credential.certificate, der: crt };
    const replaced = { owner: `device:${device.id}` as const, certificate, replacedAtMs: 1 };
    project = { ...project, replacedCertificates: [replaced] };
    const board = boardWith([...old, ...(await ownSlot('b')), pointer('b'), clock(LATE_S)]);
    const { findings } = await write(board);
    project = before;
    expect(findings).toMatchObject({ slot: 'b', warnings: [] });
    expect(slotOn(board, 'a')).toHaveLength(6);
  });

  it('write only the files that changed', async () => {
    const board = boardWith([...(await ownSlot('a')), pointer('a'), clock(LATE_S)]);
    const before = made;
    made = { ...made, slot: { ...made.slot, cfg: utf8('{"v":1,"baud":74880}') } };
    const { plan } = await write(board);
    made = before;
    expect(plan.sectors).toBeLessThanOrEqual(2);
  });
});

describe('a file system that cannot be read', () => {
  it('is told, and the newest known credentials are written', async () => {
    const board = boardWith([...(await ownSlot('a')), pointer('a')]);
    // Every half of the root directory but its first commit's name is noise: the magic stands, nothing holds.
    board.flash.bytes.set(codeLike(3000, 9), layout.fsOffset + 60);
    const { findings } = await write(board);
    expect(findings).toMatchObject({
      merge: 'unreadable',
      warnings: [{ kind: 'unreadable', code: 'littlefs.damaged' }],
    });
    expect(holdsOurs(board, 'a')).toBe(true);
  });

  it('is made anew where another program left noise', async () => {
    const board = boardWith(null, { flash: codeLike(4 * 1024 * 1024, 4) });
    expect((await write(board)).findings.merge).toBe('fresh');
    expect(slotOn(board, 'a')).toHaveLength(6);
  });
});

describe('a small file system', () => {
  const small = layoutNamed('512k32');

  it('is written in place, and files that do not fit are named before they go', async () => {
    const entries = [
      ...(await ownSlot('a')),
      pointer('a'),
      { path: '/note', content: utf8('keep me') },
      { path: '/big', content: codeLike(4000, 3) },
    ];
    const flash = blank.slice(0, 512 * 1024);
    flash.set(fullImage(buildImage(small, entries)), small.fsOffset);
    const board = boardWith(null, { flash });
    const before = made;
    made = { ...made, slot: { ...made.slot, mac: utf8('x'.repeat(4200)) } };
    const { findings } = await write(board, {}, small);
    made = before;
    expect(findings.warnings).toEqual([
      { kind: 'files-lost', paths: expect.arrayContaining(['/big']) as string[] },
    ]);
    expect([...filesOn(board, small).keys()]).toContain('/a.ok');
  });
});

describe('an interrupted settings write', () => {
  it('leaves the old files whole, wherever the cable is pulled, and is mended by another run', async () => {
    const old = [
      ...(await foreignSlot('a')),
      pointer('a'),
      clock(LATE_S),
      { path: '/site', content: codeLike(9000, 1) },
    ];
    for (const afterBytes of Array.from({ length: 12 }, (_, i) => 8000 + i * 900)) {
      const board = boardWith(old, { faults: { unplug: { direction: 'toChip', afterBytes } } });
      await start(board).result.catch(() => undefined);
      const files = filesOn(board);
      expect(files.get('/site')).toEqual(codeLike(9000, 1));
      expect(textOn(board, '/clk')).toBe(`${LATE_S}\n`);
      board.setFaults({});
      board.plug();
      await write(board);
      expect(holdsOurs(board, 'b')).toBe(true);
      expect(filesOn(board).get('/site')).toEqual(codeLike(9000, 1));
    }
  });
});

describe('settings only at 460800', () => {
  it('take at most 2.5 modelled seconds with connecting and reading the board', async () => {
    const board = boardWith([...(await foreignSlot('a')), pointer('a'), clock(LATE_S)]);
    board.resetModelled();
    const startedMs = clockOf(board).monotonicMs();
    await write(board);
    const waitedS = (clockOf(board).monotonicMs() - startedMs) / 1000;
    expect(board.modelled.seconds + waitedS).toBeLessThan(2.5);
  });
});
