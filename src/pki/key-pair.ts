/**
 * Key pairs: made by WebCrypto, carried as PKCS#8, given to devices as SEC1 or PKCS#1. Keeps no key: callers seal the
 * PKCS#8 bytes and overwrite their copy.
 */
import type { KeyAlgorithm } from '../project/entities.ts';
import type { Bytes } from '../shared/bytes.ts';
import { equalBytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import {
  bitString,
  contextConstructed,
  derNull,
  expectTag,
  integerBits,
  objectIdentifier,
  octetString,
  readAll,
  readTlv,
  sequence,
  TAG,
  unsignedInteger,
} from './der.ts';
import type { Tlv } from './der.ts';
import { keyAlgorithms } from './key-algorithms.ts';

const OID_EC_PUBLIC_KEY = objectIdentifier('1.2.840.10045.2.1');
const OID_RSA = objectIdentifier('1.2.840.113549.1.1.1');
const curves = {
  p256: objectIdentifier('1.2.840.10045.3.1.7'),
  p384: objectIdentifier('1.3.132.0.34'),
} as const;
const rsaSizes: Readonly<Record<number, KeyAlgorithm>> = {
  2048: 'rsa2048',
  3072: 'rsa3072',
  4096: 'rsa4096',
};
/** A primitive BIT STRING inside constructed context tag 1: SEC1's public key. */
const TAG_SEC1_PUBLIC_KEY = 0xa1;

export interface KeyPair {
  /** PKCS#8 DER of the private key: secret. */
  readonly pkcs8: Bytes;
  /** SubjectPublicKeyInfo DER. */
  readonly publicKeyInfo: Bytes;
}

/** A new key; extractable only long enough to be written as PKCS#8. */
export async function generateKey(crypto: Crypto, algorithm: KeyAlgorithm = 'p256'): Promise<KeyPair> {
  const { parameters } = keyAlgorithms[algorithm];
  const pair = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify']);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  return { pkcs8, publicKeyInfo: publicKeyInfoOf(pkcs8) };
}

/** A non-extractable signing key of whatever kind the PKCS#8 says. Throws pki.key-format, pki.key-unsupported. */
export async function importSigningKey(pkcs8: Bytes, crypto: Crypto): Promise<CryptoKey> {
  const { parameters } = keyAlgorithms[keyAlgorithmOf(pkcs8)];
  try {
    return await crypto.subtle.importKey('pkcs8', pkcs8, parameters, false, ['sign']);
  } catch {
    throw new AppError('pki.key-format');
  }
}

/** Throws pki.key-format, and pki.key-unsupported with the kind. */
export const keyAlgorithmOf = (pkcs8: Uint8Array): KeyAlgorithm => readPrivateKey(pkcs8).algorithm;

/** SubjectPublicKeyInfo (RFC 5480, RFC 3279) of a private key. Throws as {@link keyAlgorithmOf}. */
export const publicKeyInfoOf = (pkcs8: Uint8Array): Bytes => readPrivateKey(pkcs8).publicKeyInfo;

/**
 * What OpenSSL's older tools and device libraries read: SEC1 ECPrivateKey (RFC 5915) with parameters and public key,
 * byte for byte what `openssl ec` writes, or PKCS#1 as `openssl rsa` writes it. Secret. Throws as {@link keyAlgorithmOf}.
 */
export const traditionalKey = (pkcs8: Uint8Array): Bytes => readPrivateKey(pkcs8).traditional;

/** SEC1 of an elliptic key. Throws pki.key-format, also for an RSA key. */
export function sec1FromPkcs8(pkcs8: Uint8Array): Bytes {
  const key = readPrivateKey(pkcs8);
  if (keyAlgorithms[key.algorithm].scalarBytes === null) throw new AppError('pki.key-format');
  return key.traditional;
}

/** The kind of a public key. Throws pki.key-unsupported. */
export function publicKeyAlgorithmOf(publicKeyInfo: Uint8Array): KeyAlgorithm {
  const [algorithm, key] = readAll(expectTag(readTlv(publicKeyInfo), TAG.SEQUENCE).content);
  const [oid, parameters] = readAll(expectTag(algorithm, TAG.SEQUENCE).content);
  if (oid && equalBytes(oid.whole, OID_EC_PUBLIC_KEY)) return curveOf(parameters);
  if (!oid || !equalBytes(oid.whole, OID_RSA)) throw unsupported('neither RSA nor an elliptic curve');
  const [modulus] = readAll(readTlv(expectTag(key, TAG.BIT_STRING).content.subarray(1)).content);
  return rsaOfBits(integerBits(expectTag(modulus, TAG.INTEGER).content));
}

interface PrivateKeyFacts {
  readonly algorithm: KeyAlgorithm;
  readonly publicKeyInfo: Bytes;
  readonly traditional: Bytes;
}

function readPrivateKey(pkcs8: Uint8Array): PrivateKeyFacts {
  try {
    const [, algorithm, privateKey] = readAll(expectTag(readTlv(pkcs8), TAG.SEQUENCE).content);
    const [oid, parameters] = readAll(expectTag(algorithm, TAG.SEQUENCE).content);
    const inner = expectTag(privateKey, TAG.OCTET_STRING).content;
    if (oid && equalBytes(oid.whole, OID_EC_PUBLIC_KEY)) return readEcKey(inner, curveOf(parameters));
    if (oid && equalBytes(oid.whole, OID_RSA)) return readRsaKey(inner);
    throw unsupported('neither RSA nor an elliptic curve');
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    // The cause is dropped on purpose: nothing of a private key may travel with an error.
    throw new AppError('pki.key-format');
  }
}

function readEcKey(inner: Uint8Array, algorithm: 'p256' | 'p384'): PrivateKeyFacts {
  const [, scalar, ...optional] = readAll(expectTag(readTlv(inner), TAG.SEQUENCE).content);
  const publicKey = optional.find((field) => field.tag === TAG_SEC1_PUBLIC_KEY);
  const point = expectTag(publicKey && readTlv(publicKey.content), TAG.BIT_STRING).content.subarray(1);
  const scalarBytes = expectTag(scalar, TAG.OCTET_STRING).content;
  const sizeBytes = keyAlgorithms[algorithm].scalarBytes ?? 0;
  if (scalarBytes.length !== sizeBytes || point.length !== 2 * sizeBytes + 1)
    throw new RangeError('another size than its curve');
  return {
    algorithm,
    publicKeyInfo: sequence(sequence(OID_EC_PUBLIC_KEY, curves[algorithm]), bitString(point)),
    traditional: sequence(
      unsignedInteger(Uint8Array.of(1)),
      octetString(scalarBytes),
      contextConstructed(0, curves[algorithm]),
      contextConstructed(1, bitString(point)),
    ),
  };
}

function readRsaKey(inner: Uint8Array): PrivateKeyFacts {
  const [, modulus, exponent] = readAll(expectTag(readTlv(inner), TAG.SEQUENCE).content);
  const size = integerBits(expectTag(modulus, TAG.INTEGER).content);
  const publicKey = sequence(expectTag(modulus, TAG.INTEGER).whole, expectTag(exponent, TAG.INTEGER).whole);
  return {
    algorithm: rsaOfBits(size),
    publicKeyInfo: sequence(sequence(OID_RSA, derNull), bitString(publicKey)),
    traditional: Uint8Array.from(inner),
  };
}

function curveOf(parameters: Tlv | undefined): 'p256' | 'p384' {
  if (parameters && equalBytes(parameters.whole, curves.p256)) return 'p256';
  if (parameters && equalBytes(parameters.whole, curves.p384)) return 'p384';
  throw unsupported('an elliptic curve other than P-256 and P-384');
}

function rsaOfBits(bits: number): KeyAlgorithm {
  const algorithm = rsaSizes[bits];
  if (!algorithm) throw unsupported(`RSA with ${bits} bits`);
  return algorithm;
}

const unsupported = (what: string): AppError => new AppError('pki.key-unsupported', { details: { what } });
