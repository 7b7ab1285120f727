/** What a person asks of a board beside writing it: told truly, undone nowhere in silence, and the record follows. */
import { afterEach, describe, expect, it } from 'vitest';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import { encodeSelection, encodeStamp } from '../../src/contract/slot-choice.ts';
import { encodeCommandKeys, slotFiles, type SlotName } from '../../src/contract/slot-files.ts';
import { flashMakerOf } from '../../src/flash/flash-makers.ts';
import type { FlashState } from '../../src/flash/flash-state.ts';
import { readImage } from '../../src/littlefs/reader.ts';
import type { Entry } from '../../src/littlefs/types.ts';
import { buildImage, fullImage } from '../../src/littlefs/writer.ts';
import { EsptoolBootloader } from '../../src/platform/serial/esptool-bootloader.ts';
import { WebSerialLink } from '../../src/platform/serial/web-serial-link.ts';
import { InPlaceJobs } from '../../src/platform/workers/in-place-jobs.ts';
import type { Device } from '../../src/project/entities.ts';
import { fromUtf8, utf8, type Bytes } from '../../src/shared/bytes.ts';
import { asAppError, type AppError } from '../../src/shared/errors.ts';
import type { Outcome, RunOptions } from '../../src/shared/outcome.ts';
import type { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { fileName, filesName, flashName } from '../../src/workflows/board-names.ts';
import { holdsOf, recordFound, type BoardHolds } from '../../src/workflows/board-record.ts';
import type { BoardReport } from '../../src/workflows/board-report.ts';
import { downloadArea, downloadFile, eraseArea, readBoardOn } from '../../src/workflows/board-tasks.ts';
import { makeDeviceSlot, type DeviceSlot } from '../../src/workflows/device-image.ts';
import type { BoardArea, BoardTask, TaskEnvironment } from '../../src/workflows/on-board.ts';
import { restoreArea } from '../../src/workflows/restore-area.ts';
import { restoreTargetOf } from '../../src/workflows/restore-target.ts';
import { clockOf, codeLike, firmware, simulatedBoard } from './flash-board-kit.ts';
import { newBench, type Bench } from './live-kit.ts';

const MEGABYTE = 1024 * 1024;
const layout = layoutNamed('1m256');
const files: BoardArea = { kind: 'files', layout };
const flashArea: BoardArea = { kind: 'flash' };
const boards: VirtualBoard[] = [];
afterEach(() => {
  for (const board of boards.splice(0)) board.stop();
});

const options = (more: Partial<RunOptions> = {}): RunOptions => ({
  signal: new AbortController().signal,
  timeoutMs: 60_000,
  ...more,
});

interface Desk {
  readonly bench: Bench;
  readonly env: TaskEnvironment;
  readonly board: VirtualBoard;
  readonly task: BoardTask;
  readonly made: DeviceSlot;
  readonly device: () => Promise<Device>;
}

type FilesOf = (made: DeviceSlot, device: Device) => Promise<readonly Entry[]> | readonly Entry[];

/** A board with a program and these files, on the cable of a page with a fresh project; the device is recorded as written. */
async function deskWith(entries: FilesOf): Promise<Desk> {
  const bench = await newBench();
  const [made0] = bench.project.devices;
  if (!made0) throw new Error('no device');
  const made = await makeDeviceSlot(bench.env, bench.project, made0);
  const flash = codeLike(MEGABYTE, 3);
  flash.set(firmware(20_000).bytes);
  flash.set(fullImage(buildImage(layout, await entries(made, made0))), layout.fsOffset);
  const board = simulatedBoard({ flash });
  boards.push(board);
  const holds = {
    deviceId: made0.id,
    generation: made.generation,
    layout: layout.name,
    hasCommandKeys: true,
  };
  await recordFound(bench.env, bench.project.id, holds);
  const device = async (): Promise<Device> => {
    const found = (await bench.env.store.load(bench.project.id)).value.devices[0];
    if (!found) throw new Error('no device');
    return found;
  };
  return { bench, board, made, device, ...placeOf(bench, board) };
}

/** Plugged in again it is another link, as the browser has it. */
function plugged(desk: Desk): Desk {
  desk.board.setFaults({});
  desk.board.plug();
  return { ...desk, ...placeOf(desk.bench, desk.board) };
}

function placeOf(bench: Bench, board: VirtualBoard): Pick<Desk, 'env' | 'task'> {
  const clock = clockOf(board);
  return {
    env: {
      ...bench.env,
      clock,
      bootloader: () => Promise.resolve(new EsptoolBootloader(clock)),
      jobs: () => Promise.resolve(new InPlaceJobs()),
    },
    task: {
      projectId: bench.project.id,
      deviceId: bench.project.devices[0]?.id ?? '',
      link: new WebSerialLink(board.port),
      onConnecting: () => undefined,
    },
  };
}

const own =
  (...names: SlotName[]): FilesOf =>
  async (made) => [
    ...(await Promise.all(names.map((name) => slotFiles(name, made.slot)))).flat(),
    { path: '/sel', content: encodeSelection({ active: names[0] ?? 'a', trial: null, bootsLeft: 0 }) },
    { path: '/clk', content: encodeStamp(1_900_000_000) },
    { path: '/site/index.html', content: codeLike(6000, 2) },
  ];

/** Slot a of somebody else's make. */
const foreign =
  (id: string): FilesOf =>
  (made) => {
    const { project } = JSON.parse(fromUtf8(made.slot.cfg)) as { project: string };
    return slotFiles('a', {
      cfg: utf8(JSON.stringify({ v: 1, project, id })),
      ca: made.slot.ca,
      crt: codeLike(400, 5) as Bytes,
      key: codeLike(121, 6) as Bytes,
      mac: encodeCommandKeys([{ name: 'app', key: made.appKey, allow: '*' }]),
    });
  };

async function valueOf<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const ended = await outcome;
  if (ended.kind !== 'done') throw new Error('cancelled');
  return ended.value;
}

const reportOf = ({ env, task }: Desk): Promise<BoardReport> => valueOf(readBoardOn(env, task, options()));

const failureOf = async (work: Promise<unknown>): Promise<AppError> => {
  try {
    await work;
  } catch (thrown) {
    return asAppError(thrown);
  }
  throw new Error('nothing failed');
};

const verdict = (report: BoardReport, path: string): string => {
  const found = report.verdicts?.find((file) => file.path === path);
  return found ? `${found.result}: ${found.why}` : 'not listed';
};

const seen = (desk: Desk, report: BoardReport): { macAddress: string; holds: BoardHolds | null } => ({
  macAddress: report.contents.chip.macAddress,
  holds: holdsOf(report, desk.bench.project),
});

describe('a report', () => {
  it("tells a written board's slot, what runs, and every file's verdict", async () => {
    const desk = await deskWith(own('a'));
    const before = desk.board.flash.bytes.slice();
    const report = await reportOf(desk);
    expect(report.slots).toMatchObject({
      runs: 'a',
      isOnTrial: false,
      clockFloorS: 1_900_000_000,
      a: { standing: 'ours', device: 'porch-1', generation: desk.made.generation, isLastWritten: true },
      b: null,
    });
    expect(report.verdicts?.filter(({ result }) => result === 'same')).toHaveLength(6);
    expect(verdict(report, '/sel')).toBe('device: pointer');
    expect(verdict(report, '/clk')).toBe('device: clock');
    expect(verdict(report, '/site/index.html')).toBe('foreign: not-ours');
    expect(Buffer.compare(desk.board.flash.bytes, before)).toBe(0);
  });

  it('says what differs because it was changed here since', async () => {
    const desk = await deskWith(own('a'));
    const { store } = desk.bench.env;
    const { revision, value: project } = await store.load(desk.task.projectId);
    const devices = project.devices.map((device) => ({
      ...device,
      settings: { ...device.settings, sensor: { ...device.settings.sensor, everyS: 60 } },
    }));
    await store.commit(project.id, revision, [{ kind: 'put-project', project: { ...project, devices } }], []);
    const report = await reportOf(desk);
    expect(verdict(report, '/a.cfg')).toBe('differs: saved-since');
    expect(verdict(report, '/a.ok')).toBe('differs: seal');
    expect(verdict(report, '/a.key')).toBe('same: as-saved');
  });

  it('leaves a newer slot to the device, and misses its own in the other', async () => {
    const report = await reportOf(await deskWith(foreign('porch-1')));
    expect(report.slots).toMatchObject({ runs: 'a', a: { standing: 'newer', isLastWritten: false } });
    expect(verdict(report, '/a.crt')).toBe('device: newer-slot');
    expect(verdict(report, '/b.crt')).toBe('missing: not-written');
  });

  it("knows another device's settings, and a slot that is not whole", async () => {
    const other = await reportOf(await deskWith(foreign('shed-2')));
    expect(other.slots?.a).toMatchObject({ standing: 'other', device: 'shed-2' });
    expect(verdict(other, '/a.crt')).toBe('differs: other-device');
    const broken = await reportOf(
      await deskWith(async (made, device) =>
        (await own('a')(made, device)).filter(({ path }) => path !== '/a.mac'),
      ),
    );
    expect(broken.slots).toMatchObject({ runs: null, a: { standing: 'broken', generation: null } });
    expect(verdict(broken, '/a.mac')).toBe('missing: broken-slot');
  });
});

describe('a download', () => {
  it('brings one file, and says when it is gone', async () => {
    const desk = await deskWith(own('a'));
    const at = { ...desk.task, layout };
    expect(await valueOf(downloadFile(desk.env, { ...at, path: '/site/index.html' }, options()))).toEqual(
      codeLike(6000, 2),
    );
    expect(await failureOf(downloadFile(desk.env, { ...at, path: '/gone' }, options()))).toMatchObject({
      code: 'littlefs.file-gone',
    });
  });

  it('goes on slower where it was when the line is bad', async () => {
    const desk = await deskWith(own('a'));
    desk.board.setFaults({ unreliableAboveBaudRate: 300_000 });
    const bytes = await valueOf(downloadArea(desk.env, { ...desk.task, area: files }, options()));
    const region = desk.board.flash.bytes.subarray(layout.fsOffset, layout.fsOffset + layout.fsSizeBytes);
    expect(Buffer.compare(bytes, region)).toBe(0);
  });

  it('ends clearly when the board is unplugged or the person cancels, in any part of it', async () => {
    for (const afterBytes of [10, 500, 3000, 40_000, 120_000, 230_000]) {
      const desk = await deskWith(own('a'));
      desk.board.setFaults({ unplug: { direction: 'fromChip', afterBytes } });
      const work = downloadArea(desk.env, { ...desk.task, area: files }, options());
      expect((await failureOf(work)).code).toBe('serial.gone');
      const stop = new AbortController();
      const { env, task } = plugged(desk);
      const cancelling = options({ signal: stop.signal, onProgress: () => stop.abort() });
      const again = downloadArea(env, { ...task, area: files }, cancelling);
      expect(await again).toEqual({ kind: 'cancelled' });
      expect(desk.board.port.readable, 'the port is given back').toBeNull();
    }
  });
});

describe('erasing', () => {
  const erase = (
    desk: Desk,
    report: BoardReport,
    area: BoardArea,
    onTouched: () => void = () => undefined,
  ): Promise<Outcome<BoardReport>> =>
    eraseArea(
      desk.env,
      {
        ...desk.task,
        ...seen(desk, report),
        area,
        confirmed: 'all-data-will-be-lost',
        onTouched,
      },
      options(),
    );

  it('takes the device off the record, and tells what is left', async () => {
    const desk = await deskWith(own('a'));
    const left = await valueOf(erase(desk, await reportOf(desk), files));
    expect(left.contents).toMatchObject({ fileSystem: { kind: 'none' }, program: { kind: 'program' } });
    expect(await desk.device()).toMatchObject({ credentialState: 'made', generation: null, layout: null });
  });

  it('that is cut short says so, and the record does not claim the settings any more', async () => {
    const desk = await deskWith(own('a'));
    const report = await reportOf(desk);
    const unplugSoon = (): void => desk.board.setFaults({ unplug: { direction: 'toChip', afterBytes: 100 } });
    const work = erase(desk, report, flashArea, unplugSoon);
    expect((await failureOf(work)).code).toBe('serial.gone');
    expect(desk.board.flash.bytes[0], 'it has begun').toBe(0xff);
    expect(desk.board.flash.bytes.every((byte) => byte === 0xff)).toBe(false);
    expect((await desk.device()).credentialState).toBe('made');
  });

  it('leaves the record of a device alone that lives on another board', async () => {
    const desk = await deskWith(foreign('shed-2'));
    await valueOf(erase(desk, await reportOf(desk), files));
    expect((await desk.device()).credentialState).toBe('written');
  });

  it('refuses another board than the one that was read', async () => {
    const desk = await deskWith(own('a'));
    const report = await reportOf(desk);
    const other = simulatedBoard({ flash: codeLike(MEGABYTE, 9), seed: 77 });
    boards.push(other);
    const swapped = { ...desk, ...placeOf(desk.bench, other) };
    expect((await failureOf(erase(swapped, report, flashArea))).code).toBe('flash.other-board');
    expect(Buffer.compare(other.flash.bytes, codeLike(MEGABYTE, 9))).toBe(0);
    expect((await desk.device()).credentialState).toBe('written');
  });
});

describe('restoring', () => {
  interface Restored {
    readonly states: FlashState[];
    readonly result: Promise<Outcome<BoardReport>>;
  }
  function restore(
    desk: Desk,
    report: BoardReport,
    { area, backup, onApprove }: { area: BoardArea; backup: Uint8Array; onApprove?: () => void },
  ): Restored {
    const states: FlashState[] = [];
    const result = restoreArea(
      desk.env,
      {
        ...desk.task,
        ...seen(desk, report),
        area,
        backup,
        onState: (state) => states.push(state),
        approve: () => {
          onApprove?.();
          return Promise.resolve(true);
        },
      },
      options(),
    );
    return { states, result };
  }

  it('of a file system, cut anywhere, never leaves one that looks whole and is not', async () => {
    const original = await deskWith(own('a'));
    const image = original.board.flash.bytes.slice(layout.fsOffset, layout.fsOffset + layout.fsSizeBytes);
    const wanted = readImage(image, layout).file('/site/index.html')?.read();
    let unfinished = 0;
    for (const afterBytes of [10, 60, 1000, 3000, 5000, 7000, 9000, 11_000]) {
      const desk = await deskWith((made, device) =>
        Promise.resolve(own('a')(made, device)).then((entries) =>
          entries.map((entry) =>
            entry.path.startsWith('/site') ? { path: entry.path, content: codeLike(9000, 7) } : entry,
          ),
        ),
      );
      const report = await reportOf(desk);
      const onApprove = (): void => desk.board.setFaults({ unplug: { direction: 'toChip', afterBytes } });
      const { states, result } = restore(desk, report, { area: files, backup: image, onApprove });
      const failure = await failureOf(result).catch(() => null);
      const region = desk.board.flash.bytes.subarray(layout.fsOffset, layout.fsOffset + layout.fsSizeBytes);
      if (failure) {
        expect(['not-finished', 'stopped']).toContain(states.at(-1)?.kind);
        const content = contentOf(region, '/site/index.html');
        expect([null, 'old', 'new']).toContain(content && nameOf(content, wanted));
        if (states.at(-1)?.kind === 'not-finished') {
          unfinished += 1;
          expect((await desk.device()).credentialState).toBe('made');
        }
        await valueOf(restore(plugged(desk), report, { area: files, backup: image }).result);
      }
      expect(
        Buffer.compare(
          desk.board.flash.bytes.subarray(layout.fsOffset, layout.fsOffset + layout.fsSizeBytes),
          image,
        ),
      ).toBe(0);
    }
    expect(unfinished).toBeGreaterThan(2);
  });

  const contentOf = (region: Uint8Array, path: string): Uint8Array | null => {
    try {
      return readImage(region, layout).file(path)?.read() ?? null;
    } catch {
      return null;
    }
  };
  const nameOf = (content: Uint8Array, wanted: Uint8Array | undefined): string => {
    if (wanted && Buffer.compare(content, wanted) === 0) return 'new';
    return Buffer.compare(content, codeLike(9000, 7)) === 0 ? 'old' : 'damaged';
  };

  it('of what is there already writes nothing, and a whole flash brings the record back', async () => {
    const desk = await deskWith(own('b'));
    const report = await reportOf(desk);
    const backup = desk.board.flash.bytes.slice();
    const same = restore(desk, report, { area: flashArea, backup });
    await valueOf(same.result);
    expect(same.states.at(-1)).toMatchObject({ kind: 'done', report: { writtenBytes: 0 } });
    desk.board.flash.bytes.fill(0xff);
    const blank = await reportOf(desk);
    const back = await valueOf(restore(desk, blank, { area: flashArea, backup }).result);
    expect(Buffer.compare(desk.board.flash.bytes, backup)).toBe(0);
    expect(holdsOf(back, desk.bench.project)).toEqual({
      deviceId: 'porch-1',
      generation: desk.made.generation,
      hasCommandKeys: true,
      layout: '1m256',
    });
    expect(await desk.device()).toMatchObject({ credentialState: 'written', layout: '1m256' });
  });
});

describe('a file that is chosen for restoring', () => {
  const image = fullImage(buildImage(layout, []));

  it('goes to the whole flash by its size, else to the layout of its geometry', () => {
    expect(restoreTargetOf(new Uint8Array(MEGABYTE), MEGABYTE)).toEqual({ kind: 'flash' });
    expect(restoreTargetOf(image, MEGABYTE)).toEqual({ kind: 'files', layout });
    expect(restoreTargetOf(image, 4 * MEGABYTE)).toEqual({ kind: 'files', layout });
  });

  it('is refused by name when it is neither, cut short, too large for the flash, or of disk version 2.1', () => {
    const refused = (bytes: Uint8Array, flashBytes: number): string => {
      try {
        return restoreTargetOf(bytes, flashBytes).kind;
      } catch (thrown) {
        return asAppError(thrown).code;
      }
    };
    expect(refused(new Uint8Array(5000), MEGABYTE)).toBe('flash.backup-unknown');
    expect(refused(image.subarray(0, -4096), MEGABYTE)).toBe('flash.backup-unknown');
    const large = fullImage(buildImage(layoutNamed('4m2m'), []));
    expect(refused(large, MEGABYTE)).toBe('flash.backup-unknown');
    const damaged = image.slice();
    damaged[50] = 0;
    expect(refused(damaged, MEGABYTE)).toBe('littlefs.damaged');
  });
});

it('names of saved files say SECRET where a key or a password may be, and the board', () => {
  const chip = { macAddress: '5c:cf:7f:01:02:03', flashSizeBytes: 4 * MEGABYTE } as never;
  expect(fileName('porch-1', '/a.key')).toBe('porch-1-SECRET-a.key');
  expect(fileName('porch-1', '/a.cfg')).toBe('porch-1-SECRET-a.cfg');
  expect(fileName('porch-1', '/site/index.html')).toBe('porch-1-site-index.html');
  expect(flashName('porch-1', chip)).toBe('porch-1-5ccf7f010203-flash-4096KB-SECRET.bin');
  expect(filesName('porch-1', chip, layout)).toBe(
    'porch-1-5ccf7f010203-littlefs-1m256-at-0x0bb000-SECRET.bin',
  );
});

it('a flash chip has a maker in words, or at least its number', () => {
  expect(flashMakerOf(0x1640ef)).toBe('Winbond');
  expect(flashMakerOf(0x1640c8)).toBe('GigaDevice');
  expect(flashMakerOf(0x164077)).toBe('unknown maker (JEDEC 0x77)');
});
