/** The vaults of the projects opened in this tab, one each, so that unlocking holds for every screen. */
import type { Clock } from '../shared/clock.ts';
import type { BrowserKeyStore } from '../ports/browser-keys.ts';
import type { ProjectStore } from '../ports/storage.ts';
import type { ProjectId, VaultHeader } from '../project/entities.ts';
import { newVaultHeader } from './header.ts';
import { lockParameters } from './sealing.ts';
import { createVault } from './tiered-vault.ts';
import type { Vault } from './vault.ts';

export interface NewVault {
  readonly header: VaultHeader;
  /** Unlocked for signing. */
  readonly vault: Vault;
  /** Locks it and drops what the browser kept for it: for a project that was not stored after all. */
  discard(): Promise<void>;
}

export interface Vaults {
  /**
   * A new, unlocked vault that no project has yet; `adopt` it once the header is stored.
   * Throws vault.weak-passphrase.
   */
  create(passphrase: string | null, personalWords: readonly string[]): Promise<NewVault>;
  /** Makes `vault` the project's own from now on. */
  adopt(projectId: ProjectId, vault: Vault): void;
  /**
   * The project's vault: as it was left in this tab, else locked (without a passphrase: ready).
   * Throws storage.not-found, vault.header-refused, vault.browser-key-missing.
   */
  of(projectId: ProjectId): Promise<Vault>;
  /**
   * The project's vault after somebody committed: another tab may have given it another lock (then it is locked here), or
   * another way to unlock. Throws as {@link Vaults.of}.
   */
  refreshed(projectId: ProjectId): Promise<Vault>;
  /** *Lock now*, for every project of this tab. */
  lockAll(): void;
  /** Locks and drops a deleted project's vault. */
  forget(projectId: ProjectId): void;
}

export function createVaults(parts: {
  readonly store: Pick<ProjectStore, 'vaultHeader'>;
  readonly keys: BrowserKeyStore;
  readonly crypto: Crypto;
  readonly clock: Clock;
}): Vaults {
  const { store, ...rest } = parts;
  const vaults = new Map<ProjectId, Promise<Vault>>();
  const settled = new Set<Vault>();

  const remember = (vault: Vault): Vault => {
    settled.add(vault);
    return vault;
  };
  const load = async (projectId: ProjectId): Promise<Vault> => {
    const header = await store.vaultHeader(projectId);
    const vault = remember(createVault({ header, ...rest }));
    if (header.kind === 'browser-key') await vault.unlock('authority');
    return vault;
  };
  const of = (projectId: ProjectId): Promise<Vault> => {
    const known = vaults.get(projectId) ?? load(projectId);
    vaults.set(projectId, known);
    // A failed load is tried again the next time, not remembered.
    known.catch(() => vaults.delete(projectId));
    return known;
  };
  const forget = (projectId: ProjectId): void => {
    void vaults.get(projectId)?.then((vault) => vault.lock('all'));
    vaults.delete(projectId);
  };
  return {
    async create(passphrase, personalWords) {
      const header = await newVaultHeader(passphrase, { ...rest, personalWords });
      const vault = createVault({ header, ...rest });
      await vault.unlock('authority', passphrase ?? '');
      const discard = async (): Promise<void> => {
        vault.lock('all');
        if (header.kind === 'browser-key') await rest.keys.forget(header.keyId);
      };
      return { header, vault, discard };
    },
    adopt: (projectId, vault) => void vaults.set(projectId, Promise.resolve(remember(vault))),
    of,
    async refreshed(projectId) {
      const vault = await of(projectId);
      const header = await store.vaultHeader(projectId);
      if (lockParameters(header) === lockParameters(vault.header)) {
        vault.adoptWays(header);
        return vault;
      }
      forget(projectId);
      return of(projectId);
    },
    lockAll: () => settled.forEach((vault) => vault.lock('all')),
    forget,
  };
}
