/** The reader against images that the C tools made; tests/fixtures/littlefs/manifest.json says what is in them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/shared/errors.ts';
import { probeImage, readImage } from '../../src/littlefs/reader.ts';
import { buildImage, fullImage } from '../../src/littlefs/writer.ts';
import type { Entry } from '../../src/littlefs/types.ts';
import { readTreeToEntries, sameEntries, vectorContent } from './littlefs-trees.ts';

interface ManifestEntry {
  readonly path: string;
  readonly type: 'file' | 'dir';
  readonly size?: number;
  readonly sha256?: string;
}

interface Vector {
  readonly file: string;
  readonly blockSize: number;
  readonly blockCount: number;
  readonly imageSha256: string;
  readonly expectMountOnEsp8266Core: boolean;
  readonly entries: readonly ManifestEntry[];
}

const folder = new URL('../fixtures/littlefs/', import.meta.url);
const { vectors } = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as {
  vectors: Vector[];
};
const load = (vector: Vector): Uint8Array => gunzipSync(readFileSync(new URL(vector.file, folder)));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);

test('the manifest has images that mount and images that must be refused', () => {
  expect(vectors.filter((vector) => vector.expectMountOnEsp8266Core)).toHaveLength(26);
  expect(vectors.filter((vector) => !vector.expectMountOnEsp8266Core)).toHaveLength(1);
});

describe.each(vectors)('$file', (vector) => {
  const image = load(vector);
  const geometry = { blockSizeBytes: vector.blockSize, blockCount: vector.blockCount };

  test('is the image of the manifest, and its geometry is found in it', () => {
    expect(sha256(image)).toBe(vector.imageSha256);
    expect(probeImage(image)?.geometry).toEqual(geometry);
  });

  if (!vector.expectMountOnEsp8266Core) {
    test('is refused by its disk version', () => {
      expect(() => readImage(image)).toThrow(
        expect.objectContaining({ code: 'littlefs.version', details: { version: '2.1' } }),
      );
      expect(probeImage(image)?.version).toBe('2.1');
    });
    return;
  }

  test('holds exactly the files and directories of the manifest', () => {
    const tree = readImage(image, geometry);
    const found = tree.entries.map((entry): ManifestEntry => {
      if (entry.kind === 'directory') return { path: entry.path, type: 'dir' };
      return { path: entry.path, type: 'file', size: entry.sizeBytes, sha256: sha256(entry.read()) };
    });
    expect(found.sort(byPath)).toEqual([...vector.entries].sort(byPath));
    expect(tree.version).toBe('2.0');
  });

  test('is read without being told the geometry, and refused for another one', () => {
    expect(readImage(image).geometry).toEqual(geometry);
    const other = { ...geometry, blockCount: geometry.blockCount + 1 };
    expect(() => readImage(image, other)).toThrow(expect.objectContaining({ code: 'littlefs.geometry' }));
  });

  test('gives the same tree when our writer writes what was read', () => {
    const entries = readTreeToEntries(readImage(image));
    const again = readTreeToEntries(readImage(fullImage(buildImage(geometry, entries))));
    expect(sameEntries(again, entries)).toBe(true);
  });
});

test('the contents of the reference images are those of the rule in the manifest', () => {
  const fresh = vectors.filter(
    (vector) => vector.expectMountOnEsp8266Core && !vector.file.startsWith('aged-'),
  );
  const files = fresh.flatMap((vector) => readTreeToEntries(readImage(load(vector))));
  const different = files.filter(
    (entry) =>
      entry.kind !== 'directory' &&
      Buffer.compare(entry.content, vectorContent(entry.path, entry.content.length)) !== 0,
  );
  expect(files.length).toBeGreaterThan(400);
  expect(different.map((entry) => entry.path)).toEqual([]);
});

test('the reader throws nothing but AppErrors that it names, here for an empty flash', () => {
  for (const image of [new Uint8Array(0), new Uint8Array(65536), new Uint8Array(65536).fill(0xff)]) {
    expect(() => readImage(image)).toThrow(AppError);
    expect(() => readImage(image)).toThrow(expect.objectContaining({ code: 'littlefs.absent' }));
  }
  const noEntries: readonly Entry[] = [];
  expect(
    readImage(fullImage(buildImage({ blockSizeBytes: 4096, blockCount: 8 }, noEntries))).entries,
  ).toEqual([]);
});
