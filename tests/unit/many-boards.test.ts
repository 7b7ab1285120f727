import { describe, expect, it } from 'vitest';
import type { BoardFindings } from '../../src/flash/flash-request.ts';
import type { FlashReport, FlashState } from '../../src/flash/flash-state.ts';
import { AppError } from '../../src/shared/errors.ts';
import { boardQuestions } from '../../src/workflows/board-questions.ts';
import { boardsCsv, boardsPerHour, restoredBoards, storedBoards } from '../../src/workflows/boards-table.ts';
import {
  addIdentities,
  begunOn,
  giveBack,
  noBoards,
  removeWaiting,
  resumeOn,
  startNext,
  withoutPort,
  withState,
  type BoardJob,
  type ManyBoards,
} from '../../src/workflows/many-boards.ts';

const identity = (n: number): { deviceId: string; fingerprint: string } => ({
  deviceId: `porch-${n}`,
  fingerprint: `${n}`.repeat(64),
});
const report: FlashReport = {
  chip: {
    chipName: 'ESP8266EX',
    isEsp8266: true,
    macAddress: '5c:cf:7f:00:00:01',
    flashSizeBytes: 4_194_304,
    flashId: 0x1640ef,
    crystalMhz: 26,
    features: [],
  },
  baudRate: 460_800,
  slowedDown: null,
  writtenBytes: 4096,
  unchangedBytes: 0,
  elapsedMs: 2340,
};
const board = { chip: report.chip, baudRate: 460_800, slowedDown: null };
const otherChip = { ...report.chip, macAddress: '5c:cf:7f:00:00:02' };
const done: FlashState = { kind: 'done', report, saidReady: false };
const writing: FlashState = {
  kind: 'writing',
  board,
  part: 'firmware',
  progress: { doneBytes: 0, totalBytes: 4096, bytesPerSecond: null, secondsLeft: null },
};
const cut: FlashState = { kind: 'not-finished', error: new AppError('serial.gone') };
const stopped: FlashState = { kind: 'stopped', error: null };
const startMs = Date.UTC(2026, 0, 2, 9, 0, 0);
const three: ManyBoards<string> = addIdentities<string>(noBoards, [identity(1), identity(2), identity(3)]);

interface Run {
  readonly boards: ManyBoards<string>;
  readonly id: number;
}

function started(boards: ManyBoards<string>, port: string, nowMs = startMs): Run {
  const next = startNext(boards, port, nowMs);
  if (!next) throw new Error('nothing to start');
  return { boards: next.boards, id: next.job.id };
}

/** The states that a job on a board went through. */
const went = ({ boards, id }: Run, ...states: readonly FlashState[]): ManyBoards<string> =>
  states.reduce((so, state) => withState(so, id, { state, atMs: startMs + 60_000 }), boards);

const job = (boards: ManyBoards<string>, id: number): BoardJob<string> => {
  const found = boards.jobs.find((one) => one.id === id);
  if (!found) throw new Error('no such job');
  return found;
};

const withFindings = (warnings: BoardFindings['warnings']): BoardFindings => ({
  merge: 'kept',
  kept: [],
  isUnchanged: false,
  slot: 'a',
  warnings,
});

describe('many boards', () => {
  it('take one identity each, several ports at once', () => {
    const one = started(three, 'usb0');
    const two = started(one.boards, 'usb1');
    expect(two.boards.jobs.map(({ port, deviceId }) => [port, deviceId])).toEqual([
      ['usb0', 'porch-1'],
      ['usb1', 'porch-2'],
    ]);
    expect(two.boards.waiting).toEqual([identity(3)]);
    expect(startNext(two.boards, 'usb0', startMs)).toBeNull();
  });

  it('go on with the next identity on the same port when the board is written', () => {
    const one = started(three, 'usb0');
    const two = started(went(one, writing, done), 'usb0');
    expect(two.boards.jobs.map(({ deviceId, result }) => [deviceId, result.kind])).toEqual([
      ['porch-1', 'written'],
      ['porch-2', 'running'],
    ]);
  });

  it('resume with the same identity what was not finished', () => {
    const one = started(three, 'usb0');
    const again = started(went(one, writing, cut), 'usb0');
    expect(again.id).toBe(one.id);
    expect(again.boards.jobs).toHaveLength(1);
    expect(again.boards.waiting).toHaveLength(2);
  });

  it('stay begun when a second try ends before it reaches the board', () => {
    const one = started(three, 'usb0');
    const again = started(went(one, writing, cut), 'usb0');
    expect(job(went(again, stopped), one.id).result).toEqual({ kind: 'not-finished', code: null });
    expect(job(went(one, stopped), one.id).result).toEqual({ kind: 'stopped', code: null });
  });

  it('find a board that was begun on another port by its address, and go on there', () => {
    const one = started(three, 'usb0');
    const two = started(went(one, writing, cut), 'usb1');
    const { macAddress } = report.chip;
    expect(begunOn(two.boards, two.id, macAddress)?.id).toBe(one.id);
    expect(begunOn(two.boards, two.id, 'other')).toBeNull();
    const back = giveBack(went(two, stopped), two.id);
    const resumed = resumeOn(back, one.id, 'usb1');
    expect(resumed?.boards.jobs.map(({ port, deviceId }) => [port, deviceId])).toEqual([['usb1', 'porch-1']]);
    expect(resumed?.boards.waiting[0]).toEqual(identity(2));
  });

  it('go on after their cables were swapped, even when no identity waits', () => {
    const two = addIdentities<string>(noBoards, [identity(1), identity(2)]);
    const one = started(two, 'usb0');
    const other = started(went(one, writing, cut), 'usb1');
    const bothCut = went(other, { ...writing, board: { ...board, chip: otherChip } }, cut);
    // usb0 now has the board of usb1: what was begun on usb0 is without a port, until usb1 finds nothing else to do.
    const onFirst = resumeOn(bothCut, other.id, 'usb0');
    if (!onFirst) throw new Error('not resumed');
    expect(withoutPort(onFirst.boards).map(({ id }) => id)).toEqual([one.id]);
    const onSecond = started(onFirst.boards, 'usb1');
    expect(onSecond.id).toBe(one.id);
    expect(withoutPort(onSecond.boards)).toEqual([]);
  });

  it('give the identity of a board that was never touched to another', () => {
    const one = started(three, 'usb0');
    expect(giveBack(went(one, stopped), one.id).waiting[0]).toEqual(identity(1));
    expect(giveBack(one.boards, one.id)).toBe(one.boards);
    const written = went(one, done);
    expect(giveBack(written, one.id)).toBe(written);
  });

  it('have nothing to start when no identity waits', () => {
    expect(startNext<string>(noBoards, 'usb0', startMs)).toBeNull();
  });

  it('never give one identity to two boards, or one number to two rows', () => {
    const one = started(three, 'usb0');
    const two = started(one.boards, 'usb1');
    const back = giveBack(went({ boards: two.boards, id: one.id }, stopped), one.id);
    const again = started(back, 'usb2');
    expect(new Set(again.boards.jobs.map(({ id }) => id)).size).toBe(again.boards.jobs.length);
    expect(new Set(again.boards.jobs.map(({ deviceId }) => deviceId)).size).toBe(again.boards.jobs.length);
    const twice = addIdentities(again.boards, [identity(1), identity(3), identity(4)]);
    expect(twice.waiting).toEqual([identity(3), identity(4)]);
    expect(removeWaiting(twice, 'porch-3').waiting).toEqual([identity(4)]);
  });
});

describe('before one of many boards is written', () => {
  const { macAddress } = report.chip;

  it('nothing is asked of an empty board, or of one that only keeps what it has', () => {
    const one = started(three, 'usb0');
    const ask = (findings: BoardFindings | null) =>
      boardQuestions(one.boards, job(one.boards, one.id), { macAddress, findings });
    expect(ask(null)).toEqual([]);
    expect(ask(withFindings([{ kind: 'newer-slot', slot: 'b' }]))).toEqual([]);
  });

  it("another device's settings need a yes", () => {
    const one = started(three, 'usb0');
    const other = { kind: 'other-device', project: 'porch', device: 'door-1' } as const;
    const board = { macAddress, findings: withFindings([other]) };
    expect(boardQuestions(one.boards, job(one.boards, one.id), board)).toEqual([other]);
  });

  it('a board that was not swapped is known by its address, even erased', () => {
    const one = started(three, 'usb0');
    const two = started(went(one, writing, done), 'usb0');
    expect(boardQuestions(two.boards, job(two.boards, two.id), { macAddress, findings: null })).toEqual([
      { kind: 'written-already', device: 'porch-1' },
    ]);
  });

  it('a device that was begun on one board is not given to another unasked', () => {
    const one = started(three, 'usb0');
    const again = started(went(one, writing, cut), 'usb0');
    const ask = (mac: string) =>
      boardQuestions(again.boards, job(again.boards, again.id), {
        macAddress: mac,
        findings: withFindings([{ kind: 'unreadable', code: 'littlefs.damaged' }]),
      });
    expect(ask(macAddress), 'what a cut left is its own').toEqual([]);
    expect(ask('5c:cf:7f:00:00:02')).toEqual([{ kind: 'other-board', macAddress }, { kind: 'unreadable' }]);
  });
});

describe('the table of many boards', () => {
  const one = started(three, 'usb0');
  const two = started(went(one, writing, done), 'usb1');

  it('holds MAC address, device, fingerprint and result', () => {
    expect(boardsCsv(went(two, cut)).split('\r\n')).toEqual([
      'board,mac,device,certificate_sha256,result,error,written_bytes,seconds,finished_utc',
      `1,5c:cf:7f:00:00:01,porch-1,${'1'.repeat(64)},written,,4096,2.3,2026-01-02T09:01:00.000Z`,
      `2,,porch-2,${'2'.repeat(64)},not-finished,serial.gone,,,`,
      '',
    ]);
  });

  it('comes back after a reload: begun boards can be resumed, untouched identities wait again', () => {
    const begun = restoredBoards(storedBoards(went(two, writing)));
    expect(begun?.jobs.map(({ port, deviceId, result }) => [port, deviceId, result.kind])).toEqual([
      [null, 'porch-1', 'written'],
      [null, 'porch-2', 'not-finished'],
    ]);
    const untouched = restoredBoards(storedBoards(two.boards));
    expect(untouched?.jobs.map(({ deviceId }) => deviceId)).toEqual(['porch-1']);
    expect(untouched?.waiting).toEqual([identity(2), identity(3)]);
    expect(boardsCsv(begun ?? noBoards)).toContain('porch-1');
  });

  it('is begun anew when what was stored is not a table', () => {
    for (const text of ['', 'null', '{}', '{"version":1,"jobs":[{}],"waiting":[]}', '{"version":2}'])
      expect(restoredBoards(text), text).toBeNull();
  });

  it('tells the pace of the last hour', () => {
    expect(boardsPerHour(two.boards), 'one board is no pace').toBeNull();
    const late = withState(two.boards, two.id, { state: done, atMs: startMs + 120_000 });
    expect(boardsPerHour(late)).toBe(60);
    const three = started(late, 'usb0', startMs + 24 * 3_600_000);
    const nextDay = withState(three.boards, three.id, {
      state: done,
      atMs: startMs + 24 * 3_600_000 + 60_000,
    });
    expect(boardsPerHour(nextDay), 'a night is not work').toBeNull();
  });
});
