import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flashSizeOf, otherChipFacts } from '../../src/platform/serial/chip-facts.ts';
import { SizeOnFlash } from '../../src/platform/serial/size-on-flash.ts';
import { blocksOf } from '../../src/platform/serial/write-blocks.ts';
import { SlipDecoder, slipEncode } from '../../src/platform/serial/slip.ts';
import { concatBytes } from '../../src/shared/bytes.ts';
import { zlibSync } from 'fflate';

describe('SLIP', () => {
  it('escapes delimiter and escape', () => {
    expect([...slipEncode(Uint8Array.of(1, 0xc0, 0xdb, 2))]).toEqual([
      0xc0, 1, 0xdb, 0xdc, 0xdb, 0xdd, 2, 0xc0,
    ]);
  });

  it('gives back any frames, in chunks of any size', () => {
    const frame = fc.uint8Array({ minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.integer({ min: 1, max: 50 }),
        (frames, chunkBytes) => {
          const wire = concatBytes(frames.map(slipEncode));
          const decoder = new SlipDecoder();
          const found: Uint8Array[] = [];
          for (let at = 0; at < wire.length; at += chunkBytes)
            found.push(...decoder.push(wire.subarray(at, at + chunkBytes)));
          expect(found.map((f) => [...f])).toEqual(frames.map((f) => [...f]));
        },
      ),
    );
  });

  it('loses one frame at most to any lost byte', () => {
    const frames = Array.from({ length: 6 }, (_, i) =>
      Uint8Array.from({ length: 9 }, (__, k) => (i * 16 + k) & 0x7f),
    );
    const wire = concatBytes(frames.map(slipEncode));
    for (let lost = 0; lost < wire.length; lost += 1) {
      const found = new SlipDecoder().push(concatBytes([wire.subarray(0, lost), wire.subarray(lost + 1)]));
      const whole = frames.filter((frame) => found.some((f) => f.join() === frame.join()));
      expect(whole.length, `byte ${lost}`).toBeGreaterThanOrEqual(frames.length - 1);
    }
  });
});

describe('flash ids', () => {
  it.each([
    [0x1640ef, 4 * 1024 * 1024],
    [0x1440ef, 1024 * 1024],
    [0x1340c8, 512 * 1024],
    [0x1840ef, 16 * 1024 * 1024],
    [0x3660c8, 4 * 1024 * 1024],
    [0xffffff, null],
    [0x000000, null],
    [0x000080, null],
  ])('%s means a size, or none', (flashId, sizeBytes) => {
    expect(flashSizeOf(flashId)).toBe(sizeBytes);
  });

  it('name a chip that is not ours', () => {
    expect(otherChipFacts(0x00f01d83)).toMatchObject({ chipName: 'ESP32', isEsp8266: false });
    expect(otherChipFacts(0x12345678).chipName).toContain('0x12345678');
  });
});

describe('a payload in blocks', () => {
  it('is whole and in order; it ends small, so that little waits for the flash at the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200_000 }), (payload) => {
        const blocks = blocksOf(payload, 16_384);
        expect(Buffer.compare(concatBytes(blocks), payload)).toBe(0);
        expect(blocks.every(({ length }) => length > 0 && length <= 16_384)).toBe(true);
        expect(blocks.at(-1)?.length).toBeLessThanOrEqual(4096);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the size of deflated blocks on the flash', () => {
  it('adds up to the whole, whatever the blocks', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 9000 }),
        fc.integer({ min: 1, max: 700 }),
        (bytes, blockBytes) => {
          const deflated = zlibSync(concatBytes([bytes, new Uint8Array(30_000)]), { level: 9 });
          const meter = new SizeOnFlash('deflated');
          let total = 0;
          for (let at = 0; at < deflated.length; at += blockBytes) {
            total += meter.push(deflated.subarray(at, at + blockBytes), at + blockBytes >= deflated.length);
          }
          expect(total).toBe(bytes.length + 30_000);
        },
      ),
    );
  });
});
