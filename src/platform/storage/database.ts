/**
 * The IndexedDB database of projects: its stores, its opening, and the browser's errors in the page's words. Knows
 * no project rules.
 */
import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase } from 'idb';
import type {
  JournalEntry,
  Project,
  ProjectId,
  RecordId,
  SealedRecord,
  VaultHeader,
} from '../../project/entities.ts';
import type { OlderProject } from '../../project/upgrade.ts';
import type { Revision } from '../../ports/storage.ts';
import { AppError } from '../../shared/errors.ts';

const SCHEMA_VERSION = 1;

export interface ProjectSchema extends DBSchema {
  /** Upgraded when they are read: an older tab must find what it knows until a newer one saves. */
  projects: {
    key: ProjectId;
    value: { readonly revision: Revision; readonly project: Project | OlderProject };
  };
  records: { key: [ProjectId, RecordId]; value: SealedRecord };
  vaults: { key: ProjectId; value: VaultHeader };
  journal: {
    key: number;
    /** Without a hash as pages before the chain wrote it: it follows from the entries before. */
    value: { readonly projectId: ProjectId; readonly entry: JournalEntry; readonly hash?: string };
    indexes: { project: ProjectId };
  };
  keys: { key: string; value: CryptoKey };
}

export type ProjectDatabase = IDBPDatabase<ProjectSchema>;

/** Opens (and makes) the database called `name`: the demo has its own. Throws storage.unavailable. */
export async function openProjectDatabase(name: string): Promise<ProjectDatabase> {
  try {
    return await openDB<ProjectSchema>(name, SCHEMA_VERSION, {
      upgrade(database) {
        database.createObjectStore('projects');
        database.createObjectStore('records');
        database.createObjectStore('vaults');
        database.createObjectStore('journal', { autoIncrement: true }).createIndex('project', 'projectId');
        database.createObjectStore('keys');
      },
      // A newer page in another tab wants to upgrade: let it, this tab's next access fails with storage.failed.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
  } catch (cause) {
    throw new AppError('storage.unavailable', { details: { what: nameOf(cause) }, cause });
  }
}

/** Foreign errors once and for all: the quota, and everything else. */
export function asStorageError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const what = nameOf(thrown);
  if (what === 'QuotaExceededError') return new AppError('storage.full', { cause: thrown });
  return new AppError('storage.failed', { details: { what }, cause: thrown });
}

const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : 'unknown');
