/** One series out of the store: every level of a time, and what is not in chunks yet. Skips what cannot be read. */
import type { SeriesQuery, SeriesStore, StoredChunk } from '../../ports/series-store.ts';
import { mergedBuckets, type Buckets } from './buckets.ts';
import { decodeBuckets, decodeJournal, decodePoints } from './chunk-codec.ts';
import { chunkSpansMs, rawLevel } from './levels.ts';
import { mergedPoints, noPoints, pointsBetween, type Points } from './points.ts';
import type { SeriesHistory } from './stretches.ts';

/** What is not in chunks yet, of one series: the recorder knows, or the journal does. */
export type RecentPoints = (series: string) => Promise<Points>;

/** Readings and buckets that begin in [fromMs, toMs). Throws storage.failed. */
export async function readHistory(
  store: SeriesStore,
  recent: RecentPoints,
  query: SeriesQuery,
): Promise<SeriesHistory> {
  // First what is not in chunks yet: what moves meanwhile is met twice, and told once.
  const open = await recent(query.series);
  const chunks = await store.chunks(query, chunkSpansMs);
  const parts: Points[] = [];
  const buckets: Buckets[] = [];
  let unreadableCount = 0;
  for (const chunk of chunks) {
    const decoded = decodedChunk(chunk);
    if (typeof decoded === 'string') unreadableCount += 1;
    else if ('widthMs' in decoded) buckets.push(bucketsBetween(decoded, query));
    else parts.push(pointsBetween(decoded, query.fromMs, query.toMs));
  }
  parts.push(pointsBetween(open, query.fromMs, query.toMs));
  return { points: mergedPoints(parts), buckets: joined(buckets), unreadableCount };
}

export const decodedChunk = (chunk: StoredChunk): ReturnType<typeof decodePoints | typeof decodeBuckets> =>
  chunk.level === rawLevel.level ? decodePoints(chunk.bytes) : decodeBuckets(chunk.bytes);

/** For a page that does not record: another tab does. */
export async function pointsInJournal(store: SeriesStore, series: string): Promise<Points> {
  const parts: Points[] = [];
  for (const { bytes } of await store.journal()) {
    const batch = decodeJournal(bytes);
    if (typeof batch !== 'string') parts.push(batch.get(series) ?? noPoints);
  }
  return mergedPoints(parts);
}

function bucketsBetween(buckets: Buckets, { fromMs, toMs }: SeriesQuery): Buckets {
  const { startsMs } = buckets;
  const isOutside = (startMs: number): boolean => startMs < fromMs || startMs >= toMs;
  if (!startsMs.some(isOutside)) return buckets;
  const kept = Array.from(startsMs, (_, i) => i).filter((i) => !isOutside(startsMs[i] ?? 0));
  const column = (numbers: Float64Array): Float64Array => Float64Array.from(kept, (i) => numbers[i] ?? 0);
  return {
    widthMs: buckets.widthMs,
    startsMs: column(startsMs),
    counts: column(buckets.counts),
    mins: column(buckets.mins),
    means: column(buckets.means),
    maxs: column(buckets.maxs),
  };
}

/** One for each width. */
function joined(parts: readonly Buckets[]): Buckets[] {
  const byWidth = new Map<number, Buckets[]>();
  for (const part of parts) {
    const same = byWidth.get(part.widthMs) ?? [];
    same.push(part);
    byWidth.set(part.widthMs, same);
  }
  return [...byWidth]
    .sort(([a], [b]) => b - a)
    .map(([, same]) => (isInOrder(same) ? inRow(same) : inTurn(same)));
}

const isInOrder = (parts: readonly Buckets[]): boolean =>
  parts.every(({ startsMs }, i) => (startsMs[0] ?? Infinity) > (parts[i - 1]?.startsMs.at(-1) ?? -Infinity));

/** One after the other. */
function inRow(parts: readonly Buckets[]): Buckets {
  const size = parts.reduce((sum, { startsMs }) => sum + startsMs.length, 0);
  const column = (of: 'startsMs' | 'counts' | 'mins' | 'means' | 'maxs'): Float64Array => {
    const whole = new Float64Array(size);
    let at = 0;
    for (const part of parts) {
      whole.set(part[of], at);
      at += part.startsMs.length;
    }
    return whole;
  };
  return {
    widthMs: parts[0]?.widthMs ?? 1,
    startsMs: column('startsMs'),
    counts: column('counts'),
    mins: column('mins'),
    means: column('means'),
    maxs: column('maxs'),
  };
}

/** Chunks of one level do not overlap; should they, pairs are merged like a tournament, so that many stay cheap. */
function inTurn(parts: readonly Buckets[]): Buckets {
  const [first, second] = parts;
  if (!first || !second) return first ?? inRow([]);
  if (parts.length === 2) return mergedBuckets(first, second);
  const middle = parts.length >> 1;
  return mergedBuckets(inTurn(parts.slice(0, middle)), inTurn(parts.slice(middle)));
}
