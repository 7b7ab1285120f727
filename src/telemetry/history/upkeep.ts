/**
 * Keeps the history within its bounds: what is old goes to the next coarser level, and when all of it outgrows its limit
 * detail goes before age. Each step is one transaction, so that an end at any moment loses nothing.
 */
import type { ChunkAddress, SeriesStore, StoredChunk } from '../../ports/series-store.ts';
import { bucketsOfPoints, coarserBuckets, mergedBuckets, type Buckets } from './buckets.ts';
import { decodeBuckets, encodeBuckets } from './chunk-codec.ts';
import {
  chunkStart,
  levels,
  minuteLevel,
  quarterLevel,
  rawLevel,
  tighterAgesMs,
  type Level,
} from './levels.ts';
import { noPoints } from './points.ts';
import { decodedChunk } from './read-history.ts';

export interface UpkeepOptions {
  readonly nowMs: number;
  /** Bytes of content the history may take. */
  readonly limitBytes: number;
  readonly signal: AbortSignal;
}

const chunksAtOnce = 2_000;
/** Room made at once, so that not every chunk asks for it anew. */
const targetShare = 0.9;

/** Throws storage.full, storage.failed; what was done until then stays. */
export async function tidyHistory(store: SeriesStore, options: UpkeepOptions): Promise<void> {
  await coarsen(store, options, { raw: rawLevel.keptMs, minute: minuteLevel.keptMs });
  for (const ages of tighterAgesMs) {
    if (options.signal.aborted || (await isWithin(store, options.limitBytes))) return;
    await coarsen(store, options, ages);
  }
  await dropOldest(store, options);
}

export async function totalBytes(store: SeriesStore): Promise<number> {
  const { chunkBytes, journalBytes } = await store.size();
  return chunkBytes.reduce((sum, bytes) => sum + bytes, journalBytes);
}

const isWithin = async (store: SeriesStore, limitBytes: number): Promise<boolean> =>
  (await totalBytes(store)) <= limitBytes;

async function coarsen(
  store: SeriesStore,
  { nowMs, signal }: UpkeepOptions,
  agesMs: { readonly raw: number; readonly minute: number },
): Promise<void> {
  const steps = [
    { from: rawLevel, to: minuteLevel, ageMs: agesMs.raw },
    { from: minuteLevel, to: quarterLevel, ageMs: agesMs.minute },
  ];
  for (const { from, to, ageMs } of steps) {
    const beforeMs = nowMs - ageMs - from.chunkMs;
    // Unreadable chunks stay where they are: the next ones are asked for beyond them.
    let limit = chunksAtOnce;
    for (let stuck = 0; !signal.aborted;) {
      const old = (await store.oldest(from.level, beforeMs, limit)).slice(stuck);
      if (old.length === 0) break;
      for (const group of grouped(old, to)) {
        if (isEnded(signal)) return;
        stuck += await coarsenGroup(store, group, to);
      }
      limit = stuck + chunksAtOnce;
    }
  }
}

/** Asked anew: it may have changed while something was awaited. */
const isEnded = (signal: AbortSignal): boolean => signal.aborted;

interface Group {
  readonly target: ChunkAddress;
  readonly members: readonly ChunkAddress[];
}

/** Those that become one chunk of the coarser level. */
function grouped(addresses: readonly ChunkAddress[], to: Level): Group[] {
  const groups = new Map<string, { target: ChunkAddress; members: ChunkAddress[] }>();
  for (const member of addresses) {
    const startMs = chunkStart(to, member.startMs);
    const key = `${startMs} ${member.series}`;
    const group = groups.get(key) ?? {
      target: { series: member.series, level: to.level, startMs },
      members: [],
    };
    group.members.push(member);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Returns how many of its members could not be read and stayed. */
async function coarsenGroup(store: SeriesStore, { target, members }: Group, to: Level): Promise<number> {
  const there = await store.chunk(target);
  const present = there ? decodeBuckets(there.bytes) : null;
  if (typeof present === 'string') return members.length;
  let buckets = present ?? bucketsOfPoints(noPoints, to.bucketMs);
  const remove: ChunkAddress[] = [];
  for (const chunk of await all(store, members)) {
    const coarser = asBuckets(chunk, to.bucketMs);
    if (!coarser) continue;
    buckets = mergedBuckets(buckets, coarser);
    remove.push(chunk);
  }
  const isEmpty = buckets.startsMs.length === 0;
  if (remove.length > 0) {
    await store.commit({ put: isEmpty ? [] : [{ ...target, bytes: encodeBuckets(buckets) }], remove });
  }
  return members.length - remove.length;
}

async function all(store: SeriesStore, addresses: readonly ChunkAddress[]): Promise<StoredChunk[]> {
  const found = await Promise.all(addresses.map((address) => store.chunk(address)));
  return found.filter((chunk) => chunk !== null);
}

function asBuckets(chunk: StoredChunk, widthMs: number): Buckets | null {
  const decoded = decodedChunk(chunk);
  if (typeof decoded === 'string') return null;
  return 'widthMs' in decoded ? coarserBuckets(decoded, widthMs) : bucketsOfPoints(decoded, widthMs);
}

/** Coarse or fine, what is oldest goes first. */
async function dropOldest(store: SeriesStore, { limitBytes, signal }: UpkeepOptions): Promise<void> {
  while (!signal.aborted && !(await isWithin(store, limitBytes))) {
    const oldest = (
      await Promise.all(levels.map(({ level }) => store.oldest(level, Infinity, chunksAtOnce)))
    ).flat();
    if (oldest.length === 0) return;
    const { chunkBytes, chunkCount } = await store.size();
    const meanBytes = chunkBytes.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, chunkCount);
    const excess = (await totalBytes(store)) - limitBytes * targetShare;
    const count = Math.max(1, Math.ceil(excess / Math.max(1, meanBytes)));
    const remove = oldest.sort((a, b) => a.startMs - b.startMs).slice(0, Math.min(count, chunksAtOnce));
    await store.commit({ remove });
  }
}
