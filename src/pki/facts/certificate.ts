/**
 * A certificate read as it stands (RFC 5280 4.1), v1 as well as v3, without judging it: explain/ and verdicts/ do that.
 * The facts are plain values that travel between worker and page.
 */
import { toHex } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { readTlv, TAG } from '../der.ts';
import type { Tlv } from '../der.ts';
import { noExtensions, readExtensions, type ExtensionFacts } from './extensions.ts';
import { Fields, wholeSequence } from './fields.ts';
import { readName, type NameFacts } from './names.ts';
import { signatureAlgorithm, type SignatureAlgorithm } from './object-identifiers.ts';
import { readPublicKey, type PublicKeyFacts } from './public-key.ts';

/** What is signed, and how: of certificates, requests and revocation lists alike. */
export interface SignedParts {
  /** The signed bytes, DER. */
  readonly signed: Bytes;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Bytes;
}

export interface CertificateFacts extends SignedParts {
  readonly kind: 'certificate';
  readonly der: Bytes;
  readonly version: 1 | 2 | 3;
  /** Content of the INTEGER, lower-case hex. */
  readonly serialNumberHex: string;
  readonly issuer: NameFacts;
  readonly subject: NameFacts;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: PublicKeyFacts;
  readonly extensions: ExtensionFacts;
  /** Subject and issuer are the same bytes; whether it signed itself is another question. */
  readonly isSelfIssued: boolean;
}

const TAG_VERSION = 0xa0;
const TAG_EXTENSIONS = 0xa3;

/** Throws RangeError where `der` is not exactly one certificate. */
export function readCertificateFacts(der: Uint8Array): CertificateFacts {
  const { parts, fields } = readSigned(der);
  const version = fields.optional(TAG_VERSION);
  const serial = fields.take(TAG.INTEGER).content;
  fields.take(TAG.SEQUENCE);
  const issuer = readName(fields.take(TAG.SEQUENCE));
  const validity = fields.sequence();
  const notBeforeMs = readTime(validity.any());
  const notAfterMs = readTime(validity.any());
  const subject = readName(fields.take(TAG.SEQUENCE));
  const publicKey = readPublicKey(fields.take(TAG.SEQUENCE));
  return {
    kind: 'certificate',
    der: Uint8Array.from(der),
    ...parts,
    version: versionOf(version),
    serialNumberHex: toHex(serial),
    issuer,
    subject,
    notBeforeMs,
    notAfterMs,
    publicKey,
    extensions: extensionsOf(fields),
    isSelfIssued: toHex(issuer.der) === toHex(subject.der),
  };
}

/** SEQUENCE { signed, algorithm, BIT STRING }, and the fields of what is signed. Throws RangeError. */
export function readSigned(der: Uint8Array): { parts: SignedParts; fields: Fields } {
  const outer = wholeSequence(der);
  const signed = outer.take(TAG.SEQUENCE);
  const algorithm = signatureAlgorithm(outer.sequence().oid());
  const signature = Uint8Array.from(outer.bits());
  outer.end();
  const parts = { signed: Uint8Array.from(signed.whole), signatureAlgorithm: algorithm, signature };
  return { parts, fields: new Fields(signed.content) };
}

function versionOf(field: Tlv | null): 1 | 2 | 3 {
  if (field === null) return 1;
  const version = new Fields(field.content).count() + 1;
  if (version === 1 || version === 2 || version === 3) return version;
  throw new RangeError('unknown version');
}

/** Issuer's and subject's unique ids (v2) are passed over. */
function extensionsOf(fields: Fields): ExtensionFacts {
  while (!fields.isAtEnd) {
    const field = fields.any();
    if (field.tag === TAG_EXTENSIONS) return readExtensions(readTlv(field.content).content);
  }
  return noExtensions;
}

/** UTCTime (its years are 1950 to 2049) or GeneralizedTime, both in UTC, as Unix milliseconds. */
export function readTime({ tag, content }: Tlv): number {
  const text = String.fromCharCode(...content.subarray(0, 20));
  const digits = tag === TAG.UTC_TIME ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(digits);
  if (!parts || (tag !== TAG.UTC_TIME && tag !== TAG.GENERALIZED_TIME))
    throw new RangeError('unreadable time');
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => Number(part || 0));
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
