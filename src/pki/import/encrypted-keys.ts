/** Encrypted private keys: opened with the password, or left locked when there is none. A password is believed only when a whole key comes out. */
import { AppError } from '../../shared/errors.ts';
import { wholeSequence } from '../facts/fields.ts';
import { encryptionScheme, traditionalScheme, type EncryptionScheme } from './encryption-schemes.ts';
import type { ImportContext, LockedItem, PrivateKeyItem } from './items.ts';
import { keyFromPkcs1, keyFromPkcs8, keyFromSec1 } from './private-keys.ts';
import { shapeOf } from './shapes.ts';

type KeyItem = PrivateKeyItem | LockedItem;

/** EncryptedPrivateKeyInfo (RFC 5958). */
export function openEncryptedPkcs8(der: Uint8Array, context: ImportContext): Promise<KeyItem> {
  const fields = wholeSequence(der);
  const scheme = encryptionScheme(fields.sequence());
  const ciphertext = fields.octets();
  fields.end();
  return openKey(scheme, ciphertext, context);
}

/** A PEM block whose DEK-Info line says how it is encrypted. */
export const openTraditional = (
  ciphertext: Uint8Array,
  dekInfo: string,
  context: ImportContext,
): Promise<KeyItem> => openKey(traditionalScheme(dekInfo), ciphertext, context);

async function openKey(
  scheme: EncryptionScheme,
  ciphertext: Uint8Array,
  context: ImportContext,
): Promise<KeyItem> {
  if (context.password === null) return { kind: 'locked', what: 'private key', encryption: scheme.name };
  const plain = await scheme.open(ciphertext, context.password, context);
  try {
    const item = await readPrivateKey(plain, context.crypto);
    if (item) return { ...item, encryption: scheme.name };
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  // The padding came out by chance.
  throw new AppError('pki.import-password-wrong');
}

/** Null where it is none. Throws RangeError, pki.import-unsupported, -damaged. */
export async function readPrivateKey(der: Uint8Array, crypto: Crypto): Promise<PrivateKeyItem | null> {
  const item = { kind: 'private-key', encryption: null } as const;
  switch (shapeOf(der)) {
    case 'pkcs8':
      return { ...item, format: 'PKCS#8', ...(await keyFromPkcs8(der, crypto)) };
    case 'pkcs1':
      return { ...item, format: 'PKCS#1', ...(await keyFromPkcs1(der, crypto)) };
    case 'sec1':
      return { ...item, format: 'SEC1', ...(await keyFromSec1(der, crypto)) };
    case 'dsa':
      throw new AppError('pki.import-unsupported', { details: { what: 'DSA' } });
    default:
      return null;
  }
}
