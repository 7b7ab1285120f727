/**
 * CTZ skip lists (DESIGN.md of the littlefs project): how many blocks a file takes and where its bytes stand in them.
 * Block 0 is all content; block i > 0 begins with ctz(i) + 1 pointers, pointer k to block i - 2^k. Knows no I/O.
 */

/** Number of pointers at the start of a file's block `index`. */
export const pointerCount = (index: number): number => (index === 0 ? 0 : 32 - Math.clz32(index & -index));

/** Content bytes that block `index` can hold. */
export const blockCapacity = (index: number, blockSizeBytes: number): number =>
  blockSizeBytes - 4 * pointerCount(index);

/** Content bytes that the first `blocks` blocks hold: the pointers of blocks 1..n-1 are 2(n-1) - popcount(n-1). */
export function contentBefore(blocks: number, blockSizeBytes: number): number {
  if (blocks === 0) return 0;
  return blocks * blockSizeBytes - 4 * (2 * (blocks - 1) - popcount(blocks - 1));
}

/** Blocks that a file of `sizeBytes` takes; none when it is empty. */
export function ctzBlockCount(sizeBytes: number, blockSizeBytes: number): number {
  let blocks = Math.floor(sizeBytes / blockSizeBytes);
  while (contentBefore(blocks, blockSizeBytes) < sizeBytes) blocks++;
  return blocks;
}

function popcount(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest &= rest - 1) count++;
  return count;
}
