/** What survives a reload. Adapter: platform/storage (IndexedDB). */
import type {
  ChainedEntry,
  JournalEntry,
  Project,
  ProjectChange,
  ProjectId,
  RecordId,
  SealedRecord,
  VaultHeader,
} from '../project/entities.ts';

/** Counts commits of one project; a commit on an old revision is refused. */
export type Revision = number;

export interface Revisioned<T> {
  readonly revision: Revision;
  readonly value: T;
}

export interface ProjectSummary {
  readonly id: ProjectId;
  readonly name: string;
  readonly deviceCount: number;
  readonly createdAtMs: number;
}

export interface ProjectStore {
  list(): Promise<ProjectSummary[]>;
  /** Throws storage.not-found. */
  load(id: ProjectId): Promise<Revisioned<Project>>;
  /** One secret, still sealed. Throws storage.not-found. */
  record(id: ProjectId, record: RecordId): Promise<SealedRecord>;
  /** All of them, still sealed, in the order of their ids. */
  records(id: ProjectId): Promise<SealedRecord[]>;
  /** Throws storage.not-found. */
  vaultHeader(id: ProjectId): Promise<VaultHeader>;
  /** Oldest first, as a chain. */
  journal(id: ProjectId): Promise<ChainedEntry[]>;
  /**
   * One transaction: changes, sealed records they carry and journal entries (which it chains) together or not at all.
   * A browser key that a new lock replaces goes.
   * Throws storage.conflict when `expected` is not the present revision (0 creates), storage.full.
   */
  commit(
    id: ProjectId,
    expected: Revision,
    changes: readonly ProjectChange[],
    journal: readonly JournalEntry[],
  ): Promise<Revision>;
  /** Takes its records, lock, journal and browser key along. */
  delete(id: ProjectId): Promise<void>;
  /** Calls after each commit or deletion (revision 0), in this tab and in others; returns the unsubscriber. */
  watch(id: ProjectId, listener: (revision: Revision) => void): () => void;
}

/** Whether the browser may throw this page's data away by itself. Adapter: platform/storage. */
export interface StorageDurability {
  isKept(): Promise<boolean>;
  /** Asks for it; some browsers ask the person. True when it is kept from now on. */
  ask(): Promise<boolean>;
}
