/**
 * Kept readings in IndexedDB: one database a project, apart from the projects' own, so that a full or broken history
 * never touches keys and settings. Knows bytes, not readings.
 */
import { deleteDB, openDB } from 'idb';
import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb';
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
import { asStorageError } from './database.ts';
import { MemorySeriesStores } from './memory-series-store.ts';

type ChunkKey = [series: string, level: number, startMs: number];

interface HistorySchema extends DBSchema {
  chunks: {
    key: ChunkKey;
    value: { readonly level: number; readonly startMs: number; readonly bytes: Bytes };
    indexes: { age: [level: number, startMs: number] };
  };
  journal: { key: number; value: Bytes };
  /** `size` is kept by the store itself. */
  documents: { key: string; value: unknown };
}

type HistoryDatabase = IDBPDatabase<HistorySchema>;
const allStores = ['chunks', 'journal', 'documents'] as const;
type WriteTransaction = IDBPTransaction<HistorySchema, typeof allStores, 'readwrite'>;

const schemaVersion = 1;
const sizeName = 'size';
const noSize: HistorySize = { chunkBytes: [0, 0, 0], chunkCount: 0, journalBytes: 0 };

const keyOf = ({ series, level, startMs }: ChunkAddress): ChunkKey => [series, level, startMs];
/** Every key of one series: an array sorts after all numbers. */
const keysOf = (series: string): IDBKeyRange => IDBKeyRange.bound([series], [series, []]);

export class IndexedDbSeriesStore implements SeriesStore {
  readonly isKept: boolean = true;
  readonly #database: HistoryDatabase;

  constructor(database: HistoryDatabase) {
    this.#database = database;
  }

  commit(change: HistoryChange): Promise<number | null> {
    const { put = [], remove = [], append, removeJournalTo = 0 } = change;
    return this.#write(async (transaction) => {
      const size = mutable(await sizeIn(transaction));
      await putChunks(transaction, put, size);
      await removeChunks(transaction, remove, size);
      const journal = transaction.objectStore('journal');
      if (removeJournalTo > 0) {
        const gone = IDBKeyRange.upperBound(removeJournalTo);
        for (const entry of await journal.getAll(gone)) size.journalBytes -= entry.length;
        await journal.delete(gone);
      }
      const key = append ? await journal.add(append) : null;
      size.journalBytes += append?.length ?? 0;
      await transaction.objectStore('documents').put(size, sizeName);
      return key;
    });
  }

  chunks({ series, fromMs, toMs }: SeriesQuery, spansMs: readonly number[]): Promise<StoredChunk[]> {
    return translated(async () => {
      const store = this.#database.transaction('chunks').store;
      const found = await Promise.all(
        spansMs.map((spanMs, level) =>
          store.getAll(
            IDBKeyRange.bound([series, level, fromMs - spanMs], [series, level, toMs], true, true),
          ),
        ),
      );
      return found.flat().map((row) => ({ series, ...row }));
    });
  }

  oldest(level: number, beforeMs: number, limit: number): Promise<ChunkAddress[]> {
    const range = IDBKeyRange.bound([level], [level, beforeMs], false, true);
    return translated(async () => {
      const keys = await this.#database.getAllKeysFromIndex('chunks', 'age', range, limit);
      return keys.map(([series, , startMs]) => ({ series, level, startMs }));
    });
  }

  chunk(address: ChunkAddress): Promise<StoredChunk | null> {
    return translated(async () => {
      const row = await this.#database.get('chunks', keyOf(address));
      return row ? { ...address, bytes: row.bytes } : null;
    });
  }

  journal(): Promise<JournalEntryBytes[]> {
    return translated(async () => {
      const store = this.#database.transaction('journal').store;
      const [keys, entries] = await Promise.all([store.getAllKeys(), store.getAll()]);
      return entries.flatMap((bytes, i) => (keys[i] === undefined ? [] : [{ key: keys[i], bytes }]));
    });
  }

  series(): Promise<string[]> {
    return translated(async () => {
      const found: string[] = [];
      let cursor = await this.#database.transaction('chunks').store.openKeyCursor();
      while (cursor) {
        const [series] = cursor.key;
        found.push(series);
        // Over all chunks of this one; an array sorts after all numbers.
        cursor = await cursor.continue([series, []] as unknown as ChunkKey);
      }
      return found;
    });
  }

  size(): Promise<HistorySize> {
    return translated(async () => asSize(await this.#database.get('documents', sizeName)));
  }

  document(name: string): Promise<unknown> {
    return translated(() => this.#database.get('documents', `own:${name}`));
  }

  async putDocument(name: string, value: unknown): Promise<void> {
    await this.#write((transaction) => transaction.objectStore('documents').put(value, `own:${name}`));
  }

  async clear(series?: string): Promise<void> {
    await this.#write(async (transaction) => {
      const chunks = transaction.objectStore('chunks');
      if (series === undefined) {
        await Promise.all([chunks.clear(), transaction.objectStore('journal').clear()]);
        await transaction.objectStore('documents').put(noSize, sizeName);
        return;
      }
      const size = mutable(await sizeIn(transaction));
      for (const { level, bytes } of await chunks.getAll(keysOf(series))) takeOff(size, level, bytes.length);
      await chunks.delete(keysOf(series));
      await transaction.objectStore('documents').put(size, sizeName);
    });
  }

  close(): void {
    this.#database.close();
  }

  /** All or nothing. Relaxed: what a power cut takes is seconds, what a flush for each write costs is a disk. */
  async #write<T>(work: (transaction: WriteTransaction) => Promise<T>): Promise<T> {
    try {
      const transaction = this.#database.transaction(allStores, 'readwrite', { durability: 'relaxed' });
      const ended = transaction.done.then(
        () => null,
        (cause: unknown) => asStorageError(cause ?? transaction.error),
      );
      try {
        const result = await work(transaction);
        const failure = await ended;
        if (failure) throw failure;
        return result;
      } catch (thrown) {
        abortQuietly(transaction);
        await ended;
        throw thrown;
      }
    } catch (thrown) {
      throw asStorageError(thrown);
    }
  }
}

/** `prefix` keeps the demo's histories apart from the page's. */
export class IndexedDbSeriesStores implements SeriesStores {
  readonly #prefix: string;
  readonly #inMemory = new MemorySeriesStores();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  async open(projectId: string): Promise<SeriesStore> {
    try {
      return new IndexedDbSeriesStore(await openHistoryDatabase(this.#nameOf(projectId)));
    } catch {
      return this.#inMemory.open(projectId);
    }
  }

  async remove(projectId: string): Promise<void> {
    await this.#inMemory.remove(projectId);
    await translated(() => deleteDB(this.#nameOf(projectId)));
  }

  #nameOf(projectId: string): string {
    return `${this.#prefix}-history-${projectId}`;
  }
}

export const openHistoryDatabase = (name: string): Promise<HistoryDatabase> =>
  openDB<HistorySchema>(name, schemaVersion, {
    upgrade(database) {
      database.createObjectStore('chunks').createIndex('age', ['level', 'startMs']);
      database.createObjectStore('journal', { autoIncrement: true });
      database.createObjectStore('documents');
    },
    // It is deleted with its project, or a newer page wants to upgrade: let go.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });

interface MutableSize {
  chunkBytes: number[];
  chunkCount: number;
  journalBytes: number;
}

const mutable = ({ chunkBytes, chunkCount, journalBytes }: HistorySize): MutableSize => ({
  chunkBytes: [...chunkBytes],
  chunkCount,
  journalBytes,
});

const asSize = (stored: unknown): HistorySize => (stored as HistorySize | undefined) ?? noSize;

const sizeIn = async (transaction: WriteTransaction): Promise<HistorySize> =>
  asSize(await transaction.objectStore('documents').get(sizeName));

function takeOff(size: MutableSize, level: number, bytes: number): void {
  size.chunkBytes[level] = (size.chunkBytes[level] ?? 0) - bytes;
  size.chunkCount -= 1;
}

async function putChunks(
  transaction: WriteTransaction,
  put: readonly StoredChunk[],
  size: MutableSize,
): Promise<void> {
  const chunks = transaction.objectStore('chunks');
  await Promise.all(
    put.map(async ({ series, level, startMs, bytes }) => {
      const key: ChunkKey = [series, level, startMs];
      const before = await chunks.get(key);
      if (before) takeOff(size, level, before.bytes.length);
      await chunks.put({ level, startMs, bytes }, key);
      size.chunkBytes[level] = (size.chunkBytes[level] ?? 0) + bytes.length;
      size.chunkCount += 1;
    }),
  );
}

async function removeChunks(
  transaction: WriteTransaction,
  remove: readonly ChunkAddress[],
  size: MutableSize,
): Promise<void> {
  const chunks = transaction.objectStore('chunks');
  await Promise.all(
    remove.map(async (address) => {
      const before = await chunks.get(keyOf(address));
      if (!before) return;
      takeOff(size, address.level, before.bytes.length);
      await chunks.delete(keyOf(address));
    }),
  );
}

function abortQuietly(transaction: WriteTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself.
  }
}

async function translated<T>(reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (thrown) {
    throw asStorageError(thrown);
  }
}
