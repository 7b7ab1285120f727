// Telling a program's flash layout from its file, and saying so when it cannot be told.
import { describe, expect, it } from 'vitest';
import { flashLayouts, layoutNamed, type FlashLayout } from '../../src/contract/flash-layouts.ts';
import { concatBytes, u32le, type Bytes } from '../../src/shared/bytes.ts';
import { readProgramLayout } from '../../src/sketch/program-layout.ts';

const sizeNibbles: Readonly<Record<number, number>> = {
  512: 0,
  1024: 2,
  2048: 3,
  4096: 4,
  8192: 8,
  16384: 9,
};

const start = ({ fsOffset }: FlashLayout): number => 0x40200000 + fsOffset;
const end = (layout: FlashLayout): number => start(layout) + layout.fsSizeBytes;

/** A boot loader of one segment, and behind it at 4096 a program whose code has these words, as the core's tools lay it. */
function program(flashSizeBytes: number, words: readonly number[]): Bytes {
  const header = Uint8Array.of(0xe9, 1, 2, (sizeNibbles[flashSizeBytes / 1024] ?? 15) << 4);
  const code = concatBytes([
    new Uint8Array(400).fill(0x3a),
    ...words.map(u32le),
    new Uint8Array(200).fill(7),
  ]);
  const loader = concatBytes([header, u32le(0x4010f000), u32le(0x4010f000), u32le(16), new Uint8Array(16)]);
  const bytes = new Uint8Array(4096 + 16 + code.length).fill(0xaa);
  bytes.set(loader);
  bytes[47] = 0xef;
  bytes.set(concatBytes([header, u32le(0x40201010), u32le(0x40201010), u32le(code.length), code]), 4096);
  return bytes;
}

describe('the layout of a program', () => {
  it.each(flashLayouts.map((layout) => [layout.name, layout] as const))('%s is told', (_, layout) => {
    const bytes = program(layout.flashSizeBytes, [start(layout), 1, end(layout)]);
    expect(readProgramLayout(bytes)).toEqual({ kind: 'known', layout });
  });

  const four = layoutNamed('4m2m');
  const megabyte = 1024 * 1024;

  it.each([
    ['nothing of a file system', [], 'none'],
    ['the start alone', [start(four)], 'none'],
    ['the end alone, which three layouts share', [end(four)], 'none'],
    ['two starts with one end', [start(four), start(layoutNamed('4m1m')), end(four)], 'several'],
    ['the ends of an older core', [start(four), end(four) + 0x1000], 'none'],
    [
      'the addresses of another flash size than its header',
      [start(layoutNamed('1m256')), end(layoutNamed('1m256'))],
      'header-differs',
    ],
  ] as const)('with %s is unknown', (_, words, why) => {
    expect(readProgramLayout(program(4 * megabyte, words))).toEqual({
      kind: 'unknown',
      why,
      flashSizeBytes: 4 * megabyte,
    });
  });

  it('is not read from words that are not aligned, nor from what is no program', () => {
    const bytes = program(4 * megabyte, [start(four), end(four)]);
    const shifted = concatBytes([bytes.subarray(0, 4200), Uint8Array.of(0), bytes.subarray(4200)]);
    expect(readProgramLayout(shifted)).toMatchObject({ kind: 'unknown', why: 'none' });
    expect(() => readProgramLayout(new Uint8Array(5000))).toThrow(
      expect.objectContaining({ code: 'firmware.not-esp8266' }),
    );
  });
});
