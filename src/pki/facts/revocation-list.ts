/** A certificate revocation list read (RFC 5280 5.1). */
import { toHex } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { readAll, readTime, readTlv, TAG } from '../der.ts';
import type { Tlv } from '../der.ts';
import { readRawExtensions } from './extensions.ts';
import { Fields, TAG_ENUMERATED } from './fields.ts';
import { readName, type NameFacts } from './names.ts';
import { readSigned, type SignedParts } from './structure.ts';

export interface RevokedEntry {
  readonly serialNumberHex: string;
  readonly revokedAtMs: number;
  /** RFC 5280 5.3.1 in its words; null where none is given. */
  readonly reason: string | null;
}

export interface RevocationListFacts extends SignedParts {
  readonly kind: 'revocation-list';
  readonly der: Bytes;
  readonly issuer: NameFacts;
  readonly thisUpdateMs: number;
  /** Null where none is given. */
  readonly nextUpdateMs: number | null;
  /** Decimal text of the CRL Number. */
  readonly number: string | null;
  readonly revoked: readonly RevokedEntry[];
}

const reasons = [
  'unspecified',
  'key compromise',
  'authority compromise',
  'affiliation changed',
  'superseded',
  'no longer in use',
  'on hold',
  '',
  'removed from the list',
  'privilege withdrawn',
  'attribute authority compromise',
];

const isTime = (tag: number | null): boolean => tag === TAG.UTC_TIME || tag === TAG.GENERALIZED_TIME;

/** Throws RangeError where `der` is not exactly one list. */
export function readRevocationListFacts(der: Uint8Array): RevocationListFacts {
  const { parts, fields } = readSigned(der);
  fields.optional(TAG.INTEGER);
  fields.take(TAG.SEQUENCE);
  const issuer = readName(fields.take(TAG.SEQUENCE));
  const thisUpdateMs = readTime(fields.any());
  const nextUpdateMs = isTime(fields.nextTag) ? readTime(fields.any()) : null;
  const revoked = fields.optional(TAG.SEQUENCE);
  const extensions = fields.optional(0xa0);
  fields.end();
  return {
    kind: 'revocation-list',
    der: Uint8Array.from(der),
    ...parts,
    issuer,
    thisUpdateMs,
    nextUpdateMs,
    number: extensions ? listNumber(readTlv(extensions.content).content) : null,
    revoked: revoked ? readAll(revoked.content).map(readEntry) : [],
  };
}

function readEntry(entry: Tlv): RevokedEntry {
  const fields = new Fields(entry.content);
  const serialNumberHex = toHex(fields.take(TAG.INTEGER).content);
  const revokedAtMs = readTime(fields.any());
  const extensions = fields.optional(TAG.SEQUENCE);
  return { serialNumberHex, revokedAtMs, reason: extensions ? reasonOf(extensions.content) : null };
}

function reasonOf(extensions: Uint8Array): string | null {
  const found = readRawExtensions(extensions).find(({ oid }) => oid === '2.5.29.21');
  if (!found) return null;
  const value = readTlv(found.value);
  return value.tag === TAG_ENUMERATED ? (reasons[value.content[0] ?? 0] ?? 'unknown reason') : null;
}

function listNumber(extensions: Uint8Array): string | null {
  const found = readRawExtensions(extensions).find(({ oid }) => oid === '2.5.29.20');
  if (!found) return null;
  const { content } = readTlv(found.value);
  // RFC 5280 allows 20 bytes; longer ones are made to cost time.
  return content.length > 32
    ? `a number of ${content.length} bytes`
    : BigInt(`0x0${toHex(content)}`).toString();
}
