/**
 * P-256 key pairs: made by WebCrypto, carried as PKCS#8, given to devices as SEC1. Keeps no key: callers seal the
 * PKCS#8 bytes and overwrite their copy.
 */
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import {
  bitString,
  contextConstructed,
  objectIdentifier,
  octetString,
  readAll,
  readTlv,
  sequence,
  TAG,
  unsignedInteger,
} from './der.ts';
import type { Tlv } from './der.ts';

const OID_EC_PUBLIC_KEY = objectIdentifier('1.2.840.10045.2.1');
const OID_PRIME256V1 = objectIdentifier('1.2.840.10045.3.1.7');
const SCALAR_BYTES = 32;
const POINT_BYTES = 65;
/** A primitive BIT STRING inside constructed context tag 1: SEC1's public key. */
const TAG_SEC1_PUBLIC_KEY = 0xa1;

export interface GeneratedKey {
  /** PKCS#8 DER of the private key: secret. */
  readonly pkcs8: Bytes;
  /** Uncompressed point, 65 bytes. */
  readonly publicPoint: Bytes;
}

/** A new P-256 key; extractable only long enough to be written as PKCS#8. */
export async function generateKey(crypto: Crypto): Promise<GeneratedKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  return { pkcs8, publicPoint: readEcKey(pkcs8).publicPoint };
}

/** A non-extractable signing key. Throws pki.key-format. */
export async function importSigningKey(pkcs8: Bytes, crypto: Crypto): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'ECDSA', namedCurve: 'P-256' }, false, [
      'sign',
    ]);
  } catch {
    throw new AppError('pki.key-format');
  }
}

/** SubjectPublicKeyInfo (RFC 5480) of a P-256 point. */
export const subjectPublicKeyInfo = (publicPoint: Uint8Array): Bytes =>
  sequence(sequence(OID_EC_PUBLIC_KEY, OID_PRIME256V1), bitString(publicPoint));

/**
 * SEC1 ECPrivateKey (RFC 5915) with parameters and public key, byte for byte what `openssl ec` writes: WebCrypto's
 * PKCS#8 leaves the parameters out of it. The result is secret. Throws pki.key-format.
 */
export function sec1FromPkcs8(pkcs8: Uint8Array): Bytes {
  const { scalar, publicPoint } = readEcKey(pkcs8);
  return sequence(
    unsignedInteger(Uint8Array.of(1)),
    octetString(scalar),
    contextConstructed(0, OID_PRIME256V1),
    contextConstructed(1, bitString(publicPoint)),
  );
}

function readEcKey(pkcs8: Uint8Array): { scalar: Uint8Array; publicPoint: Bytes } {
  try {
    const [, , privateKey] = readAll(expectTag(readTlv(pkcs8), TAG.SEQUENCE).content);
    const ecPrivateKey = readTlv(expectTag(privateKey, TAG.OCTET_STRING).content);
    const [, scalar, ...optional] = readAll(expectTag(ecPrivateKey, TAG.SEQUENCE).content);
    const publicKey = optional.find((field) => field.tag === TAG_SEC1_PUBLIC_KEY);
    const point = expectTag(publicKey && readTlv(publicKey.content), TAG.BIT_STRING).content.slice(1);
    const scalarBytes = expectTag(scalar, TAG.OCTET_STRING).content;
    if (scalarBytes.length !== SCALAR_BYTES || point.length !== POINT_BYTES)
      throw new RangeError('not P-256');
    return { scalar: scalarBytes, publicPoint: Uint8Array.from(point) };
  } catch {
    // The cause is dropped on purpose: nothing of a private key may travel with an error.
    throw new AppError('pki.key-format');
  }
}

function expectTag(value: Tlv | undefined, tag: number): Tlv {
  if (value?.tag !== tag) throw new RangeError('unexpected ASN.1 type');
  return value;
}
