import { describe, expect, it } from 'vitest';
import { flashLayouts, layoutNamed } from '../../src/contract/flash-layouts.ts';
import { checkChip, checkRequest } from '../../src/flash/flash-checks.ts';
import { inspectFirmware } from '../../src/flash/firmware-image.ts';
import type { FlashRequest } from '../../src/flash/flash-request.ts';
import { endState, flashWords } from '../../src/flash/flash-state.ts';
import { progressAt } from '../../src/flash/flash-progress.ts';
import { baudRates, slowerBaudRate } from '../../src/flash/baud-rates.ts';
import type { ChipFacts } from '../../src/ports/bootloader.ts';
import { utf8 } from '../../src/shared/bytes.ts';
import { AppError } from '../../src/shared/errors.ts';
import { files, firmware, layout } from './flash-board-kit.ts';

const chip: ChipFacts = {
  chipName: 'ESP8266EX',
  isEsp8266: true,
  macAddress: '5c:cf:7f:00:00:01',
  flashSizeBytes: 4 * 1024 * 1024,
  flashId: 0x1640ef,
  crystalMhz: 26,
  features: ['WiFi'],
};

function refusal(action: () => unknown): AppError {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

/** A virtual image as docs/contracts.md describes it. */
function virtualImage(layoutName: string): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0xe9, 1, 0, 0]);
  new DataView(bytes.buffer).setUint32(12, 40, true);
  bytes.set(utf8('SIGNET-VIRTUAL\0\u0001'), 16);
  bytes.set(utf8(layoutName), 32);
  return bytes;
}

const request = (change: Partial<FlashRequest>): FlashRequest => ({
  layout,
  firmware: firmware(100_000),
  fileSystem: files(),
  ...change,
});

describe('checks before anything is erased', () => {
  it('let a fitting request and chip pass', () => {
    expect(() => checkRequest(request({}), false)).not.toThrow();
    expect(() => checkChip(chip, request({}))).not.toThrow();
  });

  it('refuse another chip and name it', () => {
    const error = refusal(() => checkChip({ ...chip, isEsp8266: false, chipName: 'ESP32-S3' }, request({})));
    expect(error.code).toBe('flash.wrong-chip');
    expect(error.message).toContain('ESP32-S3');
  });

  it('refuse a flash smaller than the layout, with both sizes', () => {
    const error = refusal(() =>
      checkChip({ ...chip, flashSizeBytes: 1024 * 1024, flashId: 0x1440ef }, request({})),
    );
    expect(error.code).toBe('flash.too-small');
    expect(error.message).toContain('1024 KB (id 0x1440ef)');
    expect(error.message).toContain('4m2m needs 4096 KB');
  });

  it('refuse a flash whose size cannot be told', () => {
    const error = refusal(() => checkChip({ ...chip, flashSizeBytes: null, flashId: 0xffffff }, request({})));
    expect(error.code).toBe('flash.size-unknown');
    expect(error.message).toContain('0xffffff');
  });

  it('refuse a quad flash mode on an ESP8285, with the options; other modes and chips pass', () => {
    const inMode = (mode: number): FlashRequest => {
      const bytes = firmware(5000).bytes.slice();
      bytes[2] = mode;
      return request({ firmware: inspectFirmware(bytes) });
    };
    const esp8285 = { ...chip, chipName: 'ESP8285' };
    for (const [mode, name] of [
      [0, 'QIO'],
      [1, 'QOUT'],
    ] as const) {
      const error = refusal(() => checkChip(esp8285, inMode(mode)));
      expect(error.code).toBe('flash.wrong-mode');
      expect(error.message).toContain(name);
      expect(error.remedy).toContain('DOUT');
      expect(() => checkChip(chip, inMode(mode))).not.toThrow();
    }
    for (const mode of [2, 3]) expect(() => checkChip(esp8285, inMode(mode))).not.toThrow();
    expect(() => checkChip(esp8285, request({ firmware: null }))).not.toThrow();
  });

  it('refuse a firmware that reaches into the file system', () => {
    const small = layoutNamed('1m256');
    const image = { blockSizeBytes: 4096, blockCount: 64, runs: [] };
    const tooLong = request({ layout: small, firmware: firmware(small.fsOffset + 1), fileSystem: image });
    const error = refusal(() => checkRequest(tooLong, false));
    expect(error).toMatchObject({ code: 'flash.firmware-too-large', details: { limitBytes: 0xbb000 } });
  });

  it('refuse a firmware larger than the linker script allows', () => {
    const error = refusal(() => checkRequest(request({ firmware: firmware(1_044_465) }), false));
    expect(error).toMatchObject({ code: 'flash.firmware-too-large', details: { limitBytes: 1_044_464 } });
    expect(() => checkRequest(request({ firmware: firmware(1_044_464) }), false)).not.toThrow();
  });

  it('refuse the virtual image on every real port, whatever was said of it', () => {
    const virtual = inspectFirmware(virtualImage('4m2m'));
    expect(virtual).toMatchObject({ isVirtual: true, layoutName: '4m2m' });
    expect(refusal(() => checkRequest(request({ firmware: virtual }), false)).code).toBe(
      'flash.virtual-image',
    );
    const disguised = { ...virtual, isVirtual: false };
    expect(refusal(() => checkRequest(request({ firmware: disguised }), false)).code).toBe(
      'flash.virtual-image',
    );
    expect(() => checkRequest(request({ firmware: virtual }), true)).not.toThrow();
  });

  it('refuse a firmware built for another layout than the files', () => {
    const other = { ...firmware(100_000), layoutName: '4m1m' };
    const error = refusal(() => checkRequest(request({ firmware: other }), false));
    expect(error).toMatchObject({ code: 'flash.layout-mismatch' });
    expect(error.message).toContain('4m1m');
    expect(error.message).toContain('4m2m');
  });

  it('refuse a file system made for any other layout', () => {
    for (const other of flashLayouts.filter(({ blockCount }) => blockCount !== layout.blockCount)) {
      const image = { blockSizeBytes: other.blockSizeBytes, blockCount: other.blockCount, runs: [] };
      expect(refusal(() => checkRequest(request({ fileSystem: image }), false)).code).toBe(
        'flash.layout-mismatch',
      );
    }
  });

  it('refuse a part that lies outside the file system or off its sectors', () => {
    const runs = [
      { offset: layout.fsSizeBytes - 4096, bytes: new Uint8Array(8192) },
      { offset: -4096, bytes: new Uint8Array(4096) },
      { offset: 100, bytes: new Uint8Array(4096) },
      { offset: 0, bytes: new Uint8Array(100) },
    ];
    for (const run of runs) {
      const image = { ...files(), runs: [run] };
      expect(refusal(() => checkRequest(request({ fileSystem: image }), false)).code).toBe(
        'flash.outside-file-system',
      );
    }
  });
});

describe('a firmware file', () => {
  it.each([
    ['nothing', new Uint8Array(0), 'ends too early'],
    ['a gzip file', Uint8Array.from({ length: 40 }, (_, i) => [0x1f, 0x8b][i] ?? 0), 'compressed'],
    ['a text', utf8('# this is a text file of some length'), '0xE9'],
    [
      'a header with 200 segments',
      Uint8Array.from({ length: 40 }, (_, i) => [0xe9, 200][i] ?? 0),
      '200 segments',
    ],
    ['a program cut off', firmware(5000).bytes.subarray(0, 4000), 'ends too early'],
  ])('is refused in words when it is %s', (_, bytes, words) => {
    const error = refusal(() => inspectFirmware(bytes));
    expect(error.code).toMatch(/^firmware\.(not-esp8266|truncated)$/);
    expect(error.message).toContain(words);
  });

  it('keeps its flash mode: no byte is changed', () => {
    const { bytes } = firmware(5000);
    expect(inspectFirmware(bytes).bytes).toBe(bytes);
  });
});

describe('the words of the states', () => {
  it('are those of the screens', () => {
    const board = { chip, baudRate: 460_800, slowedDown: null };
    const report = { ...board, writtenBytes: 1, unchangedBytes: 0, elapsedMs: 1 };
    expect(flashWords({ kind: 'no-board' })).toBe('No board');
    expect(flashWords({ kind: 'connecting', attempt: 2, attempts: 6 })).toBe('Connecting, 2 of 6');
    expect(flashWords({ kind: 'hold-flash', attempt: 1, attempts: 6 })).toBe('Hold FLASH, press RST');
    expect(flashWords({ kind: 'done', report, saidReady: true })).toBe('Done: the device is ready');
    expect(flashWords({ kind: 'done', report, saidReady: false })).toBe('Done: the image is verified');
    expect(flashWords(endState(null, true))).toBe('Not finished: resume');
    expect(flashWords(endState(new AppError('serial.gone'), false))).toBe('Stopped');
    expect(flashWords(endState(new AppError('flash.too-small'), false))).toBe('Flash too small');
  });
});

describe('speed and time left', () => {
  it('come from bytes on the flash and are not guessed in the first moments', () => {
    expect(progressAt(4096, 40_960, 100)).toMatchObject({ bytesPerSecond: null, secondsLeft: null });
    expect(progressAt(20_480, 40_960, 500)).toMatchObject({ bytesPerSecond: 40_960, secondsLeft: 1 });
    expect(progressAt(40_960, 40_960, 1000)).toMatchObject({ secondsLeft: 0 });
  });

  it('the way down from a bad line has an end', () => {
    expect(baudRates.map(slowerBaudRate)).toEqual([460_800, 230_400, 115_200, 57_600, null]);
    expect(slowerBaudRate(1_500_000)).toBe(921_600);
  });
});
