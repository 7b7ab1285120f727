/**
 * From a backup file to a project in this browser: read, shown beside what is here, then taken over whole, under a lock of
 * its own. Nothing is stored before the last step, and that is one commit.
 */
import { checkChain } from '../../journal/chain.ts';
import { isJournalEntry, isStoredProject } from '../../project/check.ts';
import type {
  ChainedEntry,
  JournalEntry,
  Project,
  ProjectChange,
  ProjectId,
} from '../../project/entities.ts';
import { upgradedProject } from '../../project/upgrade.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { openBackup } from '../../vault/backup/container.ts';
import { decodeContent, type BackedUpSecret, type BackupManifest } from '../../vault/backup/content.ts';
import type { Vault } from '../../vault/vault.ts';
import type { ProjectEnvironment } from '../environment.ts';
import { projectWords } from '../lock/project-words.ts';
import { changeTrust } from '../trust/change.ts';
import { withFreshLists } from '../trust/revoke.ts';
import { differences, type Difference } from './differences.ts';
import { withKeptRevocations } from './kept-revocations.ts';

export { looksLikeBackup } from '../../vault/backup/container.ts';

/** A project out of a file, with its secrets in the clear: `forget` it when it is done with. */
export interface OpenedBackup {
  readonly manifest: BackupManifest;
  readonly project: Project;
  readonly secrets: readonly BackedUpSecret[];
  readonly journal: readonly JournalEntry[];
  /** False where the journal in the file does not hang together. */
  readonly isJournalWhole: boolean;
  forget(): void;
}

/** What is here under the same id, and what restoring would change of it; null when nothing is. */
export interface PresentProject {
  readonly project: Project;
  readonly differences: readonly Difference[];
  /** Journal entries here that the backup does not know: what was done since. */
  readonly doneSince: readonly JournalEntry[];
}

/** Throws backup.*, storage.newer. */
export async function readBackup(
  env: Pick<ProjectEnvironment, 'crypto'>,
  file: Bytes,
  passphrase: string,
): Promise<OpenedBackup> {
  const plain = await openBackup(file, passphrase, env.crypto);
  try {
    const { manifest, projects } = decodeContent(plain);
    const [only] = projects;
    if (!only || projects.length !== 1)
      throw new AppError('backup.damaged', { details: { what: 'projects' } });
    if (!isStoredProject(only.project))
      throw new AppError('backup.damaged', { details: { what: 'project' } });
    const { secrets, journal } = only;
    if (!journal.every(isJournalEntry))
      throw new AppError('backup.damaged', { details: { what: 'journal' } });
    const forget = (): void => secrets.forEach((secret) => secret.plain.fill(0));
    return {
      manifest,
      project: upgradedProject(only.project),
      secrets,
      journal,
      // The last entry tells of this very backup and is chained by whoever stores it.
      isJournalWhole: checkChain(journal.slice(0, -1) as ChainedEntry[]).kind === 'whole',
      forget,
    };
  } finally {
    plain.fill(0);
  }
}

export async function presentProject(
  env: Pick<ProjectEnvironment, 'store'>,
  backup: Pick<OpenedBackup, 'project' | 'journal'>,
): Promise<PresentProject | null> {
  const { id } = backup.project;
  if (!(await isHere(env, id))) return null;
  const { value: project } = await env.store.load(id);
  const here = await env.store.journal(id);
  const known = new Set(backup.journal.map(fingerprint));
  return {
    project,
    differences: differences(project, backup.project),
    doneSince: here.filter((entry) => !known.has(fingerprint(entry))),
  };
}

export interface RestoreOrder {
  /** The restored project's own lock; null for none. */
  readonly passphrase: string | null;
}

/**
 * Puts the project in place of the one with its id, or beside the others when there is none. What was revoked here stays
 * so. Throws vault.weak-passphrase, storage.conflict, storage.full.
 */
export async function restoreProject(
  env: ProjectEnvironment,
  backup: OpenedBackup,
  order: RestoreOrder,
): Promise<Project> {
  const { id } = backup.project;
  const here = (await isHere(env, id)) ? await env.store.load(id) : null;
  const { project, kept } = here
    ? withKeptRevocations(here.value, backup.project)
    : { project: backup.project, kept: 0 };
  const fresh = await env.vaults.create(order.passphrase, projectWords(project));
  let isSaved = false;
  try {
    const changes: ProjectChange[] = [
      { kind: 'put-project', project },
      { kind: 'put-vault', header: fresh.header },
      ...(await recordChanges(env, backup, { vault: fresh.vault, isReplacing: here !== null })),
    ];
    await env.store.commit(id, here?.revision ?? 0, changes, journalFor(env, backup, here !== null));
    isSaved = true;
    env.vaults.adopt(id, fresh.vault);
  } finally {
    if (!isSaved) await fresh.discard();
  }
  return kept > 0 ? withListsSignedAnew(env, project) : project;
}

/** The secrets under the new lock, and those of before that no longer belong to anything. */
async function recordChanges(
  env: ProjectEnvironment,
  { project, secrets }: OpenedBackup,
  into: { readonly vault: Vault; readonly isReplacing: boolean },
): Promise<ProjectChange[]> {
  const records = await Promise.all(secrets.map(({ id, tier, plain }) => into.vault.seal(id, tier, plain)));
  const fresh = new Set(records.map(({ id }) => id));
  const before = into.isReplacing ? await env.store.records(project.id) : [];
  const stale = before.filter(({ id }) => !fresh.has(id));
  return [
    ...records.map((record): ProjectChange => ({ kind: 'put-record', record })),
    ...stale.map(({ id }): ProjectChange => ({ kind: 'delete-record', id })),
  ];
}

/** Neither side's list names everybody that both revoked. */
async function withListsSignedAnew(env: ProjectEnvironment, project: Project): Promise<Project> {
  const signed = await changeTrust(env, project.id, async (draft) => ({
    project: await withFreshLists(draft, draft.project),
    what: 'revocation lists signed anew',
    details: { revoked: draft.project.revocations.length },
  }));
  return signed ?? project;
}

/** Where nothing was, the backup's own journal comes along; what happened in this browser is never taken out. */
function journalFor(env: ProjectEnvironment, backup: OpenedBackup, isReplacing: boolean): JournalEntry[] {
  const restored: JournalEntry = {
    atMs: env.clock.nowMs(),
    deviceId: null,
    what: 'backup restored',
    details: { madeAtMs: backup.manifest.madeAtMs, replaced: isReplacing ? 'yes' : 'no' },
  };
  return isReplacing ? [restored] : [...backup.journal, restored];
}

async function isHere(env: Pick<ProjectEnvironment, 'store'>, id: ProjectId): Promise<boolean> {
  return (await env.store.list()).some((summary) => summary.id === id);
}

const fingerprint = ({ atMs, deviceId, what, details }: JournalEntry): string =>
  JSON.stringify([atMs, deviceId, what, details]);
