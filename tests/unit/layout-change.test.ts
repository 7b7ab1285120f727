/** Settings for a board whose files another layout placed elsewhere: carried over, and never lost on the way. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { flashLayouts, layoutNamed, type FlashLayout } from '../../src/contract/flash-layouts.ts';
import { encodeSelection, encodeStamp } from '../../src/contract/slot-choice.ts';
import { encodeCommandKeys, slotFiles } from '../../src/contract/slot-files.ts';
import type { BoardFindings, Firmware, FlashRequest } from '../../src/flash/flash-request.ts';
import { readImage } from '../../src/littlefs/reader.ts';
import type { Entry } from '../../src/littlefs/types.ts';
import { buildImage, fullImage } from '../../src/littlefs/writer.ts';
import type { Device, Project } from '../../src/project/entities.ts';
import { fromUtf8, utf8, type Bytes } from '../../src/shared/bytes.ts';
import { asAppError } from '../../src/shared/errors.ts';
import { done } from '../../src/shared/outcome.ts';
import type { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { makeDeviceSlot, type DeviceSlot } from '../../src/workflows/device-image.ts';
import { mergeSettings } from '../../src/workflows/merge-settings.ts';
import { codeLike, firmware, simulatedBoard, startFlash } from './flash-board-kit.ts';
import { newBench } from './live-kit.ts';

const MEGABYTE = 1024 * 1024;
const LATE_S = 1_900_000_000;
const note = codeLike(9000, 1);
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

/** What a device has that nobody else knows: a slot born on the chip, its pointer, its clock, its last command; and a note. */
async function livedIn(): Promise<Entry[]> {
  const newer = await slotFiles('a', {
    cfg: utf8(JSON.stringify({ v: 1, project: project.id, id: device.id })),
    ca: made.slot.ca,
    crt: codeLike(400, 5) as Bytes,
    key: codeLike(121, 6) as Bytes,
    mac: encodeCommandKeys([{ name: 'app', key: made.appKey, allow: '*' }]),
  });
  return [
    ...newer,
    { path: '/sel', content: encodeSelection({ active: 'a', trial: null, bootsLeft: 0 }) },
    { path: '/clk', content: encodeStamp(LATE_S) },
    { path: '/cts', content: encodeStamp(1_790_000_123_456) },
    { path: '/site/note', content: note },
  ];
}

interface Place {
  readonly at: FlashLayout;
  readonly entries: readonly Entry[];
  /** Blocks that a device which lived long has given to nobody. */
  readonly avoided?: ReadonlySet<number>;
}

function boardWith(places: readonly Place[], sizeBytes = 4 * MEGABYTE): VirtualBoard {
  const flash = new Uint8Array(sizeBytes).fill(0xff);
  for (const { at, entries, avoided } of places)
    flash.set(fullImage(buildImage(at, entries, avoided)), at.fsOffset);
  const board = simulatedBoard({ flash, flashSizeBytes: sizeBytes });
  boards.push(board);
  return board;
}

interface Job {
  readonly to: FlashLayout;
  readonly program?: Firmware;
  readonly recorded?: string | null;
}

async function write(board: VirtualBoard, { to, program, recorded = null }: Job): Promise<BoardFindings> {
  const request: FlashRequest = { layout: to, firmware: program ?? null, fileSystem: null };
  const owner = { project, device: { ...device, layout: recorded }, made, nowMs: LATE_S * 1000 };
  const found: BoardFindings[] = [];
  const outcome = await startFlash(board, request, {
    completeRequest: async (session, options) => {
      const programBytes = program?.bytes.length ?? 0;
      const merged = await mergeSettings(session, { layout: to, owner, programBytes }, options);
      if (merged.kind === 'cancelled') return merged;
      found.push(merged.value.findings);
      return done({ ...request, ...merged.value });
    },
  }).result;
  const [findings] = found;
  if (outcome.kind !== 'done' || !findings) throw new Error('not written');
  return findings;
}

function filesAt(board: VirtualBoard, at: FlashLayout): Map<string, Bytes> | null {
  const region = board.flash.bytes.subarray(at.fsOffset, at.fsOffset + at.fsSizeBytes);
  try {
    return new Map(
      readImage(region, at).entries.flatMap((entry) =>
        entry.kind === 'file' ? [[entry.path, entry.read()] as const] : [],
      ),
    );
  } catch (thrown) {
    if (asAppError(thrown).code.startsWith('littlefs.')) return null;
    throw thrown;
  }
}

/** The layouts at whose place a file system can be read. */
const placesOn = (board: VirtualBoard): string[] =>
  flashLayouts
    .filter((at) => at.fsOffset + at.fsSizeBytes <= board.flash.bytes.length && filesAt(board, at))
    .map(({ name }) => name);

const sameAs = (wanted: Uint8Array, found: Uint8Array | undefined): boolean =>
  found !== undefined && Buffer.compare(wanted, found) === 0;

/** Whether somewhere on the flash a tree stands that has all the device had. */
const isWholeSomewhere = (board: VirtualBoard): boolean =>
  flashLayouts.some((at) => {
    if (at.fsOffset + at.fsSizeBytes > board.flash.bytes.length) return false;
    const files = filesAt(board, at);
    return (
      sameAs(encodeStamp(LATE_S), files?.get('/clk')) &&
      sameAs(codeLike(400, 5), files?.get('/a.crt')) &&
      sameAs(note, files?.get('/site/note'))
    );
  });

function expectCarried(board: VirtualBoard, at: FlashLayout): void {
  const files = filesAt(board, at);
  if (!files) throw new Error('no file system');
  const textOf = (path: string): string => fromUtf8(files.get(path) ?? new Uint8Array(0));
  expect(textOf('/clk')).toBe(`${LATE_S}\n`);
  expect(textOf('/cts')).toBe('1790000123456\n');
  expect(textOf('/sel')).toBe('1 b - 0\n');
  expect(sameAs(codeLike(400, 5), files.get('/a.crt'))).toBe(true);
  expect(sameAs(device.credential.certificate.der, files.get('/b.crt'))).toBe(true);
  expect(sameAs(note, files.get('/site/note'))).toBe(true);
}

/** Files lie behind this block only, as after many writes. */
const behind = (block: number): ReadonlySet<number> =>
  new Set(Array.from({ length: block - 2 }, (_, i) => i + 2));

interface Change {
  readonly from: string;
  readonly to: string;
  readonly flashBytes?: number;
  readonly avoided?: ReadonlySet<number>;
  readonly programBytes?: number;
}

const changes: readonly Change[] = [
  { from: '4m1m', to: '4m2m' },
  { from: '4m2m', to: '4m1m' },
  { from: '4m1m', to: '4m3m' },
  { from: '4m3m', to: '4m2m', programBytes: 30_000 },
  { from: '1m64', to: '4m2m' },
  // The old files lie where the new root will: by way of a third place.
  { from: '4m2m', to: '4m1m', avoided: behind(128) },
  // The program comes to lie over the old root.
  { from: '1m512', to: '1m64', flashBytes: MEGABYTE, programBytes: 530_000 },
  { from: '1m64', to: '4m2m', programBytes: 980_000 },
  // Both begin at the same place.
  { from: '4m2m', to: '8m6m', flashBytes: 8 * MEGABYTE },
  { from: '8m7m', to: '4m3m', flashBytes: 8 * MEGABYTE },
];

const begin = async ({ from, flashBytes, avoided }: Change): Promise<VirtualBoard> =>
  boardWith(
    [{ at: layoutNamed(from), entries: await livedIn(), ...(avoided ? { avoided } : {}) }],
    flashBytes,
  );

const jobOf = ({ from, to, programBytes }: Change): Job => ({
  to: layoutNamed(to),
  recorded: from,
  ...(programBytes ? { program: firmware(programBytes) } : {}),
});

describe.each(changes)('from $from to $to, program of $programBytes bytes', (change) => {
  const to = layoutNamed(change.to);

  it('the device keeps pointer, clock, last command and newer slot, and the note of another program moves along', async () => {
    const board = await begin(change);
    const findings = await write(board, jobOf(change));
    expect(findings).toMatchObject({ merge: 'kept', movedFrom: change.from, slot: 'b' });
    expect(findings.kept).toEqual(expect.arrayContaining(['/clk', '/cts', '/a.crt', '/site/note']));
    expect(findings.warnings).toContainEqual({ kind: 'newer-slot', slot: 'a' });
    expectCarried(board, to);
    expect(placesOn(board), 'no older copy is found again').toEqual([change.to]);
    const again = await write(board, { ...jobOf(change), recorded: change.to });
    expect(again.isUnchanged).toBe(true);
  });

  it('a cable pulled anywhere leaves one whole tree, and another run finishes it', async () => {
    const cuts = 9;
    const whole = await begin(change);
    whole.resetModelled();
    await write(whole, jobOf(change));
    const sentBytes = whole.modelled.bytesOnWire.toChip;
    for (let cut = 1; cut <= cuts; cut += 1) {
      const board = await begin(change);
      board.setFaults({
        unplug: { direction: 'toChip', afterBytes: Math.floor((sentBytes * cut) / (cuts + 1)) },
      });
      await write(board, jobOf(change)).catch(() => undefined);
      expect(isWholeSomewhere(board), `cut ${cut} of ${cuts}`).toBe(true);
      board.setFaults({});
      board.plug();
      await write(board, jobOf(change));
      expectCarried(board, to);
      expect(placesOn(board)).toEqual([change.to]);
    }
  });
});

describe('which files are believed', () => {
  it('are those whose clock ran last, not the older copy that stands at the new place', async () => {
    const old = (await livedIn()).map((entry) =>
      entry.path === '/clk' ? { ...entry, content: encodeStamp(LATE_S - 1000) } : entry,
    );
    const at = layoutNamed('4m2m');
    const board = boardWith([
      { at, entries: old },
      { at: layoutNamed('4m1m'), entries: await livedIn() },
    ]);
    const findings = await write(board, { to: at, recorded: '4m1m' });
    expect(findings.movedFrom).toBe('4m1m');
    expectCarried(board, at);
    expect(placesOn(board)).toEqual(['4m2m']);
  });

  it('are the ones at the new place when theirs did, and the older copy is made invalid', async () => {
    const old = (await livedIn()).map((entry) =>
      entry.path === '/clk' ? { ...entry, content: encodeStamp(LATE_S - 1000) } : entry,
    );
    const at = layoutNamed('4m2m');
    const board = boardWith([
      { at, entries: await livedIn() },
      { at: layoutNamed('4m1m'), entries: old },
    ]);
    const findings = await write(board, { to: at, recorded: '4m1m' });
    expect(findings.movedFrom).toBeUndefined();
    expectCarried(board, at);
    expect(placesOn(board)).toEqual(['4m2m']);
  });

  it("are other people's too, when the device is nowhere", async () => {
    const board = boardWith([{ at: layoutNamed('4m3m'), entries: [{ path: '/site/note', content: note }] }]);
    const findings = await write(board, { to: layoutNamed('4m2m') });
    expect(findings).toMatchObject({ movedFrom: '4m3m', kept: ['/site/note'] });
    expect(sameAs(note, filesAt(board, layoutNamed('4m2m'))?.get('/site/note'))).toBe(true);
  });

  it('are named before they go when the new layout has no room for them', async () => {
    const board = boardWith([
      {
        at: layoutNamed('4m2m'),
        entries: [...(await livedIn()), { path: '/film', content: codeLike(1_100_000, 4) }],
      },
    ]);
    const findings = await write(board, { to: layoutNamed('4m1m'), recorded: '4m2m' });
    expect(findings.warnings).toContainEqual({
      kind: 'files-lost',
      paths: expect.arrayContaining(['/film', '/site/note']) as string[],
    });
    expect(fromUtf8(filesAt(board, layoutNamed('4m1m'))?.get('/clk') ?? new Uint8Array(0))).toBe(
      `${LATE_S}\n`,
    );
  });
});

it('where no third place is left the plan says what an interruption would lose, and then it is told', async () => {
  const small: Entry[] = [
    ...(await slotFiles('a', made.slot)),
    { path: '/clk', content: encodeStamp(LATE_S) },
  ];
  const begin512 = (): VirtualBoard =>
    boardWith([{ at: layoutNamed('512k64'), entries: small }], MEGABYTE / 2);
  const job: Job = { to: layoutNamed('512k32'), program: firmware(465_000), recorded: '512k64' };
  const board = begin512();
  const findings = await write(board, job);
  expect(findings.warnings).toContainEqual({
    kind: 'interruption-loses',
    paths: expect.arrayContaining(['/clk']) as string[],
  });
  expect(placesOn(board)).toEqual(['512k32']);
  const cut = begin512();
  cut.setFaults({ unplug: { direction: 'toChip', afterBytes: 100_000 } });
  await expect(write(cut, job)).rejects.toMatchObject({ code: 'serial.gone' });
  cut.setFaults({});
  cut.plug();
  expect((await write(cut, job)).merge).toBe('fresh');
  expect(placesOn(cut)).toEqual(['512k32']);
});
