/**
 * Which lines of many are drawn: blocks of lines, of which only those near the eye are there. A block's height is known
 * once it was drawn, and guessed before. Pure.
 */

/** Blocks begin at multiples of it: a line stays in its block when others go. */
export const blockLines = 32;
const guessedLineHeightPx = 21;
/** Drawn above and below what is seen, so that scrolling meets no gap. */
const marginPx = 400;

export interface Block {
  /** The block's lines are numbered from `index` times {@link blockLines}. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

export interface Window {
  readonly blocks: readonly Block[];
  /** Height of what is not drawn. */
  readonly abovePx: number;
  readonly belowPx: number;
}

/** `firstNumber` is the number of the first of `count` lines, which are numbered without a gap. */
export function blocksOf(firstNumber: number, count: number): Block[] {
  if (count === 0) return [];
  const first = Math.floor(firstNumber / blockLines);
  const last = Math.floor((firstNumber + count - 1) / blockLines);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const index = first + i;
    const start = Math.max(0, index * blockLines - firstNumber);
    return { index, start, end: Math.min(count, (index + 1) * blockLines - firstNumber) };
  });
}

/** `atEnd`: the last lines are wanted, wherever the view still is. */
export function windowOf(
  blocks: readonly Block[],
  heightOf: (index: number) => number | undefined,
  view: { readonly topPx: number; readonly heightPx: number; readonly atEnd: boolean },
): Window {
  const heights = blocks.map(
    ({ index, start, end }) => heightOf(index) ?? (end - start) * guessedLineHeightPx,
  );
  const total = heights.reduce((sum, height) => sum + height, 0);
  const topPx = view.atEnd ? Math.max(0, total - view.heightPx) : view.topPx;
  let at = 0;
  let abovePx = 0;
  let belowPx = 0;
  const drawn = blocks.filter((_, i) => {
    const height = heights[i] ?? 0;
    const isAbove = at + height < topPx - marginPx;
    const isBelow = at > topPx + view.heightPx + marginPx;
    at += height;
    if (isAbove) abovePx += height;
    if (isBelow) belowPx += height;
    return !isAbove && !isBelow;
  });
  return { blocks: drawn, abovePx, belowPx };
}
