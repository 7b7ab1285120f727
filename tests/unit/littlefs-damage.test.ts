/** Damaged images: each is read, or refused with a code of littlefs/. Never another exception, never a hang. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probeImage, readImage } from '../../src/littlefs/reader.ts';
import type { Entry } from '../../src/littlefs/types.ts';
import { buildImage, fullImage } from '../../src/littlefs/writer.ts';
import { asAppError } from '../../src/shared/errors.ts';
import { vectorContent } from './littlefs-trees.ts';

const reference = (name: string): Uint8Array =>
  new Uint8Array(gunzipSync(readFileSync(new URL(`../fixtures/littlefs/${name}.bin.gz`, import.meta.url))));

const nested: Entry[] = [
  ...['/a.txt', '/d/b.txt', '/d/e/c.txt'].map((path) => ({ path, content: vectorContent(path, 50) })),
  { path: '/d/long', content: vectorContent('/d/long', 9000) },
];

const images: [string, Uint8Array][] = [
  ['an image with history', reference('aged-1m64-provision6')],
  ['a directory of 40 files', reference('1m64-dir40')],
  ['an image of our own', fullImage(buildImage({ blockSizeBytes: 4096, blockCount: 12 }, nested))],
];

/** 'read' or the code of the refusal; throws what is no AppError of littlefs/. */
function outcome(image: Uint8Array): string {
  try {
    for (const entry of readImage(image).entries) if (entry.kind === 'file') entry.read();
    return 'read';
  } catch (thrown) {
    const { code } = asAppError(thrown);
    if (!code.startsWith('littlefs.')) throw thrown;
    return code;
  }
}

describe.each(images)('%s', (_, image) => {
  test('is read as it is', () => {
    expect(outcome(image)).toBe('read');
  });

  test('cut off after any byte it is read or refused', () => {
    const outcomes = new Map<string, number>();
    for (let length = 0; length < image.length; length++) {
      const found = outcome(image.subarray(0, length));
      outcomes.set(found, (outcomes.get(found) ?? 0) + 1);
    }
    expect(
      [...outcomes.keys()].filter(
        (found) => !['read', 'littlefs.absent', 'littlefs.damaged'].includes(found),
      ),
    ).toEqual([]);
    expect(outcomes.get('littlefs.damaged')).toBeGreaterThan(4096);
  });

  test('with a bit of any one byte flipped it is read or refused', () => {
    const changed = image.slice();
    for (let at = 0; at < image.length; at++) {
      const before = image[at] ?? 0;
      changed[at] = before ^ (1 << (at % 8));
      outcome(changed);
      changed[at] = before;
    }
  });

  test('with many bytes changed at once it is read or refused', () => {
    const change = fc.tuple(fc.nat(image.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 50 }), (changes) => {
        const changed = image.slice();
        for (const [at, value] of changes) changed[at] = value;
        outcome(changed);
      }),
      { numRuns: 200 },
    );
  });
});

test('a flipped bit in the only commit of the root is found by its checksum', () => {
  const image = fullImage(buildImage({ blockSizeBytes: 4096, blockCount: 12 }, nested));
  for (let at = 48; at < 130; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = image.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      expect(outcome(changed)).toBe('littlefs.damaged');
    }
  }
});

test('random bytes behind a superblock that looks right are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 9000 }), (bytes) => {
      const image = fullImage(buildImage({ blockSizeBytes: 4096, blockCount: 8 }, []));
      image.set(bytes, 44);
      outcome(image);
    }),
    { numRuns: 300 },
  );
});

test('probing finds nothing in what only resembles a superblock', () => {
  const image = fullImage(buildImage({ blockSizeBytes: 4096, blockCount: 8 }, []));
  expect(probeImage(image)).toEqual({ geometry: { blockSizeBytes: 4096, blockCount: 8 }, version: '2.0' });
  const absurd = image.slice();
  absurd.fill(0xff, 24, 32);
  expect(probeImage(absurd)).toBeNull();
  expect(probeImage(image.subarray(0, 40))).toBeNull();
  const onlyBlock1 = new Uint8Array(image.length).fill(0xff);
  onlyBlock1.set(image.subarray(0, 4096), 4096);
  expect(probeImage(onlyBlock1)?.geometry.blockCount).toBe(8);
});
