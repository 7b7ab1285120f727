import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildVirtualImage,
  parseFirmwareImage,
  readVirtualImage,
} from '../../src/contract/firmware-image.ts';
import { concatBytes, u32le } from '../../src/shared/bytes.ts';
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

/** As esptool's elf2image writes it: two segments, 4 MB, DIO, 40 MHz. */
function twoSegments(): Uint8Array {
  const first = Uint8Array.of(1, 2, 3, 4);
  const second = Uint8Array.of(0xff, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70);
  const body = concatBytes([
    Uint8Array.of(0xe9, 2, 2, 0x40),
    u32le(0x4010f000),
    concatBytes([u32le(0x4010f000), u32le(first.length), first]),
    concatBytes([u32le(0x3ffe8000), u32le(second.length), second]),
  ]);
  const image = new Uint8Array(48);
  image.set(body);
  image[47] = [...first, ...second].reduce((sum, byte) => sum ^ byte, 0xef);
  return image;
}

describe('an ESP8266 firmware image', () => {
  it('tells its segments, its entry and the flash it was built for', () => {
    expect(parseFirmwareImage(twoSegments())).toEqual({
      entry: 0x4010f000,
      segments: [
        { address: 0x4010f000, offset: 16, size: 4 },
        { address: 0x3ffe8000, offset: 28, size: 8 },
      ],
      flashMode: 'dio',
      flashSizeBytes: 4 * 1024 * 1024,
      flashFrequencyMHz: 40,
      sizeBytes: 48,
    });
  });

  it('may have more behind it, as an Arduino program has behind its boot loader', () => {
    const followed = concatBytes([twoSegments(), new Uint8Array(4096).fill(0xff)]);
    expect(parseFirmwareImage(followed).sizeBytes).toBe(48);
  });

  it('is refused as cut short at every byte', () => {
    const image = twoSegments();
    for (let size = 0; size < image.length; size++) {
      expect(
        codeOf(() => parseFirmwareImage(image.subarray(0, size))),
        `${size} bytes`,
      ).toBe('firmware.truncated');
    }
  });

  it('is refused as damaged when any byte of a segment or the checksum changed', () => {
    for (const at of [16, 17, 18, 19, 28, 31, 35, 47]) {
      const image = twoSegments();
      image[at] = (image[at] ?? 0) ^ 0x20;
      expect(
        codeOf(() => parseFirmwareImage(image)),
        `byte ${at}`,
      ).toBe('firmware.bad-checksum');
    }
  });

  it('is refused as another thing when it begins otherwise or claims no or too many segments', () => {
    const image = twoSegments();
    expect(codeOf(() => parseFirmwareImage(Uint8Array.of(0x7f, 0x45)))).toBe('firmware.not-esp8266');
    expect(codeOf(() => parseFirmwareImage(image.map((byte, at) => (at === 1 ? 0 : byte))))).toBe(
      'firmware.not-esp8266',
    );
    expect(codeOf(() => parseFirmwareImage(image.map((byte, at) => (at === 1 ? 17 : byte))))).toBe(
      'firmware.not-esp8266',
    );
  });

  it('says nothing about flash sizes and modes it does not know', () => {
    const image = twoSegments();
    image[2] = 9;
    image[3] = 0x7e;
    expect(parseFirmwareImage(image)).toMatchObject({
      flashMode: null,
      flashSizeBytes: null,
      flashFrequencyMHz: null,
    });
  });

  it('never fails otherwise, whatever the bytes are', () => {
    const known = ['firmware.truncated', 'firmware.not-esp8266', 'firmware.bad-checksum', 'nothing thrown'];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, hasMagic) => {
        const image = hasMagic ? concatBytes([Uint8Array.of(0xe9, 1), bytes]) : bytes;
        expect(known).toContain(codeOf(() => readVirtualImage(image)));
      }),
    );
  });
});

describe('a virtual image', () => {
  it('gives back layout and module, whatever the module is', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.constantFrom('4m1m', '4m2m', '1m256'),
        (wasm, layout) => {
          const image = buildVirtualImage({ layout, wasm });
          expect(image.length % 16).toBe(0);
          expect(readVirtualImage(image)).toEqual({ layout, wasm: Uint8Array.from(wasm) });
        },
      ),
    );
  });

  it('is a valid ESP8266 image for its layout’s flash', () => {
    const image = buildVirtualImage({ layout: '1m256', wasm: new Uint8Array(3) });
    expect(parseFirmwareImage(image)).toMatchObject({ flashSizeBytes: 1024 * 1024, flashMode: 'dio' });
  });

  it('is not found in an image of a real program', () => {
    expect(readVirtualImage(twoSegments())).toBeNull();
  });

  it('is refused for a layout nobody knows', () => {
    expect(codeOf(() => buildVirtualImage({ layout: '3m', wasm: new Uint8Array(1) }))).toBe(
      'flash.layout-unknown',
    );
  });

  it('holds the committed module, for every layout of the manifest', () => {
    const folder = new URL('../../firmware-bin/', import.meta.url);
    const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));
    const wasm = read('firmware.wasm');
    for (const layout of ['4m1m', '4m2m', '1m256']) {
      expect(readVirtualImage(read(`virtual-${layout}.bin`)), layout).toEqual({ layout, wasm });
    }
  });
});
