/** Unlocking a stored project with the person's passphrase. */
import type { ProjectId, Tier } from '../project/entities.ts';
import type { VaultState } from '../vault/vault.ts';
import type { ProjectEnvironment } from './environment.ts';

/**
 * `authority` for signing, flashing and exports (which opens the operating tier too), `operate` for Live alone.
 * Throws vault.wrong-passphrase, vault.header-refused, storage.not-found.
 */
export async function unlockProject(
  env: Pick<ProjectEnvironment, 'vaults'>,
  projectId: ProjectId,
  unlock: { readonly passphrase: string; readonly tier: Tier },
): Promise<VaultState> {
  const vault = await env.vaults.of(projectId);
  await vault.unlock(unlock.tier, unlock.passphrase);
  return vault.state;
}
