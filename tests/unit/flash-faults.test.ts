/**
 * Bytes lost, bent and doubled both ways, replies lost, cables pulled, at places spread over the whole job. Whatever
 * happens, the job ends in "verified" or says that it is not finished, soon; and another run mends it.
 */
import { describe, expect, it } from 'vitest';
import type { FlashRequest } from '../../src/flash/flash-request.ts';
import { asAppError } from '../../src/shared/errors.ts';
import type { Direction, Faults } from '../../src/virtual-board/faults.ts';
import {
  clockOf,
  codeLike,
  files,
  firmware,
  flashed,
  holds,
  layout,
  simulatedBoard,
  startFlash,
} from './flash-board-kit.ts';

const request: FlashRequest = { layout, firmware: firmware(40_000), fileSystem: files() };
/** Made once: garbage for each board takes longer than flashing it. */
const usedFlash = codeLike(4 * 1024 * 1024, 2);
/** About what such a job moves each way. */
const traffic: Record<Direction, number> = { toChip: 70_000, fromChip: 3_200 };
const directions: readonly Direction[] = ['toChip', 'fromChip'];
/** A lost reply, and what follows to get over it. */
const SOON_MS = 10_000;

const places = (direction: Direction, count = 4): number[] =>
  Array.from({ length: count }, (_, i) => Math.floor((traffic[direction] * (i + 0.37)) / count));

async function endsWell(name: string, faults: Faults): Promise<void> {
  const board = simulatedBoard({ faults, flash: usedFlash, seed: 9 });
  const run = startFlash(board, request);
  const outcome = await run.result.catch(asAppError);
  expect(clockOf(board).monotonicMs(), name).toBeLessThan(SOON_MS);
  const last = run.words().at(-1);
  if ('kind' in outcome) {
    expect(last, name).toBe('Done: the image is verified');
    expect(holds(board, request), name).toBe(true);
  } else {
    expect(outcome.code, name).toMatch(/^(flash|serial)\./);
    expect(['Not finished: resume', 'Stopped'], name).toContain(last);
    // Nothing half-written starts.
    if (last === 'Not finished: resume') expect(board.flash.bytes[0], name).not.toBe(0xe9);
  }
  board.setFaults({});
  board.plug();
  await flashed(board, request);
  expect(holds(board, request), name).toBe(true);
  board.stop();
}

describe('the job is verified or said to be unfinished, and mended by another run, when', () => {
  it.each(['drop', 'corrupt', 'duplicate'] as const)(
    'the line decides to %s a byte, either way',
    async (kind) => {
      const faults = directions.flatMap((direction) =>
        places(direction).map((afterBytes): Faults => ({ line: [{ direction, kind, afterBytes }] })),
      );
      for (const fault of faults) await endsWell(JSON.stringify(fault), fault);
    },
  );

  it('the cable is pulled in any phase', async () => {
    const faults = directions.flatMap((direction) =>
      places(direction, 6).map((afterBytes): Faults => ({ unplug: { direction, afterBytes } })),
    );
    for (const fault of faults) await endsWell(JSON.stringify(fault), fault);
  });

  it('one reply to a command is lost, whichever command', async () => {
    const opcodes = [0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x10, 0x11, 0x12, 0x13, 0xd1, 0xd2];
    const faults = opcodes.map((opcode): Faults => ({ lostReplies: { opcode, skip: 0, count: 1 } }));
    for (const fault of faults) await endsWell(JSON.stringify(fault), fault);
  });

  it('the flash itself fails: an erase, or a bit that stays 0', async () => {
    await endsWell('erase', { eraseFailsAt: 0x5000 });
    await endsWell('stuck bit', { flashBits: [{ offset: 0x8003, bit: 6, kind: 'stuckAt0' }] });
  });
});
