/**
 * A project's kept readings, as bytes. The store knows chunks, a journal of what is not in chunks yet, and small
 * documents beside them; what the bytes mean is telemetry/history's. Adapters: platform/storage (IndexedDB, memory).
 */
import type { Bytes } from '../shared/bytes.ts';

export interface ChunkAddress {
  /** One series' id (telemetry/history/sample.ts). */
  readonly series: string;
  /** 0 readings as they came, higher ones coarser. */
  readonly level: number;
  /** Unix ms of the beginning of the time the chunk stands for. */
  readonly startMs: number;
}

export interface StoredChunk extends ChunkAddress {
  readonly bytes: Bytes;
}

/** One transaction: all of it or nothing. */
export interface HistoryChange {
  readonly put?: readonly StoredChunk[];
  readonly remove?: readonly ChunkAddress[];
  /** Appended to the journal, after the removal. */
  readonly append?: Bytes;
  /** Journal entries up to and with this key go. */
  readonly removeJournalTo?: number;
}

export interface JournalEntryBytes {
  readonly key: number;
  readonly bytes: Bytes;
}

export interface SeriesQuery {
  readonly series: string;
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/** Bytes of content; what the browser adds of its own is not in them. */
export interface HistorySize {
  readonly chunkBytes: readonly number[];
  readonly chunkCount: number;
  readonly journalBytes: number;
}

export interface SeriesStore {
  /** False when it is kept in memory only, because the browser stores nothing. */
  readonly isKept: boolean;
  /** Returns the key of the journal's new entry, or null. Throws storage.full, storage.failed; nothing is half-done. */
  commit(change: HistoryChange): Promise<number | null>;
  /** All levels' chunks that begin in [fromMs − their span, toMs), by level and time, in one reading. */
  chunks(query: SeriesQuery, spansMs: readonly number[]): Promise<StoredChunk[]>;
  /** Chunks of one level that begin before `beforeMs`, oldest first, at most `limit`. */
  oldest(level: number, beforeMs: number, limit: number): Promise<ChunkAddress[]>;
  chunk(address: ChunkAddress): Promise<StoredChunk | null>;
  /** Oldest first. */
  journal(): Promise<JournalEntryBytes[]>;
  /** Ids of all series that have chunks. */
  series(): Promise<string[]>;
  size(): Promise<HistorySize>;
  /** Settings and logs, structured-cloneable; undefined when there is none. */
  document(name: string): Promise<unknown>;
  putDocument(name: string, value: unknown): Promise<void>;
  /** Removes chunks and journal, of one series or of all; documents stay. */
  clear(series?: string): Promise<void>;
  close(): void;
}

/** Where projects' histories are: each one a database of its own, so that its trouble is never the project's. */
export interface SeriesStores {
  /** Falls back to memory when the browser stores nothing. */
  open(projectId: string): Promise<SeriesStore>;
  remove(projectId: string): Promise<void>;
}
