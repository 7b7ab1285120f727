/**
 * The journal as a chain: every entry carries a hash over itself and the hash before it, so that nothing can be changed,
 * taken out or put between without it showing (docs/contracts.md, "Journal"). What was cut off at the end shows against
 * an older export. Knows no storage.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, fromHex, toHex, utf8, type Bytes } from '../shared/bytes.ts';
import type { ChainedEntry, JournalEntry } from '../project/entities.ts';

const HASH_BYTES = 32;

/** What the first entry follows. */
export const chainStart = '0'.repeat(2 * HASH_BYTES);

/** What is hashed of an entry: its fields in this order, the details by name. */
function entryBytes({ atMs, deviceId, what, details }: JournalEntry): Bytes {
  const sorted = Object.entries(details).sort(([a], [b]) => (a < b ? -1 : 1));
  return utf8(JSON.stringify([atMs, deviceId, what, sorted]));
}

/** @returns 64 hex. `previous` is the hash of the entry before, or {@link chainStart}. */
export const linkHash = (previous: string, entry: JournalEntry): string =>
  toHex(sha256(concatBytes([fromHex(previous), entryBytes(entry)])));

/** The entries with their hashes, following `previous`. */
export function chained(entries: readonly JournalEntry[], previous = chainStart): ChainedEntry[] {
  let last = previous;
  return entries.map(({ atMs, deviceId, what, details }) => {
    last = linkHash(last, { atMs, deviceId, what, details });
    return { atMs, deviceId, what, details, hash: last };
  });
}

export type ChainVerdict =
  | { readonly kind: 'whole'; readonly count: number; readonly head: string }
  /** `index` is of the first entry that does not follow from those before it. */
  | { readonly kind: 'broken'; readonly index: number };

export function checkChain(entries: readonly ChainedEntry[]): ChainVerdict {
  let last = chainStart;
  for (const [index, entry] of entries.entries()) {
    if (linkHash(last, entry) !== entry.hash) return { kind: 'broken', index };
    last = entry.hash;
  }
  return { kind: 'whole', count: entries.length, head: last };
}

/** Whether a journal of `entries` goes on from one that once ended with `head` after `count` entries. */
export const continues = (
  entries: readonly ChainedEntry[],
  { count, head }: { readonly count: number; readonly head: string },
): boolean => (count === 0 ? head === chainStart : entries[count - 1]?.hash === head);
