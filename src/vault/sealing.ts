/**
 * AES-256-GCM over one record or one data key. The associated data binds ciphertext to format version, record id,
 * tier and the lock's parameters, so that nothing stored can stand in for something else.
 */
import { toHex, utf8 } from '../shared/bytes.ts';
import type { Bytes } from '../shared/bytes.ts';
import type { VaultHeader } from '../project/entities.ts';

export const NONCE_BYTES = 12;

export interface Sealed {
  readonly nonce: Bytes;
  readonly ciphertext: Bytes;
}

/** Encrypts under a fresh 96-bit nonce. */
export async function encrypt(key: CryptoKey, plain: Bytes, boundTo: Bytes, crypto: Crypto): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: boundTo };
  return { nonce, ciphertext: new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plain)) };
}

/** Null when the key is another or any byte was changed: AES-GCM does not tell them apart. */
export async function decrypt(
  key: CryptoKey,
  sealed: Sealed,
  boundTo: Bytes,
  crypto: Crypto,
): Promise<Bytes | null> {
  const algorithm = { name: 'AES-GCM', iv: sealed.nonce, additionalData: boundTo };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed.ciphertext));
  } catch {
    return null;
  }
}

/** Associated data from unambiguous parts: JSON quotes what could run together. */
export const associatedData = (...parts: readonly (string | number)[]): Bytes => utf8(JSON.stringify(parts));

/** The lock's parameters as part of the associated data. */
export const lockParameters = (header: VaultHeader): string =>
  header.kind === 'browser-key'
    ? `browser-key:${header.keyId}`
    : `${header.kdf}:${header.iterations}:${toHex(header.salt)}`;
