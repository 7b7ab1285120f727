/** Projects in memory, under the same rules as in IndexedDB: for tests in Node and for pages without storage. */
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
import type { BrowserKeyStore } from '../../ports/browser-keys.ts';
import type { ProjectStore, ProjectSummary, Revision, Revisioned } from '../../ports/storage.ts';
import { chained } from '../../journal/chain.ts';
import { upgradedProject } from '../../project/upgrade.ts';
import { AppError } from '../../shared/errors.ts';
import { changedProject, summaryOf } from './project-changes.ts';

interface Stored {
  revision: Revision;
  project: Project;
  vault: VaultHeader | undefined;
  records: Map<RecordId, SealedRecord>;
  journal: ChainedEntry[];
}

export class MemoryProjectStore implements ProjectStore {
  readonly #projects = new Map<ProjectId, Stored>();
  readonly #listeners = new Map<ProjectId, Set<(revision: Revision) => void>>();

  list(): Promise<ProjectSummary[]> {
    return Promise.resolve([...this.#projects.values()].map(({ project }) => summaryOf(project)));
  }

  load(id: ProjectId): Promise<Revisioned<Project>> {
    return this.#read('project', id, () => {
      const stored = this.#projects.get(id);
      return stored && { revision: stored.revision, value: upgradedProject(stored.project) };
    });
  }

  record(id: ProjectId, record: RecordId): Promise<SealedRecord> {
    return this.#read('secret', record, () => this.#projects.get(id)?.records.get(record));
  }

  vaultHeader(id: ProjectId): Promise<VaultHeader> {
    return this.#read('project', id, () => this.#projects.get(id)?.vault);
  }

  records(id: ProjectId): Promise<SealedRecord[]> {
    const records = [...(this.#projects.get(id)?.records.values() ?? [])];
    return Promise.resolve(structuredClone(records.sort((a, b) => (a.id < b.id ? -1 : 1))));
  }

  journal(id: ProjectId): Promise<ChainedEntry[]> {
    return Promise.resolve(structuredClone(this.#projects.get(id)?.journal ?? []));
  }

  async commit(
    id: ProjectId,
    expected: Revision,
    changes: readonly ProjectChange[],
    journal: readonly JournalEntry[],
  ): Promise<Revision> {
    await Promise.resolve();
    const present = this.#projects.get(id);
    if ((present?.revision ?? 0) !== expected) throw new AppError('storage.conflict');
    const project = structuredClone(changedProject(id, present && upgradedProject(present.project), changes));
    const next: Stored = {
      revision: expected + 1,
      project,
      vault: present?.vault,
      records: new Map(present?.records),
      journal: [
        ...(present?.journal ?? []),
        ...chained(structuredClone(journal), present?.journal.at(-1)?.hash),
      ],
    };
    for (const change of structuredClone(changes)) applyTo(next, change);
    this.#projects.set(id, next);
    this.#tell(id, next.revision);
    return next.revision;
  }

  delete(id: ProjectId): Promise<void> {
    this.#projects.delete(id);
    this.#tell(id, 0);
    return Promise.resolve();
  }

  watch(id: ProjectId, listener: (revision: Revision) => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a failing read must reject, not throw
  async #read<T>(what: string, id: string, read: () => T | undefined): Promise<T> {
    const value = read();
    if (value === undefined) throw new AppError('storage.not-found', { details: { what, id } });
    return structuredClone(value);
  }

  #tell(id: ProjectId, revision: Revision): void {
    for (const listener of [...(this.#listeners.get(id) ?? [])]) listener(revision);
  }
}

function applyTo(stored: Stored, change: ProjectChange): void {
  if (change.kind === 'put-record') stored.records.set(change.record.id, change.record);
  if (change.kind === 'delete-record') stored.records.delete(change.id);
  if (change.kind === 'put-vault') stored.vault = change.header;
}

/** The keys that go with it. */
export class MemoryBrowserKeys implements BrowserKeyStore {
  readonly #keys = new Map<string, CryptoKey>();

  load(keyId: string): Promise<CryptoKey | null> {
    return Promise.resolve(this.#keys.get(keyId) ?? null);
  }

  keep(keyId: string, key: CryptoKey): Promise<void> {
    if (this.#keys.has(keyId)) return Promise.reject(new AppError('storage.conflict'));
    this.#keys.set(keyId, key);
    return Promise.resolve();
  }

  forget(keyId: string): Promise<void> {
    this.#keys.delete(keyId);
    return Promise.resolve();
  }
}
