import { describe, expect, it } from 'vitest';
import type { FlashReport, FlashState } from '../../src/flash/flash-state.ts';
import { AppError } from '../../src/shared/errors.ts';
import {
  addIdentities,
  boardsCsv,
  giveBack,
  noBoards,
  startNext,
  withState,
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
const finished: FlashState = { kind: 'done', report, saidReady: false };
const three: ManyBoards<string> = addIdentities<string>(noBoards, [identity(1), identity(2), identity(3)]);

function started(boards: ManyBoards<string>, port: string): { boards: ManyBoards<string>; id: number } {
  const next = startNext(boards, port);
  if (!next) throw new Error('nothing to start');
  return { boards: next.boards, id: next.job.id };
}

describe('many boards', () => {
  it('take one identity each, several ports at once', () => {
    const one = started(three, 'usb0');
    const two = started(one.boards, 'usb1');
    expect(two.boards.jobs.map(({ port, deviceId }) => [port, deviceId])).toEqual([
      ['usb0', 'porch-1'],
      ['usb1', 'porch-2'],
    ]);
    expect(two.boards.waiting).toEqual([identity(3)]);
    expect(startNext(two.boards, 'usb0')).toBeNull();
  });

  it('go on with the next identity on the same port when the board is written', () => {
    const one = started(three, 'usb0');
    const two = started(withState(one.boards, one.id, finished), 'usb0');
    expect(two.boards.jobs.map(({ deviceId, result }) => [deviceId, result.kind])).toEqual([
      ['porch-1', 'written'],
      ['porch-2', 'running'],
    ]);
  });

  it('resume with the same identity what was not finished', () => {
    const one = started(three, 'usb0');
    const cut = withState(one.boards, one.id, { kind: 'not-finished', error: new AppError('serial.gone') });
    const again = started(cut, 'usb0');
    expect(again.id).toBe(one.id);
    expect(again.boards.jobs).toHaveLength(1);
    expect(again.boards.waiting).toHaveLength(2);
  });

  it('give the identity of a board that was never touched to another', () => {
    const one = started(three, 'usb0');
    const stopped = withState(one.boards, one.id, { kind: 'stopped', error: null });
    const back = giveBack(stopped, one.id);
    expect(back.waiting[0]).toEqual(identity(1));
    const running = started(three, 'usb0');
    expect(giveBack(running.boards, running.id)).toBe(running.boards);
  });

  it('have nothing to start when no identity waits', () => {
    expect(startNext<string>(noBoards, 'usb0')).toBeNull();
  });

  it('never give one identity to two boards, or one number to two rows', () => {
    const one = started(three, 'usb0');
    const two = started(one.boards, 'usb1');
    const stopped = giveBack(withState(two.boards, one.id, { kind: 'stopped', error: null }), one.id);
    const again = started(stopped, 'usb2');
    expect(new Set(again.boards.jobs.map(({ id }) => id)).size).toBe(again.boards.jobs.length);
    expect(new Set(again.boards.jobs.map(({ deviceId }) => deviceId)).size).toBe(again.boards.jobs.length);
  });

  it('make a table with MAC address, device, fingerprint and result', () => {
    const one = started(three, 'usb0');
    const two = started(withState(one.boards, one.id, finished), 'usb1');
    const failed = withState(two.boards, two.id, {
      kind: 'not-finished',
      error: new AppError('serial.gone'),
    });
    expect(boardsCsv(failed).split('\r\n')).toEqual([
      'board,mac,device,certificate_sha256,result,error,written_bytes,seconds',
      `1,5c:cf:7f:00:00:01,porch-1,${'1'.repeat(64)},written,,4096,2.3`,
      `2,,porch-2,${'2'.repeat(64)},not-finished,serial.gone,,`,
      '',
    ]);
  });
});
