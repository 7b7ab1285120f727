/** What a file of this folder offers to scripts/bench.mjs, and how its samples become one figure. */
export interface Figure {
  readonly value: number;
  /** What the value is held against, measured in the same run. */
  readonly yardstick: { readonly name: string; readonly value: number } | null;
}

export interface Bench {
  readonly name: string;
  readonly unit: string;
  run(): Promise<Figure>;
}

/** NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** For whoever watches: standard output holds figures only. */
export const note = (text: string): void => console.error(text);
