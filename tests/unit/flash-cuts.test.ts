/**
 * The cable pulled at every block's edge and at a thousand random bytes; random bytes lost, bent and doubled; a line that
 * is unreliable above a speed. The job ends verified or says that it is not finished, never waits long without a word,
 * and another run mends the board.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import type { FlashRequest } from '../../src/flash/flash-request.ts';
import { asAppError } from '../../src/shared/errors.ts';
import type { Direction, Faults } from '../../src/virtual-board/faults.ts';
import { clockOf, codeLike, firmware, flashed, simulatedBoard, startFlash } from './flash-board-kit.ts';

const layout = layoutNamed('512k32');
const files = {
  blockSizeBytes: layout.blockSizeBytes,
  blockCount: layout.blockCount,
  runs: [{ offset: 2 * 4096, bytes: codeLike(4096, 21) }],
  lastRuns: [{ offset: 0, bytes: codeLike(4096, 20) }],
};
const small: FlashRequest = { layout, firmware: firmware(10_000), fileSystem: files };
const large: FlashRequest = { layout, firmware: firmware(180_000), fileSystem: files };
/** Made once: garbage for each board takes longer than flashing it. */
const usedFlash = codeLike(512 * 1024, 2).fill(0xe9, 0, 1);
const directions: readonly Direction[] = ['toChip', 'fromChip'];
const LONGEST_SILENCE_MS = 10_000;

type Board = ReturnType<typeof simulatedBoard>;

function holds({ flash }: Board, { firmware: program, fileSystem }: FlashRequest): boolean {
  const runs = [...(fileSystem?.runs ?? []), ...(fileSystem?.lastRuns ?? [])];
  const parts = [
    { offset: 0, bytes: program?.bytes ?? new Uint8Array(0) },
    ...runs.map(({ offset, bytes }) => ({ offset: layout.fsOffset + offset, bytes })),
  ];
  return parts.every(
    ({ offset, bytes }) => Buffer.compare(flash.bytes.subarray(offset, offset + bytes.length), bytes) === 0,
  );
}

/** Runs the job with the fault, judges its end, and mends the board by another run. */
async function endsWell(request: FlashRequest, faults: Faults, baudRate = 460_800): Promise<string> {
  const name = JSON.stringify(faults);
  const board = simulatedBoard({ faults, flash: usedFlash, seed: 9 });
  const clock = clockOf(board);
  let spokeMs = 0;
  let silenceMs = 0;
  const listen = (): void => {
    silenceMs = Math.max(silenceMs, clock.monotonicMs() - spokeMs);
    spokeMs = clock.monotonicMs();
  };
  const run = startFlash(board, request, { baudRate, onState: listen });
  const outcome = await run.result.catch(asAppError);
  listen();
  const last = run.states.at(-1)?.kind ?? 'none';
  expect(silenceMs, name).toBeLessThan(LONGEST_SILENCE_MS);
  if ('kind' in outcome) {
    expect(last, name).toBe('done');
    expect(holds(board, request), name).toBe(true);
  } else {
    expect(outcome.code, name).toMatch(/^(flash|serial)\./);
    expect(['not-finished', 'stopped'], name).toContain(last);
    const isUntouched = Buffer.compare(board.flash.bytes, usedFlash) === 0;
    if (last === 'stopped') expect(isUntouched, name).toBe(true);
    // What is half-written starts nothing, unless the flash itself bends what is written to it.
    const isHalfWritten = !isUntouched && !holds(board, request) && !faults.flashBits;
    if (isHalfWritten) expect(board.flash.bytes[0], name).not.toBe(0xe9);
  }
  board.setFaults({});
  board.plug();
  await flashed(board, request);
  expect(holds(board, request), name).toBe(true);
  board.stop();
  return last;
}

/** Many boards at once: their clocks share the turns of the event loop in which nothing happens. */
const AT_ONCE = 25;

async function allEndWell(request: FlashRequest, faults: readonly Faults[]): Promise<Set<string>> {
  const ends = new Set<string>();
  for (let at = 0; at < faults.length; at += AT_ONCE) {
    const batch = faults.slice(at, at + AT_ONCE).map((fault) => endsWell(request, fault));
    for (const end of await Promise.all(batch)) ends.add(end);
  }
  return ends;
}

interface Traffic {
  readonly total: Record<Direction, number>;
  /** Bytes to the chip whenever the job said how far it is. */
  readonly blockEdges: readonly number[];
}

async function trafficOf(request: FlashRequest): Promise<Traffic> {
  const board = simulatedBoard({ flash: usedFlash, seed: 9 });
  const edges = new Set<number>();
  await flashed(board, request, {
    onState: ({ kind }) => {
      if (kind === 'writing') edges.add(board.modelled.bytesOnWire.toChip);
    },
  });
  const { bytesOnWire } = board.modelled;
  board.stop();
  return { total: { ...bytesOnWire }, blockEdges: [...edges] };
}

/** As repeatable as chance can be. */
const numbers = (count: number, below: number, seed: number): number[] =>
  fc.sample(fc.integer({ min: 0, max: below - 1 }), { numRuns: count, seed });

describe('a pulled cable', () => {
  it('at every edge of a block, and a byte before and behind it', { timeout: 60_000 }, async () => {
    const { blockEdges } = await trafficOf(large);
    expect(blockEdges.length).toBeGreaterThan(8);
    const cuts = blockEdges.flatMap((edge) => [edge - 1, edge, edge + 1]);
    const faults = cuts.map((afterBytes): Faults => ({ unplug: { direction: 'toChip', afterBytes } }));
    expect(await allEndWell(large, faults)).toContain('not-finished');
  });

  it('at a thousand random bytes', { timeout: 120_000 }, async () => {
    const { total } = await trafficOf(small);
    const faults = directions.flatMap((direction) =>
      numbers(500, total[direction], 1).map((afterBytes): Faults => ({ unplug: { direction, afterBytes } })),
    );
    expect([...(await allEndWell(small, faults))].sort()).toEqual(['not-finished', 'stopped']);
  });
});

describe('a bad line', () => {
  it.each(['drop', 'corrupt', 'duplicate'] as const)(
    'may %s any byte, either way',
    { timeout: 60_000 },
    async (kind) => {
      const { total } = await trafficOf(small);
      const faults = directions.flatMap((direction) =>
        numbers(25, total[direction], 2).map((afterBytes): Faults => ({
          line: [{ direction, kind, afterBytes }],
        })),
      );
      await allEndWell(small, faults);
    },
  );

  it('may lose an acknowledgement of any block', async () => {
    const faults = [0, 1, 2, 3, 4, 5].map((skip): Faults => ({
      lostReplies: { opcode: 0x11, skip, count: 1 },
    }));
    await allEndWell(large, faults);
  });

  it('may be unreliable above any speed', async () => {
    for (const unreliableAboveBaudRate of [57_600, 115_200, 230_400, 460_800]) {
      await endsWell(small, { unreliableAboveBaudRate }, 921_600);
    }
  });

  it('may report every error that a stream can survive, anywhere', async () => {
    const { total } = await trafficOf(small);
    const names = ['BufferOverrunError', 'FramingError', 'BreakError', 'ParityError'] as const;
    const faults = names.flatMap((name) =>
      numbers(6, total.fromChip, 3).map((afterBytes): Faults => ({ streamErrors: [{ name, afterBytes }] })),
    );
    await allEndWell(small, faults);
  });
});

describe('a bad flash or loader', () => {
  it('may flip a bit anywhere, or hold one', async () => {
    const offsets = [0, 3, 4096, 9999, layout.fsOffset, layout.fsOffset + 2 * 4096 + 9];
    const faults = offsets.flatMap((offset) =>
      (['flip', 'stuckAt0', 'stuckAt1'] as const).map((kind): Faults => ({
        flashBits: [{ offset, bit: 5, kind }],
      })),
    );
    await allEndWell(small, faults);
  });

  it('may never say OHAI', async () => {
    expect(await endsWell(small, { noOhai: true })).toBe('stopped');
  });
});
