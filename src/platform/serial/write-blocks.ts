/**
 * A payload in the blocks that the stub takes. Each block makes it erase one step further while the next one arrives, and
 * what the last one brings is programmed when nothing arrives any more: the end of a payload goes in small blocks.
 */

const SMALL_BLOCK_BYTES = 4096;

/** In order, none empty; at most `largestBytes` each. */
export function blocksOf(payload: Uint8Array, largestBytes: number): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < payload.length;) {
    const left = payload.length - at;
    const sizeBytes = left > 1.5 * largestBytes ? largestBytes : Math.min(left, SMALL_BLOCK_BYTES);
    blocks.push(payload.subarray(at, at + sizeBytes));
    at += sizeBytes;
  }
  return blocks;
}
