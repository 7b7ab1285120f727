/** How finely readings are kept, by their age: as they came, by the minute, by the quarter of an hour. A table. */

export interface Level {
  readonly level: number;
  /** 0: readings as they came. */
  readonly bucketMs: number;
  /** The time one chunk stands for; chunks begin at its multiples. */
  readonly chunkMs: number;
  /** Older ones go to the next level. */
  readonly keptMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export const rawLevel: Level = { level: 0, bucketMs: 0, chunkMs: 10 * minuteMs, keptMs: 2 * dayMs };
export const minuteLevel: Level = { level: 1, bucketMs: minuteMs, chunkMs: 6 * hourMs, keptMs: 60 * dayMs };
export const quarterLevel: Level = {
  level: 2,
  bucketMs: 15 * minuteMs,
  chunkMs: 7 * dayMs,
  keptMs: Number.POSITIVE_INFINITY,
};

export const levels: readonly Level[] = [rawLevel, minuteLevel, quarterLevel];
export const chunkSpansMs: readonly number[] = levels.map(({ chunkMs }) => chunkMs);

export const chunkStart = (level: Level, atMs: number): number =>
  Math.floor(atMs / level.chunkMs) * level.chunkMs;

/**
 * When the history outgrows its limit, detail goes before age: these stretches are tried one after the other, then
 * the oldest chunks go.
 */
export const tighterAgesMs: readonly { readonly raw: number; readonly minute: number }[] = [
  { raw: dayMs, minute: 30 * dayMs },
  { raw: 12 * hourMs, minute: 14 * dayMs },
  { raw: 6 * hourMs, minute: 7 * dayMs },
  { raw: 2 * hourMs, minute: 2 * dayMs },
  { raw: hourMs, minute: dayMs },
];
