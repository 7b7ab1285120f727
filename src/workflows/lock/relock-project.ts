/**
 * Another passphrase, a first one, or none: every secret is opened and sealed anew under a new lock, in one commit, so that
 * what the old passphrase opened opens nothing of what is stored from then on.
 */
import type { ProjectChange, ProjectId } from '../../project/entities.ts';
import type { ProjectEnvironment } from '../environment.ts';
import { projectWords } from './project-words.ts';

/**
 * Other ways to unlock go with the old lock. The authority tier must be unlocked. Throws vault.locked, vault.weak-passphrase,
 * vault.damaged, storage.conflict, storage.full: then the old lock stays.
 */
export async function relockProject(
  env: ProjectEnvironment,
  projectId: ProjectId,
  passphrase: string | null,
): Promise<void> {
  const { revision, value: project } = await env.store.load(projectId);
  const old = await env.vaults.of(projectId);
  const sealed = await env.store.records(projectId);
  const fresh = await env.vaults.create(passphrase, projectWords(project));
  let isSaved = false;
  try {
    const records = await Promise.all(
      sealed.map(async (record): Promise<ProjectChange> => {
        const plain = await old.open(record);
        const again = await fresh.vault.seal(record.id, record.tier, plain);
        plain.fill(0);
        return { kind: 'put-record', record: again };
      }),
    );
    const entry = {
      atMs: env.clock.nowMs(),
      deviceId: null,
      what: 'lock changed',
      details: { lock: fresh.header.kind },
    };
    await env.store.commit(
      projectId,
      revision,
      [{ kind: 'put-vault', header: fresh.header }, ...records],
      [entry],
    );
    isSaved = true;
    env.vaults.adopt(projectId, fresh.vault);
    old.lock('all');
  } finally {
    if (!isSaved) await fresh.discard();
  }
}
