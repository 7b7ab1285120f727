/** Kept readings in memory, under the same rules as in IndexedDB: for tests in Node and for pages without storage. */
import type {
  ChunkAddress,
  HistoryChange,
  HistorySize,
  JournalEntryBytes,
  SeriesQuery,
  SeriesStore,
  SeriesStores,
  StoredChunk,
} from '../../ports/series-store.ts';
import type { Bytes } from '../../shared/bytes.ts';

const keyOf = ({ series, level, startMs }: ChunkAddress): string => `${level} ${startMs} ${series}`;

export class MemorySeriesStore implements SeriesStore {
  readonly isKept: boolean = false;
  readonly #chunks = new Map<string, StoredChunk>();
  readonly #journal = new Map<number, Bytes>();
  readonly #documents = new Map<string, unknown>();
  #nextKey = 1;

  commit({ put = [], remove = [], append, removeJournalTo = 0 }: HistoryChange): Promise<number | null> {
    for (const chunk of put) this.#chunks.set(keyOf(chunk), { ...chunk });
    for (const address of remove) this.#chunks.delete(keyOf(address));
    for (const key of [...this.#journal.keys()]) if (key <= removeJournalTo) this.#journal.delete(key);
    if (!append) return Promise.resolve(null);
    this.#journal.set(this.#nextKey, append);
    return Promise.resolve(this.#nextKey++);
  }

  chunks({ series, fromMs, toMs }: SeriesQuery, spansMs: readonly number[]): Promise<StoredChunk[]> {
    const found = [...this.#chunks.values()].filter(
      (chunk) =>
        chunk.series === series &&
        chunk.startMs > fromMs - (spansMs[chunk.level] ?? 0) &&
        chunk.startMs < toMs,
    );
    return Promise.resolve(found.sort((a, b) => a.level - b.level || a.startMs - b.startMs));
  }

  oldest(level: number, beforeMs: number, limit: number): Promise<ChunkAddress[]> {
    const found = [...this.#chunks.values()].filter(
      (chunk) => chunk.level === level && chunk.startMs < beforeMs,
    );
    return Promise.resolve(
      found
        .sort((a, b) => a.startMs - b.startMs)
        .slice(0, limit)
        .map(({ series, startMs }) => ({ series, level, startMs })),
    );
  }

  chunk(address: ChunkAddress): Promise<StoredChunk | null> {
    return Promise.resolve(this.#chunks.get(keyOf(address)) ?? null);
  }

  journal(): Promise<JournalEntryBytes[]> {
    return Promise.resolve([...this.#journal].map(([key, bytes]) => ({ key, bytes })));
  }

  series(): Promise<string[]> {
    return Promise.resolve([...new Set([...this.#chunks.values()].map(({ series }) => series))].sort());
  }

  size(): Promise<HistorySize> {
    const chunkBytes = [0, 0, 0];
    for (const { level, bytes } of this.#chunks.values())
      chunkBytes[level] = (chunkBytes[level] ?? 0) + bytes.length;
    const journalBytes = [...this.#journal.values()].reduce((sum, { length }) => sum + length, 0);
    return Promise.resolve({ chunkBytes, chunkCount: this.#chunks.size, journalBytes });
  }

  document(name: string): Promise<unknown> {
    return Promise.resolve(structuredClone(this.#documents.get(name)));
  }

  putDocument(name: string, value: unknown): Promise<void> {
    this.#documents.set(name, structuredClone(value));
    return Promise.resolve();
  }

  clear(series?: string): Promise<void> {
    for (const [key, chunk] of [...this.#chunks])
      if (series === undefined || chunk.series === series) this.#chunks.delete(key);
    if (series === undefined) this.#journal.clear();
    return Promise.resolve();
  }

  close(): void {
    // Nothing is open.
  }
}

export class MemorySeriesStores implements SeriesStores {
  readonly #stores = new Map<string, MemorySeriesStore>();

  open(projectId: string): Promise<SeriesStore> {
    const store = this.#stores.get(projectId) ?? new MemorySeriesStore();
    this.#stores.set(projectId, store);
    return Promise.resolve(store);
  }

  remove(projectId: string): Promise<void> {
    this.#stores.delete(projectId);
    return Promise.resolve();
  }
}
