import { describe, expect, it } from 'vitest';
import {
  flashLayouts,
  layoutNamed,
  layoutsFor,
  layoutsWithoutFileSystem,
} from '../../src/contract/flash-layouts.ts';
import { AppError } from '../../src/shared/errors.ts';

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.code;
    throw thrown;
  }
  return 'nothing thrown';
};

describe('flash layouts', () => {
  it('places 4m2m where the Arduino core does', () => {
    expect(layoutNamed('4m2m')).toEqual({
      name: '4m2m',
      flashSizeBytes: 4 * 1024 * 1024,
      fsOffset: 0x200000,
      fsSizeBytes: 2_072_576,
      blockSizeBytes: 8192,
      blockCount: 253,
      maxSketchBytes: 1_044_464,
    });
  });

  it('places 1m64 and 4m1m where the Arduino core does', () => {
    expect(layoutNamed('1m64')).toMatchObject({ fsOffset: 0xeb000, blockSizeBytes: 4096, blockCount: 16 });
    expect(layoutNamed('4m1m')).toMatchObject({ fsOffset: 0x300000, blockSizeBytes: 8192, blockCount: 125 });
  });

  it('keeps every file system clear of EEPROM, RF calibration and SDK parameters, and of the program', () => {
    for (const layout of flashLayouts) {
      expect(layout.fsOffset % 4096, layout.name).toBe(0);
      expect(layout.fsSizeBytes, layout.name).toBe(layout.blockSizeBytes * layout.blockCount);
      expect(layout.fsOffset + layout.fsSizeBytes, layout.name).toBeLessThanOrEqual(
        layout.flashSizeBytes - 0x5000,
      );
      expect(layout.maxSketchBytes, layout.name).toBeLessThanOrEqual(layout.fsOffset);
    }
  });

  it('names every layout once', () => {
    expect(new Set(flashLayouts.map(({ name }) => name)).size).toBe(flashLayouts.length);
    expect(flashLayouts).toHaveLength(22);
  });

  it('refuses a layout without a file system in words that say so', () => {
    for (const name of layoutsWithoutFileSystem) {
      expect(codeOf(() => layoutNamed(name))).toBe('flash.layout-without-files');
    }
  });

  it('refuses a name it does not know', () => {
    expect(codeOf(() => layoutNamed('3m1m'))).toBe('flash.layout-unknown');
  });

  it('lists the layouts for a flash size, smallest file system first', () => {
    expect(layoutsFor(4 * 1024 * 1024).map(({ name }) => name)).toEqual(['4m1m', '4m2m', '4m3m']);
    expect(layoutsFor(3 * 1024 * 1024)).toEqual([]);
  });
});
