/**
 * One encrypted file with everything of a project: what was made, every secret, the journal. The project's own lock is not
 * in it: the file has its own passphrase, and whoever restores it chooses a new lock.
 */
import type { Project } from '../../project/entities.ts';
import type { ProjectId } from '../../project/entities.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { sealBackup } from '../../vault/backup/container.ts';
import { encodeContent, forgetSecrets, type BackedUpSecret } from '../../vault/backup/content.ts';
import type { ProjectEnvironment } from '../environment.ts';
import { projectWords } from '../lock/project-words.ts';
import { startSteps } from '../run-steps.ts';

export interface BackupOrder {
  readonly passphrase: string;
  /** Version of the page, for the file. */
  readonly page: string;
}

export interface Backup {
  readonly name: string;
  readonly bytes: Bytes;
}

/** What the journal calls it; the reminder counts what came after the last one. */
export const backupMade = 'backup made';

const STEP_COUNT = 3;

/**
 * Opens every secret, so the authority tier must be unlocked. Writes one journal entry, which is in the file too.
 * Throws vault.locked, vault.damaged, backup.weak-passphrase, storage.*, project.timed-out.
 */
export async function makeBackup(
  env: ProjectEnvironment,
  projectId: ProjectId,
  order: BackupOrder,
  options: RunOptions,
): Promise<Outcome<Backup>> {
  const steps = startSteps(env.clock, options, STEP_COUNT);
  if (!steps.begin('opening')) return cancelled;
  const { revision, value: project } = await env.store.load(projectId);
  const secrets = await openAll(env, projectId);
  const madeAtMs = env.clock.nowMs();
  const entry = {
    atMs: madeAtMs,
    deviceId: null,
    what: backupMade,
    details: { devices: project.devices.length, secrets: secrets.length },
  };
  const content = {
    manifest: { madeAtMs, page: order.page },
    projects: [{ project, secrets, journal: [...(await env.store.journal(projectId)), entry] }],
  };
  const plain = encodeContent(content);
  forgetSecrets(content);
  try {
    if (!steps.begin('encrypting')) return cancelled;
    const personalWords = projectWords(project);
    const bytes = await sealBackup(plain, { passphrase: order.passphrase, personalWords }, env.crypto);
    if (!steps.begin('noting')) return cancelled;
    await env.store.commit(projectId, revision, [], [entry]);
    return done({ name: backupName(project, madeAtMs), bytes });
  } finally {
    plain.fill(0);
  }
}

async function openAll(env: ProjectEnvironment, projectId: ProjectId): Promise<BackedUpSecret[]> {
  const vault = await env.vaults.of(projectId);
  const records = await env.store.records(projectId);
  return Promise.all(
    records.map(async (record) => ({ id: record.id, tier: record.tier, plain: await vault.open(record) })),
  );
}

const backupName = ({ id }: Project, madeAtMs: number): string =>
  `${id}-${new Date(madeAtMs).toISOString().slice(0, 16).replace('T', '-').replace(':', '')}.signet-backup`;
