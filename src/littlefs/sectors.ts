/**
 * The sparse form of an image: which 4 KB sectors are used, in one buffer, and the full image made of it. Knows nothing
 * of what stands in them.
 */
import type { Bytes } from '../shared/bytes.ts';
import { SECTOR_SIZE_BYTES, type ImageSource, type SparseImage, type SparseRun } from './types.ts';

/** Bytes from `offset` on that will be written; the rest of the last sector becomes 0xff. */
export interface Extent {
  readonly offset: number;
  readonly usedBytes: number;
}

export interface SectorBuffer {
  /** Neighbouring extents are joined. */
  readonly runs: readonly SparseRun[];
  /** One per extent, whole sectors, to be filled by the caller up to `usedBytes`. */
  readonly views: readonly Bytes[];
}

/** Room for `extents`: ascending, apart from each other, each at a sector's start and with at least one byte or sector. */
export function reserveSectors(extents: readonly Extent[]): SectorBuffer {
  const sizes = extents.map((extent) => wholeSectors(extent.usedBytes));
  const buffer = new ArrayBuffer(sizes.reduce((sum, size) => sum + size, 0));
  const views: Bytes[] = [];
  const runs: SparseRun[] = [];
  let at = 0;
  let start = { offset: 0, at: 0 };
  extents.forEach((extent, i) => {
    const size = sizes[i] ?? 0;
    views.push(new Uint8Array(buffer, at, size).fill(0xff, extent.usedBytes));
    if (i === 0) start = { offset: extent.offset, at };
    else if (extent.offset !== start.offset + at - start.at) {
      runs.push({ offset: start.offset, bytes: new Uint8Array(buffer, start.at, at - start.at) });
      start = { offset: extent.offset, at };
    }
    at += size;
  });
  if (at > 0) runs.push({ offset: start.offset, bytes: new Uint8Array(buffer, start.at, at - start.at) });
  return { runs, views };
}

/** The whole region as one array, 0xff where nothing is used. */
export function fullImage(sparse: SparseImage): Bytes {
  const image = new Uint8Array(sparse.geometry.blockSizeBytes * sparse.geometry.blockCount);
  let end = 0;
  for (const { offset, bytes } of sparse.runs) {
    image.fill(0xff, end, offset).set(bytes, offset);
    end = offset + bytes.length;
  }
  return image.fill(0xff, end);
}

/** The image as it would be read from an erased flash, without making all of it. */
export const sparseSource = ({ geometry, runs }: SparseImage): ImageSource => ({
  read: (offset, wantedBytes) => {
    const end = Math.min(offset + wantedBytes, geometry.blockSizeBytes * geometry.blockCount);
    const found = new Uint8Array(Math.max(0, end - offset)).fill(0xff);
    for (const run of runs) {
      const from = Math.max(offset, run.offset);
      const to = Math.min(end, run.offset + run.bytes.length);
      if (from < to) found.set(run.bytes.subarray(from - run.offset, to - run.offset), from - offset);
    }
    return found;
  },
});

/**
 * The runs of blocks 0 and 1 apart from the others: written last, they make all the others count. Views, no copies.
 */
export function splitRoot({ geometry, runs }: SparseImage): { root: SparseRun[]; others: SparseRun[] } {
  const rootEnd = 2 * geometry.blockSizeBytes;
  const cut = (from: number, to: number): SparseRun[] =>
    runs.flatMap(({ offset, bytes }) => {
      const start = Math.max(from, offset);
      const end = Math.min(to, offset + bytes.length);
      return start < end ? [{ offset: start, bytes: bytes.subarray(start - offset, end - offset) }] : [];
    });
  return { root: cut(0, rootEnd), others: cut(rootEnd, Infinity) };
}

const wholeSectors = (sizeBytes: number): number =>
  Math.max(1, Math.ceil(sizeBytes / SECTOR_SIZE_BYTES)) * SECTOR_SIZE_BYTES;
