/**
 * The wall around a project's secrets: what may be asked of it, and in which states. Nothing leaves it but what a
 * caller opens by record; keys stay inside. Knows nothing of what the records hold.
 */
import type { Bytes } from '../shared/bytes.ts';
import type { RecordId, SealedRecord, Tier, UnlockWay, VaultHeader } from '../project/entities.ts';

/**
 * `not-locked`: no passphrase, the browser holds the key. `locked`: nothing can be opened. `unlocked-for-signing`:
 * everything can, until `locksAtMs` (Unix ms) unless it is used again. `ready-for-live`: only the operating tier.
 */
export type VaultState =
  | { readonly kind: 'not-locked' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'unlocked-for-signing'; readonly locksAtMs: number }
  | { readonly kind: 'ready-for-live' };

/** What WebCrypto is told to import a signing key. */
export type SigningKeyParameters = EcKeyImportParams | RsaHashedImportParams;

/** What a person shows instead of the passphrase: the secret of one of the lock's other ways. */
export interface WayProof {
  readonly way: UnlockWay;
  /** Overwritten. */
  readonly secret: Bytes;
}

export interface Vault {
  readonly state: VaultState;
  /** As it is stored; without a passphrase a kind of its own. */
  readonly header: VaultHeader;
  /** Calls at once with the present state; returns the unsubscriber. */
  onState(listener: (state: VaultState) => void): () => void;
  /**
   * `authority` opens both tiers, `operate` only its own. The passphrase is ignored by a vault without one.
   * Throws vault.wrong-passphrase, vault.wrong-secret (nothing changes), vault.browser-key-missing.
   */
  unlock(tier: Tier, proof?: string | WayProof): Promise<void>;
  /** The lock was stored with other ways beside the passphrase: nothing else of it may differ. */
  adoptWays(header: VaultHeader): void;
  /** Drops keys: `authority` its own, `operate` and `all` both. A vault without a passphrase stays as it is. */
  lock(tier: Tier | 'all'): void;
  /** Throws vault.locked. */
  seal(id: RecordId, tier: Tier, plain: Bytes): Promise<SealedRecord>;
  /** The secret in the clear; the caller owns and overwrites it. Throws vault.locked, vault.damaged. */
  open(record: SealedRecord): Promise<Bytes>;
  /**
   * Lends the record's key (PKCS#8) as a non-extractable signing key; `parameters` say its kind, P-256 unless told.
   * Throws vault.locked, vault.damaged.
   */
  withSigningKey<T>(
    record: SealedRecord,
    use: (key: CryptoKey) => Promise<T>,
    parameters?: SigningKeyParameters,
  ): Promise<T>;
}
