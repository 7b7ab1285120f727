/** The writer: what it refuses, where it puts things, and that what it writes is read back on every layout. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flashLayouts } from '../../src/contract/flash-layouts.ts';
import { blocksOf } from '../../src/littlefs/blocks.ts';
import { TAG_NAME_SUPERBLOCK, type BlockPair } from '../../src/littlefs/format.ts';
import { readMetadataPair } from '../../src/littlefs/metadata-pair.ts';
import { asSource, ROOT_PAIR } from '../../src/littlefs/probe.ts';
import { readImage } from '../../src/littlefs/reader.ts';
import type { Entry, Geometry, SparseImage } from '../../src/littlefs/types.ts';
import { buildImage, fullImage } from '../../src/littlefs/writer.ts';
import { compareEntries, garbage, readTreeToEntries, sameEntries, vectorContent } from './littlefs-trees.ts';

const twoMegabytes: Geometry = { blockSizeBytes: 8192, blockCount: 253 };
const small: Geometry = { blockSizeBytes: 4096, blockCount: 16 };

const file = (path: string, sizeBytes: number): Entry => ({ path, content: vectorContent(path, sizeBytes) });
const sixFiles = (): Entry[] => [
  file('/a.cfg', 612),
  file('/a.ca', 1050),
  file('/a.crt', 540),
  file('/a.key', 121),
  file('/a.mac', 84),
  file('/a.ok', 32),
];

const usedBytes = (image: SparseImage): number => image.runs.reduce((sum, run) => sum + run.bytes.length, 0);
const placedOver = (image: SparseImage, flash: Uint8Array): Uint8Array => {
  for (const { offset, bytes } of image.runs) flash.set(bytes, offset);
  return flash;
};

function trees(geometry: Geometry): Record<string, Entry[]> {
  const { blockSizeBytes: block, blockCount } = geometry;
  const half = Math.floor((block * blockCount) / 2);
  return {
    nothing: [],
    'six files': sixFiles(),
    'sizes at the inline limit': [0, 1, 62, 63, 64, 65, 66, 127, 128, 129].map((size) =>
      file(`/s${size}`, size),
    ),
    'sizes at the edges of blocks': [block - 1, block, block + 1, 2 * block - 5, 2 * block - 4].map((size) =>
      file(`/e${size}`, size),
    ),
    'a directory of 120 files': Array.from({ length: 120 }, (_, i) =>
      file(`/many/file-${(i * 37) % 120}`, i % 65),
    ),
    'nested directories': [
      file('/a/b/c/d', 3),
      file('/a/b/x', 70),
      file('/z', 1),
      { kind: 'directory', path: '/a/empty' },
    ],
    'a file of half the region': [file('/half', Math.min(half, 2_000_000)), file('/small', 9)],
  };
}

describe.each(flashLayouts)('on $name', (layout) => {
  const geometry = { blockSizeBytes: layout.blockSizeBytes, blockCount: layout.blockCount };
  const fits = (entries: Entry[]): boolean => {
    const files = entries.filter((entry) => entry.kind !== 'directory' && entry.content.length > 64);
    return files.length * 2 + 8 <= layout.blockCount;
  };

  test.each(Object.entries(trees(geometry)).filter(([, entries]) => fits(entries)))(
    '%s: comes back',
    (_, entries) => {
      const image = buildImage(geometry, entries);
      // 3 MB at most: larger regions are read over what is used and a little more.
      const over = garbage(Math.min(layout.fsSizeBytes, 0x300000), layout.fsSizeBytes);
      const found = readTreeToEntries(readImage(placedOver(image, over), geometry));
      expect(sameEntries(found, entries)).toBe(true);
    },
  );
});

test('a typical provisioning image takes seven sectors, in runs at whole sectors', () => {
  const image = buildImage(twoMegabytes, sixFiles());
  expect(image.runs.map((run) => [run.offset, run.bytes.length])).toEqual([
    [0, 4096],
    [8192, 4096],
    [16384, 4096],
    [24576, 4096],
    [32768, 4096],
    [40960, 4096],
    [49152, 4096],
  ]);
});

test('the first sector of both blocks of every metadata pair is written', () => {
  const image = buildImage(twoMegabytes, [file('/a/b/c', 3), file('/d/e', 4)]);
  const firstSectors = Array.from({ length: 8 }, (_, block) => block * 8192);
  expect(image.runs.map((run) => run.offset)).toEqual(firstSectors);
  for (const run of image.runs.filter((_, i) => i % 2 === 1))
    expect(run.bytes.every((byte) => byte === 0xff)).toBe(true);
});

test('a commit that ends with its sector has the next one erased, so that old bytes cannot continue it', () => {
  const inlineFiles = (count: number): Entry[] =>
    Array.from({ length: count }, (_, i) => file(`/${10 + i}`, 64));
  // A revision, the superblock's 40 bytes, 74 a file, the CRC's 8: 3974, padded to 4032, and 4048, padded to 4096.
  expect(usedBytes(buildImage(twoMegabytes, inlineFiles(53)))).toBe(2 * 4096);
  const image = buildImage(twoMegabytes, inlineFiles(54));
  expect(usedBytes(image)).toBe(3 * 4096);
  expect(
    fullImage(image)
      .subarray(4096)
      .every((byte) => byte === 0xff),
  ).toBe(true);
});

test('the image is the same whatever the order of the entries', () => {
  const entries = [...sixFiles(), ...(trees(twoMegabytes)['nested directories'] ?? [])];
  const image = fullImage(buildImage(twoMegabytes, entries));
  const again = fullImage(buildImage(twoMegabytes, entries.toReversed()));
  expect(Buffer.compare(image, again)).toBe(0);
});

test('the full image is 0xff wherever the sparse one has nothing', () => {
  const image = buildImage(small, sixFiles());
  const expected = placedOver(image, new Uint8Array(65536).fill(0xff));
  expect(Buffer.compare(fullImage(image), expected)).toBe(0);
  expect(usedBytes(image)).toBe(7 * 4096);
});

test('names are sorted as the driver looks them up, across splits too: by bytes, the longer of two with one beginning first', () => {
  const names = [
    'b',
    'a',
    'é',
    'Z',
    'aa',
    'a-',
    '𝒳',
    '\uffee',
    ...Array.from({ length: 200 }, (_, i) => `n${i}`),
  ];
  const entries = names.map((name) => file(`/${name}`, 20));
  const found = readImage(fullImage(buildImage({ ...small, blockCount: 64 }, entries))).entries.map(
    (entry) => entry.path,
  );
  // No byte of a name is 0xff: behind each name it puts the longer ones first.
  const key = (path: string): Buffer => Buffer.concat([Buffer.from(path), Buffer.from([0xff])]);
  const sorted = names.map((name) => `/${name}`).sort((a, b) => Buffer.compare(key(a), key(b)));
  expect(found).toEqual(sorted);
  expect(found.indexOf('/n10')).toBeLessThan(found.indexOf('/n1'));
});

test('"not found" for a file whose name begins with the last one before a split: each is where the driver looks', () => {
  const names = Array.from({ length: 90 }, (_, i) => `file-${i}`);
  const entries = names.map((name) => file(`/${name}`, 20));
  const pairs = rootPairs(fullImage(buildImage({ ...small, blockCount: 64 }, entries)), 4096);
  expect(pairs.length).toBeGreaterThan(1);
  expect(names.filter((name) => !driverFinds(pairs, name))).toEqual([]);
});

/** The names in each pair of the root, along its hard tails. */
function rootPairs(image: Uint8Array, blockSizeBytes: number): string[][] {
  const blocks = blocksOf(asSource(image), { blockSizeBytes, blockCount: image.length / blockSizeBytes });
  const pairs: string[][] = [];
  for (let next: BlockPair | null = ROOT_PAIR; next;) {
    const pair = readMetadataPair(blocks, next);
    const named = pair.entries.filter(({ nameType }) => nameType !== TAG_NAME_SUPERBLOCK);
    pairs.push(named.map(({ name }) => new TextDecoder().decode(name ?? new Uint8Array(0))));
    next = pair.isContinued ? pair.tail : null;
  }
  return pairs;
}

/** As the driver's search goes: the next pair is asked only when no name of this one lies behind the one looked for. */
function driverFinds(pairs: readonly (readonly string[])[], wanted: string): boolean {
  for (const names of pairs) {
    if (names.includes(wanted)) return true;
    const liesBehind = (name: string): boolean =>
      wanted.startsWith(name) || (!name.startsWith(wanted) && name > wanted);
    if (names.some(liesBehind)) return false;
  }
  return false;
}

test.each([
  ['', 'begin'],
  ['a', 'begin'],
  ['/', 'empty'],
  ['/a/', 'empty'],
  ['//a', 'empty'],
  ['/a//b', 'empty'],
  ['/.', 'no names'],
  ['/a/../b', 'no names'],
  ['/a\0b', 'NUL'],
  ['/\ud800', 'Unicode'],
  [`/${'n'.repeat(32)}`, '32 bytes'],
  [`/${'é'.repeat(16)}/x`, '32 bytes'],
])('the path %j is refused', (path, why) => {
  const refusal: unknown = expect.objectContaining({
    code: 'littlefs.path',
    message: expect.stringContaining(why) as string,
  });
  expect(() => buildImage(small, [{ path, content: new Uint8Array(1) }])).toThrow(refusal);
  expect(() => buildImage(small, [{ kind: 'directory', path }])).toThrow(refusal);
});

test.each([
  [[file('/a', 1), file('/a', 2)]],
  [[file('/a', 1), file('/a/b', 2)]],
  [[file('/a/b', 1), file('/a', 2)]],
  [[file('/a', 1), { kind: 'directory', path: '/a' } as const]],
  [[{ kind: 'directory', path: '/a' } as const, { kind: 'directory', path: '/a' } as const]],
])('one name for two things is refused: %j', (entries) => {
  expect(() => buildImage(small, entries)).toThrow(expect.objectContaining({ code: 'littlefs.path' }));
});

test('names of 31 bytes are taken', () => {
  const entries = [file(`/${'n'.repeat(31)}`, 5), file(`/é${'n'.repeat(29)}/x`, 70)];
  expect(sameEntries(readTreeToEntries(readImage(fullImage(buildImage(small, entries)))), entries)).toBe(
    true,
  );
});

test('too large a content is refused with the bytes that are needed and those there are', () => {
  const fits = 14 * 4096 - 4 * (2 * 13 - 3);
  expect(() => buildImage(small, [file('/big', fits)])).not.toThrow();
  expect(() => buildImage(small, [file('/big', fits + 1)])).toThrow(
    expect.objectContaining({
      code: 'littlefs.space',
      details: { neededBytes: 17 * 4096, availableBytes: 16 * 4096 },
    }),
  );
});

test.each([
  { blockSizeBytes: 4096, blockCount: 1 },
  { blockSizeBytes: 0, blockCount: 16 },
  { blockSizeBytes: 512, blockCount: 64 },
  { blockSizeBytes: 4096, blockCount: 2.5 },
])('the geometry $blockSizeBytes x $blockCount is refused', (geometry) => {
  expect(() => buildImage(geometry, [])).toThrow(expect.objectContaining({ code: 'littlefs.geometry' }));
});

describe('random trees', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'b', 'certs', 'wifi.json'),
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter((text) => !/^\.{1,2}$|[/\0]/.test(text) && Buffer.byteLength(text) <= 31),
  );
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
  const size = fc.oneof(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 30_000 }));
  const entry = fc.tuple(path, fc.option(size, { freq: 5 }));
  const geometry = fc.record({
    blockSizeBytes: fc.constantFrom(4096, 8192),
    blockCount: fc.integer({ min: 200, max: 500 }),
  });

  test('come back from the image as they went in', () => {
    fc.assert(
      fc.property(geometry, fc.array(entry, { maxLength: 40 }), fc.integer(), (shape, wanted, seed) => {
        const entries = compatible(wanted);
        const image = buildImage(shape, entries);
        const flash = garbage(300_000, seed);
        const room = new Uint8Array(
          Math.max(flash.length, ...image.runs.map((run) => run.offset + run.bytes.length)),
        );
        room.set(flash);
        expect(sameEntries(readTreeToEntries(readImage(placedOver(image, room), shape)), entries)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  /** Leaves out what would be a file and a directory at once. */
  function compatible(wanted: [string, number | null][]): Entry[] {
    const entries = new Map<string, Entry>();
    for (const [at, sizeBytes] of wanted) {
      const isBlocked = [...entries.keys()].some(
        (other) => at.startsWith(`${other}/`) || other.startsWith(`${at}/`),
      );
      if (isBlocked) continue;
      entries.set(at, sizeBytes === null ? { kind: 'directory', path: at } : file(at, sizeBytes));
    }
    return [...entries.values()].sort(compareEntries);
  }
});

test('memory: a sparse image is one buffer of its used sectors, a full one stays below twice the region', () => {
  const geometry: Geometry = { blockSizeBytes: 8192, blockCount: 381 };
  const entries = [file('/large', 2_000_000)];
  const before = process.memoryUsage().arrayBuffers;
  const image = buildImage(geometry, entries);
  const sparse = process.memoryUsage().arrayBuffers;
  const full = fullImage(image);
  const all = process.memoryUsage().arrayBuffers;
  expect(new Set(image.runs.map((run) => run.bytes.buffer)).size).toBe(1);
  expect(image.runs[0]?.bytes.buffer.byteLength).toBe(usedBytes(image));
  expect(sparse - before).toBeLessThanOrEqual(usedBytes(image) + 65_536);
  expect(all - before).toBeLessThan(2 * full.length);
});
