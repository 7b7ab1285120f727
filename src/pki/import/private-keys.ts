/**
 * Private keys in all their forms (PKCS#8 RFC 5958, PKCS#1 RFC 8017, SEC1 RFC 5915) become one: PKCS#8 with named curve
 * and public key. WebCrypto must accept each, and both halves must belong together. Nothing of a key gets into an error.
 */
import { concatBytes, equalBytes } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import {
  bitString,
  contextConstructed,
  objectIdentifier,
  octetString,
  readTlv,
  sequence,
  tlv,
  TAG,
  unsignedInteger,
} from '../der.ts';
import { Fields, TAG_NULL, wholeSequence } from '../facts/fields.ts';
import { algorithmName, curveOf } from '../facts/object-identifiers.ts';
import { OID_EC, OID_ED25519, OID_RSA, readPublicKey } from '../facts/public-key.ts';
import type { PrivateKeyItem } from './items.ts';

type KeyPair = Pick<PrivateKeyItem, 'pkcs8' | 'publicKey'>;

const curveOids: Readonly<Record<string, string>> = {
  'P-256': '1.2.840.10045.3.1.7',
  'P-384': '1.3.132.0.34',
  'P-521': '1.3.132.0.35',
};
const scalarBytes: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

const LARGEST_RSA_BYTES = 2048;

const version = (n: number): Bytes => unsignedInteger(Uint8Array.of(n));
const algorithm = (oid: string, ...parameters: Uint8Array[]): Bytes =>
  sequence(objectIdentifier(oid), ...parameters);

/** Throws RangeError where it is no such structure, pki.import-unsupported, pki.import-damaged. */
export function keyFromPkcs8(der: Uint8Array, crypto: Crypto): Promise<KeyPair> {
  const fields = wholeSequence(der);
  fields.count();
  const kind = fields.sequence();
  const oid = kind.oid();
  const inner = fields.octets();
  if (oid === OID_RSA) return keyFromPkcs1(inner, crypto);
  if (oid === OID_EC) return keyFromSec1(inner, crypto, readCurve(kind));
  if (oid === OID_ED25519) return keyFromSeed(inner, crypto);
  throw unsupported(algorithmName(oid));
}

export async function keyFromPkcs1(der: Uint8Array, crypto: Crypto): Promise<KeyPair> {
  const fields = wholeSequence(der);
  if (fields.count() !== 0) throw unsupported('RSA with more than two primes');
  const [modulus, exponent, , p, q] = Array.from({ length: 8 }, () => fields.take(TAG.INTEGER));
  fields.end();
  if (!modulus || !exponent || !p || !q) throw new RangeError('an RSA key has eight numbers');
  if (modulus.content.length > LARGEST_RSA_BYTES + 1) throw unsupported('RSA with more than 16384 bits');
  if (exponent.content.length > 8 || numberOf(exponent.content) < 3n)
    throw unsupported('RSA with an exponent below 3 or of more than 64 bits');
  if (numberOf(p.content) * numberOf(q.content) !== numberOf(modulus.content)) throw torn();
  const rsa = algorithm(OID_RSA, tlv(TAG_NULL));
  const pkcs8 = sequence(version(0), rsa, octetString(der));
  await accepted(pkcs8, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, crypto);
  const spki = sequence(rsa, bitString(sequence(modulus.whole, exponent.whole)));
  return { pkcs8, publicKey: readPublicKey(readTlv(spki)) };
}

/** `curve` is what stands around the key; it may also stand in it, or nowhere. */
export async function keyFromSec1(
  der: Uint8Array,
  crypto: Crypto,
  curve: string | null = null,
): Promise<KeyPair> {
  const fields = wholeSequence(der);
  if (fields.count() !== 1) throw new RangeError('unknown version of an EC key');
  const scalar = fields.octets();
  const own = fields.optional(0xa0);
  const point = fields.optional(0xa1);
  fields.end();
  const name = curve ?? (own ? readCurve(new Fields(own.content)) : curveBySize(scalar.length));
  return ecPair(name, scalar, { given: point ? new Fields(point.content).bits() : null, crypto });
}

async function ecPair(
  curve: string,
  scalar: Uint8Array,
  { given, crypto }: { given: Uint8Array | null; crypto: Crypto },
): Promise<KeyPair> {
  const oid = curveOids[curve];
  const sizeBytes = scalarBytes[curve];
  if (oid === undefined || sizeBytes === undefined) throw unsupported(`the curve ${curve}`);
  // Old writers drop leading zeros.
  const number = scalar.subarray(Math.max(scalar.length - sizeBytes, 0));
  const padded = concatBytes([new Uint8Array(sizeBytes - number.length), number]);
  const ec = algorithm(OID_EC, objectIdentifier(oid));
  const write = (...point: Bytes[]): Bytes =>
    sequence(version(0), ec, octetString(sequence(version(1), octetString(padded), ...point)));
  const point = await publicPoint(write(), curve, crypto);
  // A point may be given in its short form: then x alone is compared.
  const isSame =
    given === null ||
    (given[0] === 4
      ? equalBytes(given, point)
      : equalBytes(given.subarray(1), point.subarray(1, 1 + sizeBytes)));
  if (!isSame) throw torn();
  const publicKey = readPublicKey(readTlv(sequence(ec, bitString(point))));
  return { pkcs8: write(contextConstructed(1, bitString(point))), publicKey };
}

/** Computed by WebCrypto from the private half. */
async function publicPoint(pkcs8: Bytes, namedCurve: string, crypto: Crypto): Promise<Bytes> {
  const key = await accepted(pkcs8, { name: 'ECDSA', namedCurve }, crypto);
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', key);
  return concatBytes([Uint8Array.of(4), fromBase64Url(x), fromBase64Url(y)]);
}

async function keyFromSeed(inner: Uint8Array, crypto: Crypto): Promise<KeyPair> {
  const seed = readTlv(inner);
  if (seed.tag !== TAG.OCTET_STRING || seed.content.length !== 32)
    throw new RangeError('an Ed25519 key has 32 bytes');
  const ed25519 = algorithm(OID_ED25519);
  const pkcs8 = sequence(version(0), ed25519, octetString(octetString(seed.content)));
  const key = await accepted(pkcs8, { name: 'Ed25519' }, crypto);
  const { x = '' } = await crypto.subtle.exportKey('jwk', key);
  return { pkcs8, publicKey: readPublicKey(readTlv(sequence(ed25519, bitString(fromBase64Url(x))))) };
}

type KeyAlgorithmName = RsaHashedImportParams | EcKeyImportParams | { name: 'Ed25519' };

async function accepted(pkcs8: Bytes, how: KeyAlgorithmName, crypto: Crypto): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('pkcs8', pkcs8, how, true, ['sign']);
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'NotSupportedError') throw unsupported(how.name);
    throw torn();
  }
}

function readCurve(fields: Fields): string {
  if (fields.nextTag !== TAG.OBJECT_IDENTIFIER)
    throw unsupported('a curve that is spelled out instead of named');
  return curveOf(fields.oid()).name;
}

function curveBySize(sizeBytes: number): string {
  const found = Object.entries(scalarBytes).find(([, bytes]) => bytes === sizeBytes);
  if (!found) throw new RangeError('an EC key without its curve');
  return found[0];
}

const unsupported = (what: string): AppError => new AppError('pki.import-unsupported', { details: { what } });
const torn = (): AppError =>
  new AppError('pki.import-damaged', {
    details: { what: 'the private key', why: 'its parts do not belong together' },
  });

const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);

const fromBase64Url = (text: string): Bytes =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
