/** A new tree written beside the one that stands there: cut anywhere, one of the two is whole. */
import { describe, expect, it } from 'vitest';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import { readOccupancy } from '../../src/littlefs/occupancy.ts';
import { readImage } from '../../src/littlefs/reader.ts';
import type { Entry, SparseRun } from '../../src/littlefs/types.ts';
import { buildImage, buildSuccessor, fullImage, splitRoot } from '../../src/littlefs/writer.ts';
import { vectorContent } from './littlefs-trees.ts';

const layout = layoutNamed('1m256');
const tree = (seed: string, sizes: readonly number[]): Entry[] =>
  sizes.map((size, i) => ({
    path: `/${i % 2 ? 'sub/' : ''}${i}`,
    content: vectorContent(`${seed}${i}`, size),
  }));
const before = tree('old', [3, 5000, 64, 9000, 70]);
const after = tree('new', [5, 12_000, 64, 300, 8, 4096]);

const contents = (image: Uint8Array): [string, string][] =>
  readImage(image, layout).entries.flatMap((entry): [string, string][] =>
    entry.kind === 'file' ? [[entry.path, Buffer.from(entry.read()).toString('hex')]] : [],
  );
const expected = (entries: readonly Entry[]): [string, string][] =>
  contents(fullImage(buildImage(layout, entries)));

function successor(image: Uint8Array, entries: readonly Entry[]): { root: SparseRun; others: SparseRun[] } {
  const occupancy = readOccupancy(image, layout);
  if (!occupancy) throw new Error('not readable');
  const { root, others } = splitRoot(buildSuccessor(layout, entries, occupancy));
  const [first, ...more] = root;
  if (!first || more.length > 0) throw new Error('not one half');
  return { root: first, others };
}

describe('a successor', () => {
  it('leaves the old tree whole until its first commit is written, and then counts', () => {
    const image = fullImage(buildImage(layout, before));
    const { root, others } = successor(image, after);
    for (const { offset, bytes } of others) {
      image.set(bytes, offset);
      expect(contents(image)).toEqual(expected(before));
    }
    image.set(root.bytes, root.offset);
    expect(contents(image)).toEqual(expected(after));
  });

  it('leaves the old tree whole when its first commit is cut short', () => {
    const image = fullImage(buildImage(layout, before));
    const { root, others } = successor(image, after);
    for (const { offset, bytes } of others) image.set(bytes, offset);
    for (let end = 0; end < 192; end += 16) {
      const cut = image.slice();
      cut.fill(0xff, root.offset, root.offset + root.bytes.length);
      cut.set(root.bytes.subarray(0, end), root.offset);
      expect(contents(cut)).toEqual(expected(before));
    }
  });

  it('has successors itself, time and again, in both halves', () => {
    let image = fullImage(buildImage(layout, before));
    const halves: number[] = [];
    for (let round = 0; round < 40; round++) {
      const wanted = tree(`round ${round}`, [round, 5000 + round, 900, 64]);
      const { root, others } = successor(image, wanted);
      halves.push(root.offset / layout.blockSizeBytes);
      for (const { offset, bytes } of [...others, root]) image.set(bytes, offset);
      image = image.slice();
      expect(contents(image)).toEqual(expected(wanted));
    }
    expect(halves.slice(0, 4)).toEqual([1, 0, 1, 0]);
  });

  it('says so when both trees do not fit side by side', () => {
    const image = fullImage(buildImage(layout, tree('old', [150_000])));
    expect(() => successor(image, tree('new', [150_000]))).toThrow(
      expect.objectContaining({ code: 'littlefs.space' }) as Error,
    );
  });
});
