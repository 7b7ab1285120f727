/** Certificate requests (PKCS#10, RFC 2986): written, read and checked. Issues nothing. */
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { writableNames, type AltName } from './alt-names.ts';
import { contextConstructed, objectIdentifier, sequence, set, unsignedInteger } from './der.ts';
import { distinguishedName, writableAttributes, type NameAttribute } from './distinguished-name.ts';
import { subjectAltName } from './extensions.ts';
import { readRequestFacts, type RequestFacts } from './facts/request.ts';
import { checkSignature } from './facts/signature.ts';
import { importSigningKey, publicKeyAlgorithmOf, type KeyPair } from './key-pair.ts';
import { signed } from './signing.ts';
import { subjectAttributes, type SubjectFields } from './subject-fields.ts';

const VERSION_1 = unsignedInteger(Uint8Array.of(0));
const OID_EXTENSION_REQUEST = objectIdentifier('1.2.840.113549.1.9.14');

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
  const facts = factsOf(der);
  publicKeyAlgorithmOf(facts.publicKey.spki);
  await checkProven(facts, crypto);
  return {
    subject: facts.subject.der,
    attributes: writableAttributes(facts.subject),
    publicKeyInfo: facts.publicKey.spki,
    names: writableNames(facts.extensions.subjectAltNames?.names ?? []),
  };
}

function factsOf(der: Uint8Array): RequestFacts {
  try {
    return readRequestFacts(der);
  } catch {
    // No cause: what was taken for a request may be somebody's key.
    throw new AppError('pki.request-format');
  }
}

/** SHA-1 and older could be forged: what they sign proves nothing. */
async function checkProven(facts: RequestFacts, crypto: Crypto): Promise<void> {
  const { digest } = facts.signatureAlgorithm;
  if (digest === null || !['SHA-256', 'SHA-384', 'SHA-512'].includes(digest)) {
    throw new AppError('pki.key-unsupported', {
      details: { what: 'a signature other than SHA-256, -384 or -512' },
    });
  }
  if ((await checkSignature(facts, facts.publicKey, crypto)) !== 'good')
    throw new AppError('pki.request-signature');
}
