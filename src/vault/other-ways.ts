/**
 * Other ways into a project with a passphrase: a recovery code on paper, a passkey. Each wraps the same data keys under a key
 * made from a long random secret, so that no slow derivation is needed. Knows no records.
 */
import { toHex, utf8, type Bytes } from '../shared/bytes.ts';
import type { Tier, UnlockWay } from '../project/entities.ts';
import { associatedData, decrypt, encrypt } from './sealing.ts';

export const WAY_SALT_BYTES = 32;
const CODE_BYTES = 20;
const CODE_DIGITS = (CODE_BYTES * 8) / 5;
const MOST_CREDENTIAL_BYTES = 1_023;
/** Crockford's: no I, L, O, U. */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export type WayKind = UnlockWay['kind'];

export interface WaySecret {
  readonly kind: WayKind;
  readonly credentialId: Bytes;
  readonly salt: Bytes;
  /** At least 160 random bits. */
  readonly secret: Bytes;
}

/** 160 random bits as eight groups of four digits, for paper. */
export function newRecoveryCode(crypto: Crypto): string {
  let bits = 0n;
  for (const byte of crypto.getRandomValues(new Uint8Array(CODE_BYTES))) bits = (bits << 8n) | BigInt(byte);
  const text = Array.from(
    { length: CODE_DIGITS },
    (_, i) => digits[Number((bits >> BigInt(5 * i)) & 31n)],
  ).join('');
  return text.replace(/.{4}(?=.)/g, '$&-');
}

/** What was read off the paper, however it was typed; null when it cannot be a code. */
export function readRecoveryCode(typed: string): Bytes | null {
  const text = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  const isCode = text.length === CODE_DIGITS && Array.from(text).every((digit) => digits.includes(digit));
  return isCode ? utf8(text) : null;
}

/** The data keys, one a tier, wrapped under the secret. */
export async function wrapForWay(
  dataKeys: ReadonlyMap<Tier, Bytes>,
  way: WaySecret,
  parts: { readonly crypto: Crypto; readonly nowMs: number },
): Promise<UnlockWay> {
  const key = await keyOf(way, parts.crypto);
  const wrap = (tier: Tier) =>
    encrypt(key, dataKeys.get(tier) ?? new Uint8Array(0), boundTo(way, tier), parts.crypto);
  const { kind, credentialId, salt } = way;
  const wrapped = { authority: await wrap('authority'), operate: await wrap('operate') };
  return { kind, credentialId, salt, wrapped, madeAtMs: parts.nowMs };
}

/** The data keys in the clear, which the caller overwrites; null when the secret is another. */
export async function unwrapByWay(
  way: UnlockWay,
  tiers: readonly Tier[],
  secret: Bytes,
  crypto: Crypto,
): Promise<ReadonlyMap<Tier, Bytes> | null> {
  const key = await keyOf({ ...way, secret }, crypto);
  const keys = new Map<Tier, Bytes>();
  for (const tier of tiers) {
    const raw = await decrypt(key, way.wrapped[tier], boundTo(way, tier), crypto);
    if (raw === null) return null;
    keys.set(tier, raw);
  }
  return keys;
}

/** Null, or why the stored way is not one that this page makes. */
export function faultOfWay({ kind, credentialId, salt }: UnlockWay): string | null {
  if (!(['recovery-code', 'passkey'] as readonly string[]).includes(kind)) return 'unknown way';
  if (salt.length !== WAY_SALT_BYTES) return 'salt length';
  return credentialId.length <= MOST_CREDENTIAL_BYTES ? null : 'credential length';
}

async function keyOf({ kind, salt, secret }: WaySecret, crypto: Crypto): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt, info: utf8(`signet ${kind}`) };
  return crypto.subtle.deriveKey(algorithm, material, { name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
}

const boundTo = ({ kind, credentialId, salt }: Omit<WaySecret, 'secret'>, tier: Tier): Bytes =>
  associatedData('signet-data-key-way', 1, kind, tier, toHex(credentialId), toHex(salt));
