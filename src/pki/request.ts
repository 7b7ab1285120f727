/** Certificate requests (PKCS#10, RFC 2986): written, read and checked. Issues nothing. */
import { equalBytes, type Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { readGeneralNames, type AltName } from './alt-names.ts';
import { readExtensions } from './certificate-fields.ts';
import {
  contextConstructed,
  expectTag,
  objectIdentifier,
  readAll,
  readTlv,
  sequence,
  set,
  TAG,
  unsignedInteger,
} from './der.ts';
import { distinguishedName, readName, type NameAttribute } from './distinguished-name.ts';
import { extensionIds, subjectAltName } from './extensions.ts';
import { keyAlgorithms } from './key-algorithms.ts';
import { importSigningKey, publicKeyAlgorithmOf, type KeyPair } from './key-pair.ts';
import { signed } from './signing.ts';
import { subjectAttributes, type SubjectFields } from './subject-fields.ts';

const VERSION_1 = unsignedInteger(Uint8Array.of(0));
const OID_EXTENSION_REQUEST = objectIdentifier('1.2.840.113549.1.9.14');

/** How a request can be signed, by the DER of its algorithm's identifier. */
const hashes: readonly (readonly [string, 'EC' | 'RSA', string])[] = [
  ['1.2.840.10045.4.3.2', 'EC', 'SHA-256'],
  ['1.2.840.10045.4.3.3', 'EC', 'SHA-384'],
  ['1.2.840.10045.4.3.4', 'EC', 'SHA-512'],
  ['1.2.840.113549.1.1.11', 'RSA', 'SHA-256'],
  ['1.2.840.113549.1.1.12', 'RSA', 'SHA-384'],
  ['1.2.840.113549.1.1.13', 'RSA', 'SHA-512'],
];

export interface CertificateRequest {
  /** DER of the wanted subject. */
  readonly subject: Bytes;
  readonly attributes: readonly NameAttribute[];
  readonly publicKeyInfo: Bytes;
  /** The names it asks for; the authority decides. */
  readonly names: readonly AltName[];
}

/** Request DER; without names it has no attributes, as `openssl req -new` writes it. Throws pki.subject-*. */
export const createRequest = (
  pair: KeyPair,
  wanted: { readonly subject: SubjectFields; readonly names: readonly AltName[] },
  crypto: Crypto,
): Promise<Bytes> =>
  createSubjectRequest(pair, distinguishedName(...subjectAttributes(wanted.subject)), crypto, wanted.names);

/** As {@link createRequest}, for a subject in DER. */
export async function createSubjectRequest(
  pair: KeyPair,
  subject: Bytes,
  crypto: Crypto,
  names: readonly AltName[] = [],
): Promise<Bytes> {
  const attributes =
    names.length > 0 ? [sequence(OID_EXTENSION_REQUEST, set(sequence(subjectAltName(names))))] : [];
  const info = sequence(VERSION_1, subject, pair.publicKeyInfo, contextConstructed(0, ...attributes));
  return signed(info, await importSigningKey(pair.pkcs8, crypto), crypto);
}

/**
 * A request whose signature proves that the sender holds the key. Throws pki.request-format, pki.request-signature,
 * pki.key-unsupported.
 */
export async function readRequest(der: Bytes, crypto: Crypto): Promise<CertificateRequest> {
  const { request, info, algorithm, signature } = parse(der);
  if (!(await isProven(request.publicKeyInfo, { info, algorithm, signature }, crypto))) {
    throw new AppError('pki.request-signature');
  }
  return request;
}

interface Proof {
  readonly info: Bytes;
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
}

function parse(der: Bytes): Proof & { readonly request: CertificateRequest } {
  try {
    const whole = expectTag(readTlv(der), TAG.SEQUENCE);
    if (whole.whole.length !== der.length) throw new RangeError('something follows it');
    const [info, algorithm, signature] = readAll(whole.content);
    const [, subject, publicKeyInfo, attributes] = readAll(expectTag(info, TAG.SEQUENCE).content);
    const subjectDer = Uint8Array.from(expectTag(subject, TAG.SEQUENCE).whole);
    return {
      info: Uint8Array.from(expectTag(info, TAG.SEQUENCE).whole),
      algorithm: readAll(expectTag(algorithm, TAG.SEQUENCE).content)[0]?.whole ?? new Uint8Array(0),
      signature: expectTag(signature, TAG.BIT_STRING).content.subarray(1),
      request: {
        subject: subjectDer,
        attributes: readName(subjectDer),
        publicKeyInfo: Uint8Array.from(expectTag(publicKeyInfo, TAG.SEQUENCE).whole),
        names: requestedNames(attributes?.content ?? new Uint8Array(0)),
      },
    };
  } catch {
    // No cause: what was taken for a request may be somebody's key.
    throw new AppError('pki.request-format');
  }
}

function requestedNames(attributes: Uint8Array): AltName[] {
  const wanted = readAll(attributes).flatMap(({ content }) => {
    const [type, values] = readAll(content);
    return type && values && equalBytes(type.whole, OID_EXTENSION_REQUEST) ? [readTlv(values.content)] : [];
  });
  return wanted.flatMap((list) => {
    const names = readExtensions(list).get(extensionIds.subjectAltName);
    return names ? readGeneralNames(names.value) : [];
  });
}

async function isProven(publicKeyInfo: Bytes, proof: Proof, crypto: Crypto): Promise<boolean> {
  const { parameters, scalarBytes } = keyAlgorithms[publicKeyAlgorithmOf(publicKeyInfo)];
  const family = scalarBytes === null ? 'RSA' : 'EC';
  const scheme = hashes.find(([oid]) => equalBytes(objectIdentifier(oid), proof.algorithm));
  if (scheme?.[1] !== family) {
    throw new AppError('pki.key-unsupported', {
      details: { what: 'a signature other than SHA-256, -384 or -512' },
    });
  }
  const [, , hash] = scheme;
  const key = await crypto.subtle.importKey('spki', publicKeyInfo, { ...parameters, hash }, false, [
    'verify',
  ]);
  const signature =
    scalarBytes === null ? Uint8Array.from(proof.signature) : rawSignature(proof.signature, scalarBytes);
  return (
    signature !== null && crypto.subtle.verify({ name: parameters.name, hash }, key, signature, proof.info)
  );
}

/** r ‖ s from SEQUENCE { r, s }; null when it is none. */
function rawSignature(der: Uint8Array, scalarBytes: number): Bytes | null {
  try {
    const numbers = readAll(expectTag(readTlv(der), TAG.SEQUENCE).content);
    const raw = new Uint8Array(2 * scalarBytes);
    for (const [n, { content }] of numbers.entries()) {
      const digits = content[0] === 0 ? content.subarray(1) : content;
      raw.set(digits, (n + 1) * scalarBytes - digits.length);
    }
    return raw;
  } catch {
    return null;
  }
}
