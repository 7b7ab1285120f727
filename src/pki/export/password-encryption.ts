/**
 * Bytes closed by a password: PBES2 (RFC 8018) with AES-256-CBC and PBKDF2-HMAC-SHA-256. Judges no password.
 */
import type { Bytes } from '../../shared/bytes.ts';
import { objectIdentifier, octetString, sequence, tlv } from '../der.ts';
import { TAG_NULL } from '../facts/fields.ts';
import { pbkdf2 } from '../import/pbkdf2.ts';
import { count } from './numbers.ts';

export interface Encrypted {
  /** AlgorithmIdentifier, DER. */
  readonly algorithm: Bytes;
  readonly ciphertext: Bytes;
}

const SALT_BYTES = 16;
/** OWASP's figure for PBKDF2 with SHA-256; a tenth of a second where it is opened. */
export const KEY_ROUNDS = 600_000;

const aes256Cbc = objectIdentifier('2.16.840.1.101.3.4.1.42');
const hmacSha256 = sequence(objectIdentifier('1.2.840.113549.2.9'), tlv(TAG_NULL));

export async function encryptModern(
  plain: Uint8Array,
  password: string,
  { crypto, iterations = KEY_ROUNDS }: { readonly crypto: Crypto; readonly iterations?: number },
): Promise<Encrypted> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const raw = await pbkdf2(password, { salt, iterations, hash: 'SHA-256', sizeBytes: 32 }, crypto);
  const key = await crypto.subtle.importKey('raw', raw, 'AES-CBC', false, ['encrypt']);
  raw.fill(0);
  const encrypted = await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, key, Uint8Array.from(plain));
  const derivation = sequence(
    objectIdentifier('1.2.840.113549.1.5.12'),
    sequence(octetString(salt), count(iterations), hmacSha256),
  );
  const algorithm = sequence(
    objectIdentifier('1.2.840.113549.1.5.13'),
    sequence(derivation, sequence(aes256Cbc, octetString(iv))),
  );
  return { algorithm, ciphertext: new Uint8Array(encrypted) };
}

/** EncryptedPrivateKeyInfo (RFC 5958): the content of `BEGIN ENCRYPTED PRIVATE KEY`. */
export async function encryptedPkcs8(pkcs8: Uint8Array, password: string, crypto: Crypto): Promise<Bytes> {
  const { algorithm, ciphertext } = await encryptModern(pkcs8, password, { crypto });
  return sequence(algorithm, octetString(ciphertext));
}
