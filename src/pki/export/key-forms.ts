/**
 * A private key in the forms that OpenSSL calls traditional: PKCS#1 for RSA, SEC1 for EC, byte for byte as it writes them.
 * All results are secret.
 */
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { contextConstructed, octetString, sequence, TAG, unsignedInteger } from '../der.ts';
import { Fields, wholeSequence } from '../facts/fields.ts';
import { OID_EC, OID_RSA } from '../facts/public-key.ts';

export type TraditionalLabel = 'RSA PRIVATE KEY' | 'EC PRIVATE KEY';

export interface TraditionalKey {
  readonly label: TraditionalLabel;
  readonly der: Bytes;
}

/**
 * From PKCS#8 with named curve and public key (what pki/import and WebCrypto give).
 * Throws pki.key-format, pki.export-format for keys that have no traditional form.
 */
export function traditionalKey(pkcs8: Uint8Array): TraditionalKey {
  try {
    const fields = wholeSequence(pkcs8);
    fields.count();
    const algorithm = fields.sequence();
    const oid = algorithm.oid();
    const inner = fields.octets();
    if (oid === OID_RSA) return { label: 'RSA PRIVATE KEY', der: Uint8Array.from(inner) };
    if (oid === OID_EC) {
      return { label: 'EC PRIVATE KEY', der: sec1(inner, algorithm.take(TAG.OBJECT_IDENTIFIER).whole) };
    }
  } catch {
    // No cause: nothing of a private key may travel with an error.
    throw new AppError('pki.key-format');
  }
  throw new AppError('pki.export-format', { details: { kind: 'Ed25519', format: 'PKCS#1 or SEC1' } });
}

/** WebCrypto leaves the parameters out of the inner SEC1 key; OpenSSL writes them. */
function sec1(inner: Uint8Array, curve: Uint8Array): Bytes {
  const fields = wholeSequence(inner);
  fields.count();
  const scalar = fields.octets();
  fields.optional(0xa0);
  const point = new Fields(fields.take(0xa1).content).take(TAG.BIT_STRING).whole;
  return sequence(
    unsignedInteger(Uint8Array.of(1)),
    octetString(scalar),
    contextConstructed(0, curve),
    contextConstructed(1, point),
  );
}
