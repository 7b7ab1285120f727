/**
 * PKCS#12 (RFC 7292) written: a certificate, its key and the chain above it under one password. Two kinds: `modern`
 * (AES-256, PBKDF2, SHA-256) and `compatible` (3DES, SHA-1) for Windows before 10 and macOS before 13.
 */
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import {
  contextConstructed,
  contextPrimitive,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tlv,
} from '../der.ts';
import { TAG_NULL } from '../facts/fields.ts';
import { bmpPassword, pkcs12Kdf, PKCS12_MAC } from '../import/key-derivation.ts';
import { count } from './numbers.ts';
import { COMPATIBLE_ROUNDS, encryptCompatible } from './old-encryption.ts';
import { encryptModern, type Encrypted } from './password-encryption.ts';

export type Pkcs12Kind = 'modern' | 'compatible';

export interface Pkcs12Content {
  /** PKCS#8 DER. */
  readonly pkcs8: Uint8Array;
  readonly certificateDer: Bytes;
  /** Those above it, without attributes: NSS takes a second named certificate for another identity. */
  readonly chainDer: readonly Uint8Array[];
  /** Shown by key stores, for example "porch-1". */
  readonly friendlyName: string;
}

const oid = {
  data: objectIdentifier('1.2.840.113549.1.7.1'),
  encryptedData: objectIdentifier('1.2.840.113549.1.7.6'),
  shroudedKeyBag: objectIdentifier('1.2.840.113549.1.12.10.1.2'),
  certBag: objectIdentifier('1.2.840.113549.1.12.10.1.3'),
  x509Certificate: objectIdentifier('1.2.840.113549.1.9.22.1'),
  friendlyName: objectIdentifier('1.2.840.113549.1.9.20'),
  localKeyId: objectIdentifier('1.2.840.113549.1.9.21'),
  sha1: objectIdentifier('1.3.14.3.2.26'),
  sha256: objectIdentifier('2.16.840.1.101.3.4.2.1'),
} as const;

/** The MAC's derivation runs in this thread: a tenth of a second. Both are the same, so that neither is the easier way in. */
const MODERN_ROUNDS = 100_000;
const TAG_BMP_STRING = 0x1e;

type Encrypt = (plain: Uint8Array) => Promise<Encrypted>;

/** Throws pki.export-password-characters: beyond ASCII, readers disagree about passwords. */
export async function writePkcs12(
  content: Pkcs12Content,
  {
    kind,
    password,
    crypto,
  }: { readonly kind: Pkcs12Kind; readonly password: string; readonly crypto: Crypto },
): Promise<Bytes> {
  if (!/^[\x20-\x7e]*$/.test(password)) throw new AppError('pki.export-password-characters');
  const encrypt: Encrypt =
    kind === 'modern'
      ? (plain) => encryptModern(plain, password, { crypto, iterations: MODERN_ROUNDS })
      : (plain) => encryptCompatible(plain, password, crypto);
  const keyId = new Uint8Array(await crypto.subtle.digest('SHA-1', content.certificateDer));
  const attributes = bagAttributes(content.friendlyName, keyId);
  const authenticatedSafe = sequence(
    await encryptedCertificates(content, attributes, encrypt),
    await shroudedKey(content, attributes, encrypt),
  );
  return sequence(
    count(3),
    sequence(oid.data, contextConstructed(0, octetString(authenticatedSafe))),
    await macData(authenticatedSafe, { kind, password, crypto }),
  );
}

function bagAttributes(friendlyName: string, keyId: Uint8Array): Bytes {
  // Without the final zero that passwords have.
  const name = tlv(TAG_BMP_STRING, bmpPassword(friendlyName).slice(0, -2));
  return set(sequence(oid.friendlyName, set(name)), sequence(oid.localKeyId, set(octetString(keyId))));
}

async function encryptedCertificates(
  { certificateDer, chainDer }: Pkcs12Content,
  attributes: Bytes,
  encrypt: Encrypt,
): Promise<Bytes> {
  const bags = [certBag(certificateDer, attributes), ...chainDer.map((der) => certBag(der))];
  const { algorithm, ciphertext } = await encrypt(sequence(...bags));
  const content = sequence(oid.data, algorithm, contextPrimitive(0, ciphertext));
  return sequence(oid.encryptedData, contextConstructed(0, sequence(count(0), content)));
}

const certBag = (der: Uint8Array, ...attributes: Bytes[]): Bytes =>
  sequence(
    oid.certBag,
    contextConstructed(0, sequence(oid.x509Certificate, contextConstructed(0, octetString(der)))),
    ...attributes,
  );

async function shroudedKey({ pkcs8 }: Pkcs12Content, attributes: Bytes, encrypt: Encrypt): Promise<Bytes> {
  const { algorithm, ciphertext } = await encrypt(pkcs8);
  const bag = sequence(
    oid.shroudedKeyBag,
    contextConstructed(0, sequence(algorithm, octetString(ciphertext))),
    attributes,
  );
  return sequence(oid.data, contextConstructed(0, octetString(sequence(bag))));
}

async function macData(
  content: Bytes,
  { kind, password, crypto }: { kind: Pkcs12Kind; password: string; crypto: Crypto },
): Promise<Bytes> {
  const [hash, digest, sizeBytes] =
    kind === 'modern' ? (['SHA-256', oid.sha256, 32] as const) : (['SHA-1', oid.sha1, 20] as const);
  const iterations = kind === 'modern' ? MODERN_ROUNDS : COMPATIBLE_ROUNDS;
  // Eight bytes: what every reader expects.
  const salt = crypto.getRandomValues(new Uint8Array(8));
  const rounds = { salt, iterations, digest: hash, purpose: PKCS12_MAC, sizeBytes };
  const key = pkcs12Kdf(bmpPassword(password), rounds);
  const hmac = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash }, false, ['sign']);
  const value = new Uint8Array(await crypto.subtle.sign('HMAC', hmac, content));
  const info = sequence(sequence(digest, tlv(TAG_NULL)), octetString(value));
  return sequence(info, octetString(salt), count(iterations));
}
