/** The flash job against a virtual board, with the real esptool-js in between. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSerialLink } from '../../src/platform/serial/web-serial-link.ts';
import { inspectFirmware } from '../../src/flash/firmware-image.ts';
import type { FlashPlan } from '../../src/flash/flash-plan.ts';
import type { FlashRequest } from '../../src/flash/flash-request.ts';
import type { VirtualBoard, VirtualBoardOptions } from '../../src/virtual-board/virtual-board.ts';
import {
  clockOf,
  failureOf,
  files,
  firmware,
  flashed,
  holds,
  layout,
  simulatedBoard,
  startFlash,
} from './flash-board-kit.ts';

const request: FlashRequest = { layout, firmware: firmware(200_000), fileSystem: files() };
const FILES_BYTES = 7 * 4096;
const PROGRAM_BYTES = 49 * 4096;
/** Sector 0 goes out twice: blank with the program's first block, and last as it shall be. */
const BLANK_BOOT_BYTES = 4096;

const boards: VirtualBoard[] = [];
function board(options: VirtualBoardOptions = {}): VirtualBoard {
  const made = simulatedBoard(options);
  boards.push(made);
  return made;
}
afterEach(() => {
  for (const used of boards.splice(0)) used.stop();
});

describe('flashing a board', () => {
  it('writes program and files to a fresh chip, verifies and restarts it', async () => {
    const fresh = board();
    const run = startFlash(fresh, request);
    const outcome = await run.result;
    expect(outcome).toMatchObject({
      kind: 'done',
      value: {
        writtenBytes: FILES_BYTES + PROGRAM_BYTES + BLANK_BOOT_BYTES,
        unchangedBytes: 0,
        baudRate: 460_800,
        slowedDown: null,
      },
    });
    expect(holds(fresh, request)).toBe(true);
    expect(run.words()).toEqual([
      'Connecting, 1 of 6',
      'Checking',
      'Ready',
      'Writing',
      'Checking',
      'Writing',
      'Checking',
      'Restarting',
      'Done: the image is verified',
    ]);
    // EN rises a little after the transistor lets go; these bytes are no program.
    await vi.waitFor(() => expect(fresh.mode).toBe('crashed'));
  });

  it('tells chip, MAC address, flash size and maker as they are', async () => {
    const fresh = board({ macAddress: '5c:cf:7f:01:02:03' });
    const { chip } = await flashed(fresh, { ...request, firmware: null });
    expect(chip).toEqual({
      chipName: 'ESP8266EX',
      isEsp8266: true,
      macAddress: '5c:cf:7f:01:02:03',
      flashSizeBytes: 4 * 1024 * 1024,
      flashId: 0x1640ef,
      crystalMhz: 26,
      features: ['WiFi'],
    });
  });

  it('writes nothing the second time: every part is unchanged', async () => {
    const used = board();
    await flashed(used, request);
    used.resetModelled();
    expect(await flashed(used, request)).toMatchObject({
      writtenBytes: 0,
      unchangedBytes: FILES_BYTES + PROGRAM_BYTES,
    });
    expect(used.modelled.sectorsErased).toBe(0);
  });

  it('writes only the files when only the settings changed', async () => {
    const used = board();
    await flashed(used, request);
    used.resetModelled();
    const changed = { ...request, fileSystem: files(99) };
    expect(await flashed(used, changed)).toMatchObject({
      writtenBytes: FILES_BYTES,
      unchangedBytes: PROGRAM_BYTES,
    });
    expect(used.modelled.sectorsErased).toBe(7);
    expect(holds(used, changed)).toBe(true);
  });

  it('leaves every sector alone that it was not asked to write', async () => {
    const before = new Uint8Array(4 * 1024 * 1024).map((_, i) => i * 7);
    const used = board({ flash: before });
    await flashed(used, request);
    const untouched = [layout.fsOffset + 4096, layout.fsOffset + 9 * 4096, 49 * 4096];
    for (const offset of untouched) {
      const sector = used.flash.bytes.subarray(offset, offset + 4096);
      expect(sector, `0x${offset.toString(16)}`).toEqual(before.subarray(offset, offset + 4096));
    }
  });

  it('counts progress in bytes on the flash, up to all of them', async () => {
    const run = startFlash(board(), request);
    await run.result;
    const counted = run.states.flatMap((state) => (state.kind === 'writing' ? [state.progress] : []));
    const done = counted.map(({ doneBytes }) => doneBytes);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(FILES_BYTES + PROGRAM_BYTES + BLANK_BOOT_BYTES);
    expect(new Set(counted.map(({ totalBytes }) => totalBytes))).toEqual(
      new Set([FILES_BYTES + PROGRAM_BYTES + BLANK_BOOT_BYTES]),
    );
    expect(new Set(done).size).toBeGreaterThan(10);
  });

  it('shows the plan first and leaves the board as it was when it is declined', async () => {
    const fresh = board();
    const before = fresh.flash.bytes.slice();
    const run = startFlash(fresh, request, { approve: () => Promise.resolve(false) });
    expect(await run.result).toEqual({ kind: 'cancelled' });
    expect(run.words().slice(-2)).toEqual(['Ready', 'Stopped']);
    expect(Buffer.compare(fresh.flash.bytes, before)).toBe(0);
  });
});

describe('while the plan is shown', () => {
  const undecided = (): Promise<boolean> => new Promise(() => undefined);

  it('the time the person takes does not count', async () => {
    const fresh = board();
    const clock = clockOf(fresh);
    const report = await flashed(fresh, request, {
      approve: async () => {
        await clock.sleep(3_600_000, new AbortController().signal);
        return true;
      },
    });
    expect(report.elapsedMs).toBeLessThan(10_000);
  });

  it('cancelling ends the job', async () => {
    const run = startFlash(board(), request, {
      approve: undecided,
      onState: ({ kind }, cancel) => {
        if (kind === 'ready') cancel();
      },
    });
    expect(await run.result).toEqual({ kind: 'cancelled' });
    expect(run.words().at(-1)).toBe('Stopped');
  });

  it('a pulled cable ends the job', async () => {
    const fresh = board();
    const run = startFlash(fresh, request, {
      approve: () => {
        fresh.unplug();
        return undecided();
      },
    });
    expect(await failureOf(run)).toMatchObject({ code: 'serial.gone' });
    expect(run.words().slice(-2)).toEqual(['Ready', 'Stopped']);
  });
});

describe('a board without automatic reset', () => {
  it('is asked for by its buttons, and flashed when they are pressed', async () => {
    const manual = board({ autoReset: false });
    let isPressed = false;
    const run = startFlash(manual, request, {
      patienceMs: 60_000,
      onState: ({ kind }) => {
        if (kind !== 'hold-flash' || isPressed) return;
        isPressed = true;
        void manual.pressReset({ gpio0: 0 });
      },
    });
    expect(await run.result).toMatchObject({ kind: 'done' });
    expect(run.words()).toContain('Hold FLASH, press RST');
    expect(holds(manual, request)).toBe(true);
  });
});

describe('an interrupted job', () => {
  it('cancelled in the middle says "not finished" and a second run writes only what is missing', async () => {
    const used = board();
    const run = startFlash(used, request, {
      onState: (state, cancel) => {
        if (state.kind === 'writing' && state.part === 'firmware' && state.progress.doneBytes > 120_000)
          cancel();
      },
    });
    expect(await run.result).toEqual({ kind: 'cancelled' });
    expect(run.words().at(-1)).toBe('Not finished: resume');
    expect(used.flash.bytes[0], 'sector 0 must not start a half-written program').not.toBe(0xe9);
    const resumed = await flashed(used, request);
    expect(resumed.unchangedBytes).toBeGreaterThanOrEqual(60_000);
    expect(holds(used, request)).toBe(true);
  });

  it('cancelled while connecting leaves the board as it was', async () => {
    const used = board();
    const run = startFlash(used, request, { onState: (_, cancel) => cancel() });
    expect(await run.result).toEqual({ kind: 'cancelled' });
    expect(run.words().at(-1)).toBe('Stopped');
    await expect(new WebSerialLink(used.port).open(115_200)).resolves.toBeUndefined();
  });

  it('unplugged in the middle says so at once, and resumes when it is back', async () => {
    const used = board();
    await flashed(used, { ...request, firmware: null });
    used.setFaults({ unplug: { direction: 'toChip', afterBytes: 120_000 } });
    const run = startFlash(used, request);
    const error = await failureOf(run);
    expect(error.code).toBe('serial.gone');
    expect(run.words().at(-1)).toBe('Not finished: resume');
    used.setFaults({});
    used.plug();
    const resumed = await flashed(used, request);
    expect(resumed.unchangedBytes).toBeGreaterThan(FILES_BYTES);
    expect(holds(used, request)).toBe(true);
  });
});

describe('a board that must be refused', () => {
  it('is refused before anything is erased when the chip is another', async () => {
    const esp32 = board({ chip: 'esp32' });
    const before = esp32.flash.bytes.slice();
    const run = startFlash(esp32, request);
    const error = await failureOf(run);
    expect(error).toMatchObject({ code: 'flash.wrong-chip' });
    expect(error.message).toContain('ESP32');
    expect(run.words().at(-1)).toBe('Wrong board');
    expect(Buffer.compare(esp32.flash.bytes, before)).toBe(0);
  });

  it('is refused before anything is erased when its flash is smaller than the layout', async () => {
    const small = board({ flashSizeBytes: 1024 * 1024, flashId: 0x1440ef });
    const before = small.flash.bytes.slice();
    const run = startFlash(small, request);
    const error = await failureOf(run);
    expect(error).toMatchObject({ code: 'flash.too-small', details: { foundKb: 1024, neededKb: 4096 } });
    expect(run.words().at(-1)).toBe('Flash too small');
    expect(Buffer.compare(small.flash.bytes, before)).toBe(0);
  });
});

describe('an ESP8285', () => {
  it('is told from an ESP8266, and a firmware in quad mode is refused before anything is erased', async () => {
    const embedded = board({ chip: 'esp8285', flashSizeBytes: 4 * 1024 * 1024 });
    const before = embedded.flash.bytes.slice();
    const quad = firmware(20_000).bytes.slice();
    quad[2] = 0;
    const run = startFlash(embedded, { layout, firmware: inspectFirmware(quad), fileSystem: files() });
    expect(await failureOf(run)).toMatchObject({
      code: 'flash.wrong-mode',
      details: { chip: 'ESP8285', mode: 'QIO' },
    });
    expect(run.words().at(-1)).toBe('Stopped');
    expect(Buffer.compare(embedded.flash.bytes, before)).toBe(0);
    const report = await flashed(embedded, request);
    expect(report.chip).toMatchObject({ chipName: 'ESP8285', features: ['WiFi', 'Embedded Flash'] });
  });
});

describe('the plan', () => {
  it('names regions, sectors and what to expect, about right at every speed', async () => {
    for (const baudRate of [115_200, 460_800, 921_600]) {
      const fresh = board();
      let plan: FlashPlan | null = null;
      let beforeS = 0;
      await flashed(fresh, request, {
        baudRate,
        approve: (_, shown) => {
          plan = shown;
          beforeS = fresh.modelled.seconds;
          return Promise.resolve(true);
        },
      });
      const seconds = fresh.modelled.seconds - beforeS;
      const { regions, sectors, expected, findings } = plan as unknown as FlashPlan;
      expect(regions.map(({ part, offset }) => [part, offset])).toEqual([
        ['firmware', 0],
        ['files', 0x200000],
        ['files', 0x202000],
        ['files', 0x204000],
        ['boot', 0],
      ]);
      expect(regions.reduce((sum, region) => sum + region.sectors, 0)).toBe(sectors);
      expect(findings).toBeNull();
      expect(expected.seconds / seconds).toBeGreaterThan(0.65);
      expect(expected.seconds / seconds).toBeLessThan(1.35);
    }
  });
});

describe('a bad line or a bad flash', () => {
  it('a flipped flash bit ends in an MD5 error, never in silence; writing again mends it', async () => {
    const worn = board({ faults: { flashBits: [{ offset: 0x1_2345, bit: 3, kind: 'flip' }] } });
    const run = startFlash(worn, request);
    const error = await failureOf(run);
    expect(error.code).toBe('flash.verify-failed');
    expect(run.words().at(-1)).toBe('Not finished: resume');
    expect(worn.flash.bytes[0]).not.toBe(0xe9);
    await flashed(worn, request);
    expect(holds(worn, request)).toBe(true);
  });

  it('falls back to a slower speed by itself and says so when the line is bad', async () => {
    const noisy = board({ faults: { unreliableAboveBaudRate: 115_200 } });
    const report = await flashed(noisy, request, { baudRate: 921_600 });
    expect(report.slowedDown).toEqual({ fromBaudRate: 921_600, toBaudRate: 115_200 });
    expect(holds(noisy, request)).toBe(true);
  });

  it('stays at 115200 when the chip does not change its speed', async () => {
    const stubborn = board({ faults: { ignoredSyncs: 5, baudChange: 'ignore' } });
    const report = await flashed(stubborn, { ...request, firmware: null });
    expect(report).toMatchObject({
      baudRate: 115_200,
      slowedDown: { fromBaudRate: 460_800, toBaudRate: 115_200 },
    });
  });

  it('goes on after line errors that a new reader survives', async () => {
    const names = ['BufferOverrunError', 'FramingError', 'BreakError', 'ParityError'] as const;
    const jumpy = board({
      faults: { streamErrors: names.map((name, i) => ({ name, afterBytes: 700 + 200 * i })) },
    });
    await flashed(jumpy, request);
    expect(holds(jumpy, request)).toBe(true);
  });

  it('recovers from a lost acknowledgement without writing a block twice', async () => {
    const deaf = board({ faults: { lostReplies: { opcode: 0x11, skip: 3, count: 1 } } });
    await flashed(deaf, request);
    expect(holds(deaf, request)).toBe(true);
  });

  it('takes the slow way in when the ROM does not follow at full speed', async () => {
    const slow = board({ faults: { ignoredSyncs: 5 } });
    expect(await flashed(slow, { ...request, firmware: null })).toMatchObject({
      baudRate: 460_800,
      slowedDown: null,
    });
  });

  it('names a loader that never starts', async () => {
    const run = startFlash(board({ faults: { noOhai: true } }), request);
    expect(await failureOf(run)).toMatchObject({ code: 'flash.loader-failed' });
    expect(run.words().at(-1)).toBe('Stopped');
  });

  it('starts the stub once more when its greeting is lost', async () => {
    const silent = board({ faults: { lostReplies: { opcode: 0x06, skip: 0, count: 1 } } });
    await flashed(silent, { ...request, firmware: null });
  });

  it('names a port that another program holds', async () => {
    const run = startFlash(board({ faults: { portBusy: true } }), request);
    expect(await failureOf(run)).toMatchObject({ code: 'serial.port-busy' });
    expect(run.words().at(-1)).toBe('Stopped');
  });

  it('names a board that never answers, and closes the port', async () => {
    const handsNeeded = board({ autoReset: false });
    const run = startFlash(handsNeeded, request);
    expect(await failureOf(run)).toMatchObject({ code: 'flash.no-answer' });
    expect(run.words().at(-1)).toBe('Stopped');
    await expect(new WebSerialLink(handsNeeded.port).open(115_200)).resolves.toBeUndefined();
  });
});
