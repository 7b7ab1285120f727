/**
 * Projects in IndexedDB: one transaction per commit, refused on an old revision, heard in every tab. Never opens
 * what is sealed.
 */
import type { IDBPTransaction } from 'idb';
import type {
  ChainedEntry,
  JournalEntry,
  Project,
  ProjectChange,
  ProjectId,
  RecordId,
  SealedRecord,
  VaultHeader,
} from '../../project/entities.ts';
import type { ProjectStore, ProjectSummary, Revision, Revisioned } from '../../ports/storage.ts';
import { chained } from '../../journal/chain.ts';
import { upgradedProject } from '../../project/upgrade.ts';
import { AppError } from '../../shared/errors.ts';
import { CommitNews } from './commit-news.ts';
import { asStorageError } from './database.ts';
import type { ProjectDatabase, ProjectSchema } from './database.ts';
import { changedProject, summaryOf } from './project-changes.ts';

const allStores = ['projects', 'records', 'vaults', 'journal', 'keys'] as const;
type WriteTransaction = IDBPTransaction<ProjectSchema, typeof allStores, 'readwrite'>;

export class IndexedDbProjectStore implements ProjectStore {
  readonly #database: ProjectDatabase;
  readonly #news: CommitNews;

  constructor(database: ProjectDatabase) {
    this.#database = database;
    this.#news = new CommitNews(`${database.name}:commits`);
  }

  async list(): Promise<ProjectSummary[]> {
    const rows = await translated(this.#database.getAll('projects'));
    return rows.map((row) => summaryOf(row.project));
  }

  async load(id: ProjectId): Promise<Revisioned<Project>> {
    const { revision, project } = await found('project', id, this.#database.get('projects', id));
    return { revision, value: upgradedProject(project) };
  }

  record(id: ProjectId, record: RecordId): Promise<SealedRecord> {
    return found('secret', record, this.#database.get('records', [id, record]));
  }

  vaultHeader(id: ProjectId): Promise<VaultHeader> {
    return found('project', id, this.#database.get('vaults', id));
  }

  records(id: ProjectId): Promise<SealedRecord[]> {
    return translated(this.#database.getAll('records', allOf(id)));
  }

  async journal(id: ProjectId): Promise<ChainedEntry[]> {
    return chainOf(await translated(this.#database.getAllFromIndex('journal', 'project', id)));
  }

  async commit(
    id: ProjectId,
    expected: Revision,
    changes: readonly ProjectChange[],
    journal: readonly JournalEntry[],
  ): Promise<Revision> {
    const revision = await this.#write(async (transaction) => {
      const projects = transaction.objectStore('projects');
      const present = await projects.get(id);
      if ((present?.revision ?? 0) !== expected) throw new AppError('storage.conflict');
      const project = changedProject(id, present && upgradedProject(present.project), changes);
      const next = expected + 1;
      await Promise.all([
        projects.put({ revision: next, project }, id),
        inSlices(changes, (change) => putChange(transaction, id, change)),
        addEntries(transaction, id, journal),
      ]);
      return next;
    });
    this.#news.announce(id, revision);
    return revision;
  }

  async delete(id: ProjectId): Promise<void> {
    await this.#write(async (transaction) => {
      const header = await transaction.objectStore('vaults').get(id);
      const entries = await transaction.objectStore('journal').index('project').getAllKeys(id);
      await Promise.all([
        transaction.objectStore('projects').delete(id),
        transaction.objectStore('vaults').delete(id),
        transaction.objectStore('records').delete(allOf(id)),
        ...entries.map((key) => transaction.objectStore('journal').delete(key)),
        ...(header?.kind === 'browser-key' ? [transaction.objectStore('keys').delete(header.keyId)] : []),
      ]);
    });
    this.#news.announce(id, 0);
  }

  watch(id: ProjectId, listener: (revision: Revision) => void): () => void {
    return this.#news.listen(id, listener);
  }

  /** All or nothing, on the disk before it returns. */
  async #write<T>(work: (transaction: WriteTransaction) => Promise<T>): Promise<T> {
    try {
      const transaction = this.#database.transaction(allStores, 'readwrite', { durability: 'strict' });
      // A failing write rejects its own promise and `done`; the latter carries the cause.
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

/** So many are copied for the disk in one go: a thousand would hold up the page's thread. */
const WRITES_AT_ONCE = 50;

async function inSlices<T>(all: readonly T[], write: (one: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < all.length; at += WRITES_AT_ONCE)
    await Promise.all(all.slice(at, at + WRITES_AT_ONCE).map(write));
}

async function putChange(transaction: WriteTransaction, id: ProjectId, change: ProjectChange): Promise<void> {
  const records = transaction.objectStore('records');
  if (change.kind === 'put-record') await records.put(change.record, [id, change.record.id]);
  if (change.kind === 'delete-record') await records.delete([id, change.id]);
  if (change.kind === 'put-vault') await putVault(transaction, id, change.header);
}

async function putVault(transaction: WriteTransaction, id: ProjectId, header: VaultHeader): Promise<void> {
  const vaults = transaction.objectStore('vaults');
  const before = await vaults.get(id);
  await vaults.put(header, id);
  if (before?.kind === 'browser-key' && !(header.kind === 'browser-key' && header.keyId === before.keyId))
    await transaction.objectStore('keys').delete(before.keyId);
}

/** Chains them to the last one that is there. */
async function addEntries(
  transaction: WriteTransaction,
  projectId: ProjectId,
  entries: readonly JournalEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const journal = transaction.objectStore('journal');
  const last = await journal.index('project').openCursor(projectId, 'prev');
  // Only after an update of the page is the last one without a hash: then all of them are gone through.
  const before =
    last && last.value.hash === undefined
      ? chainOf(await journal.index('project').getAll(projectId)).at(-1)?.hash
      : last?.value.hash;
  await inSlices(chained(entries, before), ({ hash, ...entry }) => journal.add({ projectId, entry, hash }));
}

/** Rows as a chain: those of earlier pages get the hash that follows, the others keep what is stored. */
function chainOf(rows: readonly ProjectSchema['journal']['value'][]): ChainedEntry[] {
  const entries: ChainedEntry[] = [];
  for (const { entry, hash } of rows) {
    const follows = chained([entry], entries.at(-1)?.hash);
    entries.push(...follows.map((computed) => ({ ...computed, hash: hash ?? computed.hash })));
  }
  return entries;
}

/** Every [id, anything]: an array sorts after all strings. */
const allOf = (id: ProjectId): IDBKeyRange => IDBKeyRange.bound([id], [id, []]);

function abortQuietly(transaction: WriteTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself.
  }
}

async function translated<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (thrown) {
    throw asStorageError(thrown);
  }
}

async function found<T>(what: string, id: string, reading: Promise<T | undefined>): Promise<T> {
  const value = await translated(reading);
  if (value === undefined) throw new AppError('storage.not-found', { details: { what, id } });
  return value;
}
