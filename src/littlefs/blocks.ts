/** Bounded reading of an image by block: whatever an image says, nothing outside the file system is touched. */
import { damaged } from './errors.ts';
import type { Geometry, ImageSource } from './types.ts';

export interface Blocks {
  readonly geometry: Geometry;
  /** Throws AppError `littlefs.damaged` for a block or a range that is not there. */
  read(block: number, offset: number, sizeBytes: number): Uint8Array;
}

export function blocksOf(image: ImageSource, geometry: Geometry): Blocks {
  const { blockSizeBytes, blockCount } = geometry;
  return {
    geometry,
    read: (block, offset, sizeBytes) => {
      if (block >= blockCount) throw damaged(`block ${block} is used, and there are ${blockCount}`);
      if (offset + sizeBytes > blockSizeBytes) throw damaged(`a range ends behind block ${block}`);
      const bytes = image.read(block * blockSizeBytes + offset, sizeBytes);
      if (bytes.length < sizeBytes) throw damaged(`the image ends before block ${block} does`);
      return bytes;
    },
  };
}
