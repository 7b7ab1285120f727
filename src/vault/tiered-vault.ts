/**
 * The vault of one project: holds the unlocked tiers' data keys in memory, drops the authority's after five idle
 * minutes, seals and opens records. Never keeps a passphrase.
 */
import type { Bytes } from '../shared/bytes.ts';
import type { Clock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';
import type { BrowserKeyStore } from '../ports/browser-keys.ts';
import type { RecordId, SealedRecord, Tier, VaultHeader } from '../project/entities.ts';
import { checkHeader, importDataKeys, unwrapDataKeys, type PassphraseHeader } from './header.ts';
import { startIdleTimer } from './idle-timer.ts';
import type { IdleTimer } from './idle-timer.ts';
import { associatedData, decrypt, encrypt, lockParameters, NONCE_BYTES } from './sealing.ts';
import { unwrapByWay } from './other-ways.ts';
import type { SigningKeyParameters, Vault, VaultState, WayProof } from './vault.ts';

export interface VaultParts {
  readonly header: VaultHeader;
  readonly keys: BrowserKeyStore;
  readonly crypto: Crypto;
  readonly clock: Clock;
}

const RECORD_VERSION = 1;

/** A locked vault on this header. Throws vault.header-refused. */
export function createVault(parts: VaultParts): Vault {
  checkHeader(parts.header);
  return new TieredVault(parts);
}

class TieredVault implements Vault {
  #parts: VaultParts;
  readonly #listeners = new Set<(state: VaultState) => void>();
  #dataKeys: ReadonlyMap<Tier, CryptoKey> = new Map();
  #idle: IdleTimer | null = null;
  /** Counts lockings, so that one during a slow key derivation is not undone by it. */
  #lockings = 0;

  constructor(parts: VaultParts) {
    this.#parts = parts;
  }

  get header(): VaultHeader {
    return this.#parts.header;
  }

  get state(): VaultState {
    if (this.#parts.header.kind === 'browser-key') return { kind: 'not-locked' };
    if (this.#idle && this.#dataKeys.has('authority')) {
      return { kind: 'unlocked-for-signing', locksAtMs: this.#idle.expiresAtMs };
    }
    return { kind: this.#dataKeys.has('operate') ? 'ready-for-live' : 'locked' };
  }

  onState(listener: (state: VaultState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.state);
    return () => this.#listeners.delete(listener);
  }

  async unlock(tier: Tier, proof: string | WayProof = ''): Promise<void> {
    const { header, crypto } = this.#parts;
    if (header.kind === 'browser-key') {
      const key = await this.#browserKey(header.keyId);
      this.#dataKeys = new Map<Tier, CryptoKey>([
        ['authority', key],
        ['operate', key],
      ]);
      return;
    }
    const tiers: readonly Tier[] = tier === 'authority' ? ['authority', 'operate'] : ['operate'];
    const lockingsBefore = this.#lockings;
    const opened = await openedWith(header, tiers, proof, crypto);
    if (this.#lockings !== lockingsBefore) return;
    this.#dataKeys = new Map([...this.#dataKeys, ...opened]);
    if (tier === 'authority') this.#restartIdle();
    this.#announce();
  }

  adoptWays(header: VaultHeader): void {
    checkHeader(header);
    if (lockParameters(header) !== lockParameters(this.#parts.header))
      throw new RangeError('the lock of another project, or another lock');
    this.#parts = { ...this.#parts, header };
  }

  lock(tier: Tier | 'all'): void {
    if (this.#parts.header.kind === 'browser-key') return;
    this.#lockings++;
    const operate = tier === 'authority' ? this.#dataKeys.get('operate') : undefined;
    this.#dataKeys = new Map(operate ? [['operate', operate]] : []);
    this.#idle?.stop();
    this.#idle = null;
    this.#announce();
  }

  async seal(id: RecordId, tier: Tier, plain: Bytes): Promise<SealedRecord> {
    const key = this.#keyOf(tier);
    const sealed = await encrypt(key, plain, this.#boundTo(id, tier), this.#parts.crypto);
    return { id, tier, version: RECORD_VERSION, ...sealed };
  }

  async open(record: SealedRecord): Promise<Bytes> {
    const key = this.#keyOf(record.tier);
    const isKnown = (record.version as number) === RECORD_VERSION && record.nonce.length === NONCE_BYTES;
    const boundTo = this.#boundTo(record.id, record.tier);
    const plain = isKnown ? await decrypt(key, record, boundTo, this.#parts.crypto) : null;
    if (plain === null) throw new AppError('vault.damaged', { details: { record: record.id } });
    return plain;
  }

  async withSigningKey<T>(
    record: SealedRecord,
    use: (key: CryptoKey) => Promise<T>,
    parameters: SigningKeyParameters = { name: 'ECDSA', namedCurve: 'P-256' },
  ): Promise<T> {
    const pkcs8 = await this.open(record);
    let key: CryptoKey;
    try {
      key = await this.#parts.crypto.subtle.importKey('pkcs8', pkcs8, parameters, false, ['sign']);
    } catch {
      throw new AppError('vault.damaged', { details: { record: record.id } });
    } finally {
      pkcs8.fill(0);
    }
    return use(key);
  }

  /** The tier's key; using the authority's puts its idle lock off. */
  #keyOf(tier: Tier): CryptoKey {
    if (this.#idle?.isExpired) this.lock('authority');
    const key = this.#dataKeys.get(tier);
    if (!key) throw new AppError('vault.locked');
    if (tier === 'authority' && this.#idle) {
      this.#idle.touch();
      this.#announce();
    }
    return key;
  }

  async #browserKey(keyId: string): Promise<CryptoKey> {
    const key = await this.#parts.keys.load(keyId);
    if (!key) throw new AppError('vault.browser-key-missing');
    return key;
  }

  #restartIdle(): void {
    this.#idle?.stop();
    this.#idle = startIdleTimer(this.#parts.clock, () => this.lock('authority'));
  }

  #boundTo(id: RecordId, tier: Tier): Bytes {
    return associatedData('signet-record', RECORD_VERSION, id, tier, lockParameters(this.#parts.header));
  }

  #announce(): void {
    for (const listener of [...this.#listeners]) listener(this.state);
  }
}

async function openedWith(
  header: PassphraseHeader,
  tiers: readonly Tier[],
  proof: string | WayProof,
  crypto: Crypto,
): Promise<ReadonlyMap<Tier, CryptoKey>> {
  if (typeof proof === 'string') return unwrapDataKeys(header, tiers, proof, crypto);
  try {
    const raw = await unwrapByWay(proof.way, tiers, proof.secret, crypto);
    if (raw === null) throw new AppError('vault.wrong-secret', { details: { way: proof.way.kind } });
    return await importDataKeys(raw, crypto);
  } finally {
    proof.secret.fill(0);
  }
}
