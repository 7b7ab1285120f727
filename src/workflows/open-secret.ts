/** Opens a project's sealed records. The caller overwrites what it got when it is done. */
import type { ProjectId, RecordId } from '../project/entities.ts';
import type { ProjectStore } from '../ports/storage.ts';
import { fromUtf8, type Bytes } from '../shared/bytes.ts';
import type { Vaults } from '../vault/vaults.ts';

export interface SecretEnvironment {
  readonly store: Pick<ProjectStore, 'record'>;
  readonly vaults: Pick<Vaults, 'of'>;
}

/** Throws vault.locked, vault.damaged, storage.not-found. */
export async function openSecret(
  env: SecretEnvironment,
  projectId: ProjectId,
  record: RecordId,
): Promise<Bytes> {
  const vault = await env.vaults.of(projectId);
  return vault.open(await env.store.record(projectId, record));
}

/** A secret that is a text: a password. Throws as {@link openSecret}. */
export const openSecretText = async (
  env: SecretEnvironment,
  projectId: ProjectId,
  record: RecordId,
): Promise<string> => fromUtf8(await openSecret(env, projectId, record));
