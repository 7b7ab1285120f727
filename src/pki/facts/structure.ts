/**
 * What certificates, requests and revocation lists are made of (RFC 5280 4.1, RFC 2986, RFC 5280 5.1), taken apart and no
 * further: the one place that knows their fields. Results are views; what they mean is read by its neighbours.
 */
import type { Bytes } from '../../shared/bytes.ts';
import { readTime, readTlv, TAG, type Tlv } from '../der.ts';
import { readRawExtensions, type RawExtension } from './extensions.ts';
import { Fields, wholeSequence } from './fields.ts';
import { signatureAlgorithm, type SignatureAlgorithm } from './object-identifiers.ts';

/** What is signed, and how: of certificates, requests and revocation lists alike. */
export interface SignedParts {
  /** The signed bytes, DER. */
  readonly signed: Bytes;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Bytes;
}

/** The fields of a TBSCertificate. */
export interface CertificateStructure {
  readonly version: 1 | 2 | 3;
  /** The INTEGER's content, as it stands. */
  readonly serial: Uint8Array;
  readonly issuer: Tlv;
  readonly subject: Tlv;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKeyInfo: Tlv;
  /** In the certificate's order. */
  readonly extensions: readonly RawExtension[];
}

const TAG_VERSION = 0xa0;
const TAG_EXTENSIONS = 0xa3;

/** SEQUENCE { signed, algorithm, BIT STRING }, all of `der`. Throws RangeError. */
export function openSigned(der: Uint8Array): {
  readonly signed: Tlv;
  readonly algorithm: Fields;
  readonly signature: Uint8Array;
} {
  const outer = wholeSequence(der);
  const opened = { signed: outer.take(TAG.SEQUENCE), algorithm: outer.sequence(), signature: outer.bits() };
  outer.end();
  return opened;
}

/** The same with what a signature is checked by, and the fields of what is signed. Throws RangeError. */
export function readSigned(der: Uint8Array): { parts: SignedParts; fields: Fields } {
  const { signed, algorithm, signature } = openSigned(der);
  const parts = {
    signed: Uint8Array.from(signed.whole),
    signatureAlgorithm: signatureAlgorithm(algorithm.oid()),
    signature: Uint8Array.from(signature),
  };
  return { parts, fields: new Fields(signed.content) };
}

/** Throws RangeError. */
export function readStructure(fields: Fields): CertificateStructure {
  const version = versionOf(fields.optional(TAG_VERSION));
  const serial = fields.take(TAG.INTEGER).content;
  fields.take(TAG.SEQUENCE);
  const issuer = fields.take(TAG.SEQUENCE);
  const validity = fields.sequence();
  const [notBeforeMs, notAfterMs] = [readTime(validity.any()), readTime(validity.any())];
  const subject = fields.take(TAG.SEQUENCE);
  const publicKeyInfo = fields.take(TAG.SEQUENCE);
  const extensions = extensionsOf(fields);
  return { version, serial, issuer, subject, notBeforeMs, notAfterMs, publicKeyInfo, extensions };
}

function versionOf(field: Tlv | null): 1 | 2 | 3 {
  if (field === null) return 1;
  const version = new Fields(field.content).count() + 1;
  if (version === 1 || version === 2 || version === 3) return version;
  throw new RangeError('unknown version');
}

/** Issuer's and subject's unique ids (v2) are passed over. */
function extensionsOf(fields: Fields): RawExtension[] {
  while (!fields.isAtEnd) {
    const field = fields.any();
    if (field.tag === TAG_EXTENSIONS) return readRawExtensions(readTlv(field.content).content);
  }
  return [];
}
