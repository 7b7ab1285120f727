/** PKCS#12's own encryption with 3DES (RFC 7292 C), for systems that know nothing newer. Runs in a worker. */
import type { Bytes } from '../../shared/bytes.ts';
import { objectIdentifier, octetString, sequence } from '../der.ts';
import { bmpPassword, pkcs12Kdf, PKCS12_IV, PKCS12_KEY } from '../import/key-derivation.ts';
import { count } from './numbers.ts';
import type { Encrypted } from './password-encryption.ts';

/** What OpenSSL has always written and everything opens. */
export const COMPATIBLE_ROUNDS = 2048;

/** pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 C). */
export async function encryptCompatible(
  plain: Uint8Array,
  password: string,
  crypto: Crypto,
): Promise<Encrypted> {
  const { encryptTripleDes } = await import('../import/old-ciphers.ts');
  const salt = crypto.getRandomValues(new Uint8Array(8));
  const derive = (purpose: number, sizeBytes: number): Bytes =>
    pkcs12Kdf(bmpPassword(password), {
      salt,
      iterations: COMPATIBLE_ROUNDS,
      digest: 'SHA-1',
      purpose,
      sizeBytes,
    });
  const ciphertext = encryptTripleDes(plain, derive(PKCS12_KEY, 24), derive(PKCS12_IV, 8));
  const algorithm = sequence(
    objectIdentifier('1.2.840.113549.1.12.1.3'),
    sequence(octetString(salt), count(COMPATIBLE_ROUNDS)),
  );
  return { algorithm, ciphertext };
}
