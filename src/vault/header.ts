/**
 * The lock of a project: made with a passphrase (a PBKDF2 key wrapping one random data key per tier) or without one
 * (a non-extractable key that the browser keeps), checked and opened again. Knows no records.
 */
import { toHex, utf8 } from '../shared/bytes.ts';
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import type { BrowserKeyStore } from '../ports/browser-keys.ts';
import type { Tier, UnlockWay, VaultHeader, WrappedDataKeys } from '../project/entities.ts';
import { judgePassphrase } from './passphrase-strength.ts';
import { associatedData, decrypt, encrypt, lockParameters, NONCE_BYTES } from './sealing.ts';
import type { Sealed } from './sealing.ts';
import { faultOfWay } from './other-ways.ts';

export const DEFAULT_ITERATIONS = 1_000_000;
const MIN_ITERATIONS = 600_000;
const MAX_ITERATIONS = 5_000_000;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const GCM_TAG_BYTES = 16;
const AES = { name: 'AES-GCM', length: 256 } as const;

export type PassphraseHeader = Extract<VaultHeader, { kind: 'passphrase' }>;

/**
 * A new lock. `personalWords` (project name, Wi-Fi name…) are worth nothing in a passphrase.
 * Throws vault.weak-passphrase. Without a passphrase the browser's key is kept in `keys` at once.
 */
export async function newVaultHeader(
  passphrase: string | null,
  parts: {
    readonly crypto: Crypto;
    readonly keys: BrowserKeyStore;
    readonly personalWords?: readonly string[];
  },
): Promise<VaultHeader> {
  const { crypto, keys } = parts;
  if (passphrase === null) return newBrowserKey(crypto, keys);
  const verdict = judgePassphrase(passphrase, parts.personalWords ?? []);
  if (verdict.kind === 'weak') throw new AppError('vault.weak-passphrase', { details: { why: verdict.why } });
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const bare = {
    kind: 'passphrase',
    version: 1,
    kdf: 'PBKDF2-HMAC-SHA-256',
    iterations: DEFAULT_ITERATIONS,
    salt,
  } as const;
  const wrapped = { authority: noKey, operate: noKey };
  const key = await passphraseKey(passphrase, { ...bare, wrapped }, crypto);
  const wrap = async (tier: Tier): Promise<Sealed> => {
    const dataKey = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
    const sealed = await encrypt(key, dataKey, wrapData({ ...bare, wrapped }, tier), crypto);
    dataKey.fill(0);
    return sealed;
  };
  return { ...bare, wrapped: { authority: await wrap('authority'), operate: await wrap('operate') } };
}

/** Throws vault.header-refused on a lock whose parameters are weaker, dearer or other than this page makes. */
export function checkHeader(header: VaultHeader): void {
  const why =
    (header.version as number) !== 1
      ? 'unknown version'
      : header.kind === 'passphrase'
        ? faultOf(header)
        : null;
  if (why !== null) throw new AppError('vault.header-refused', { details: { why } });
}

function faultOf(header: PassphraseHeader): string | null {
  const { iterations, salt } = header;
  if ((header.kdf as string) !== 'PBKDF2-HMAC-SHA-256') return 'unknown key derivation';
  if (!Number.isInteger(iterations) || iterations < MIN_ITERATIONS) return 'too few iterations';
  if (iterations > MAX_ITERATIONS) return 'too many iterations';
  if (salt.length !== SALT_BYTES) return 'salt length';
  const { otherWays = [] }: { readonly otherWays?: readonly UnlockWay[] } = header;
  const sizesFit = [header, ...otherWays].every(({ wrapped }) => isWrapped(wrapped));
  return sizesFit
    ? (otherWays.map(faultOfWay).find((fault) => fault !== null) ?? null)
    : 'wrapped key length';
}

const isWrapped = (wrapped: WrappedDataKeys): boolean =>
  Object.values(wrapped).every(
    ({ nonce, ciphertext }) =>
      nonce.length === NONCE_BYTES && ciphertext.length === KEY_BYTES + GCM_TAG_BYTES,
  );

/** The tiers' non-extractable data keys. Throws vault.wrong-passphrase. */
export async function unwrapDataKeys(
  header: PassphraseHeader,
  tiers: readonly Tier[],
  passphrase: string,
  crypto: Crypto,
): Promise<ReadonlyMap<Tier, CryptoKey>> {
  const raw = await rawDataKeys(header, tiers, passphrase, crypto);
  return importDataKeys(raw, crypto);
}

/** The tiers' data keys in the clear, for wrapping them another way: the caller overwrites them. Throws vault.wrong-passphrase. */
export async function rawDataKeys(
  header: PassphraseHeader,
  tiers: readonly Tier[],
  passphrase: string,
  crypto: Crypto,
): Promise<ReadonlyMap<Tier, Bytes>> {
  const key = await passphraseKey(passphrase, header, crypto);
  const keys = new Map<Tier, Bytes>();
  for (const tier of tiers) {
    const raw = await decrypt(key, header.wrapped[tier], wrapData(header, tier), crypto);
    if (raw === null) throw new AppError('vault.wrong-passphrase');
    keys.set(tier, raw);
  }
  return keys;
}

/** Usable, not extractable; `raw` is overwritten. */
export async function importDataKeys(
  raw: ReadonlyMap<Tier, Bytes>,
  crypto: Crypto,
): Promise<ReadonlyMap<Tier, CryptoKey>> {
  const keys = new Map<Tier, CryptoKey>();
  for (const [tier, bytes] of raw) {
    keys.set(tier, await crypto.subtle.importKey('raw', bytes, AES, false, ['encrypt', 'decrypt']));
    bytes.fill(0);
  }
  return keys;
}

const noKey: Sealed = { nonce: new Uint8Array(0), ciphertext: new Uint8Array(0) };

async function newBrowserKey(crypto: Crypto, keys: BrowserKeyStore): Promise<VaultHeader> {
  const keyId = toHex(crypto.getRandomValues(new Uint8Array(16)));
  await keys.keep(keyId, await crypto.subtle.generateKey(AES, false, ['encrypt', 'decrypt']));
  return { kind: 'browser-key', version: 1, keyId };
}

/** NFKC, so that the same keys pressed on another system give the same bytes. */
async function passphraseKey(
  passphrase: string,
  header: PassphraseHeader,
  crypto: Crypto,
): Promise<CryptoKey> {
  const secret = utf8(passphrase.normalize('NFKC'));
  const material = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveKey']);
  secret.fill(0);
  const { salt, iterations } = header;
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  return crypto.subtle.deriveKey(algorithm, material, AES, false, ['encrypt', 'decrypt']);
}

const wrapData = (header: PassphraseHeader, tier: Tier): Bytes =>
  associatedData('signet-data-key', header.version, tier, lockParameters(header));
