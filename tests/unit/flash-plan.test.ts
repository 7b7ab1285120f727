import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import { flashSegments, planFlash, type ComparedSegment } from '../../src/flash/flash-plan.ts';
import { paddedToSectors, SECTOR_BYTES, type FlashRequest } from '../../src/flash/flash-request.ts';
import { codeLike, files, firmware, layout } from './flash-board-kit.ts';

const FLASH_BYTES = 4 * 1024 * 1024;
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** What the job would ask of a chip with this flash. */
function compare(request: FlashRequest, flash: Uint8Array): ComparedSegment[] {
  return flashSegments(request).map((segment) => ({
    segment,
    wantedMd5: md5(segment.bytes),
    foundMd5: md5(flash.subarray(segment.offset, segment.offset + segment.bytes.length)),
  }));
}

/** The flash after `count` of the plan's writes. */
function carriedOut(request: FlashRequest, flash: Uint8Array, count = Infinity): Uint8Array {
  const plan = planFlash(compare(request, flash));
  const after = flash.slice();
  if (plan.eraseFirst)
    after.fill(0xff, plan.eraseFirst.offset, plan.eraseFirst.offset + plan.eraseFirst.sizeBytes);
  for (const { offset, bytes } of plan.writes.slice(0, count)) after.set(bytes, offset);
  return after;
}

const request: FlashRequest = { layout, firmware: firmware(300_001), fileSystem: files() };

describe('the flash plan', () => {
  it('pads the firmware with 0xff to whole sectors', () => {
    const padded = paddedToSectors(Uint8Array.of(1, 2, 3));
    expect(padded).toHaveLength(SECTOR_BYTES);
    expect([...padded.subarray(0, 5)]).toEqual([1, 2, 3, 0xff, 0xff]);
    expect(paddedToSectors(new Uint8Array(8192))).toHaveLength(8192);
  });

  it('blanks sector 0 with the first write and puts its contents last', () => {
    const plan = planFlash(compare(request, codeLike(FLASH_BYTES, 1)));
    const [first] = plan.writes;
    expect(first).toMatchObject({ part: 'firmware', offset: 0 });
    expect(first?.bytes.subarray(0, SECTOR_BYTES).every((byte) => byte === 0xff)).toBe(true);
    expect(plan.writes.at(-1)).toMatchObject({ part: 'boot', offset: 0 });
    expect(plan.writes.at(-1)?.bytes).toHaveLength(SECTOR_BYTES);
    expect(plan.eraseFirst).toBeNull();
  });

  it('has nothing to erase first on a blank chip, or when only sector 0 differs', () => {
    expect(planFlash(compare(request, new Uint8Array(FLASH_BYTES).fill(0xff))).eraseFirst).toBeNull();
    const done = carriedOut(request, codeLike(FLASH_BYTES, 1));
    done[3] = (done[3] ?? 0) ^ 1;
    const plan = planFlash(compare(request, done));
    expect(plan.eraseFirst).toBeNull();
    expect(plan.writes.map(({ part }) => part)).toEqual(['boot']);
  });

  it('writes sector 0 again when only the middle of the program differs', () => {
    const done = carriedOut(request, codeLike(FLASH_BYTES, 1));
    done[150_000] = (done[150_000] ?? 0) ^ 1;
    const plan = planFlash(compare(request, done));
    expect(plan.writes.map(({ part, offset }) => [part, offset])).toEqual([
      ['firmware', 0x20000],
      ['boot', 0],
    ]);
    expect(plan.eraseFirst).toEqual({ offset: 0, sizeBytes: SECTOR_BYTES });
    expect(plan.sectors).toBe(1 + 16 + 1);
  });

  it('of the file system writes only the runs given', () => {
    const plan = planFlash(compare({ ...request, firmware: null }, codeLike(FLASH_BYTES, 1)));
    expect(plan.writes.map(({ offset, bytes }) => [offset, bytes.length])).toEqual([
      [0x200000, 4096],
      [0x202000, 4096],
      [0x204000, 5 * 4096],
    ]);
    expect(plan).toMatchObject({ sectors: 7, writeBytes: 28_672, eraseFirst: null });
  });

  it('tells for files and firmware what is written and what is unchanged', () => {
    const done = carriedOut({ ...request, fileSystem: null }, codeLike(FLASH_BYTES, 1));
    const plan = planFlash(compare(request, done));
    expect(plan.files).toEqual({ writeBytes: 28_672, unchangedBytes: 0 });
    expect(plan.firmware).toEqual({ writeBytes: 0, unchangedBytes: 74 * SECTOR_BYTES });
  });

  it('leads from any flash to the wanted one, wherever it is interrupted, and never starts a mixed program', () => {
    const layoutSmall = layoutNamed('1m64');
    const image = {
      blockSizeBytes: 4096,
      blockCount: 16,
      runs: [{ offset: 0, bytes: codeLike(8192, 5) }],
    };
    const start = codeLike(1024 * 1024, 1);
    fc.assert(
      fc.property(
        fc.record({ pages: fc.integer({ min: 2, max: 60 }), seed: fc.nat(1000), stop: fc.nat(6) }),
        fc.array(fc.nat(60 * SECTOR_BYTES - 1), { maxLength: 5 }),
        ({ pages, seed, stop }, spoilt) => {
          const wanted: FlashRequest = {
            layout: layoutSmall,
            firmware: firmware(pages * SECTOR_BYTES - (seed % 4096), seed),
            fileSystem: image,
          };
          const flash = carriedOut(wanted, start);
          for (const at of spoilt) flash[at] = (flash[at] ?? 0) ^ 0x10;
          const plan = planFlash(compare(wanted, flash));
          const half = carriedOut(wanted, flash, Math.min(stop, plan.writes.length - 1));
          const hasBegun = stop > 0 && plan.writes.some(({ part }) => part === 'firmware');
          if (hasBegun) expect(half[0]).not.toBe(0xe9);
          const whole = carriedOut(wanted, half);
          expect(planFlash(compare(wanted, whole)).writes).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('covers each byte once, on sector bounds, in pieces of at most 64 KB', () => {
    fc.assert(
      fc.property(fc.integer({ min: 32, max: 300_000 }), (sizeBytes) => {
        const segments = flashSegments({ layout, firmware: firmware(sizeBytes), fileSystem: null });
        const sorted = [...segments].sort((a, b) => a.offset - b.offset);
        let at = 0;
        for (const { offset, bytes } of sorted) {
          expect(offset).toBe(at);
          expect(bytes.length % SECTOR_BYTES).toBe(0);
          expect(Math.floor(offset / 65_536)).toBe(Math.floor((offset + bytes.length - 1) / 65_536));
          at += bytes.length;
        }
        expect(at).toBe(Math.ceil(sizeBytes / SECTOR_BYTES) * SECTOR_BYTES);
      }),
      { numRuns: 30 },
    );
  });
});
