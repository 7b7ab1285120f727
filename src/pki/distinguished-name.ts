/**
 * Names in certificates (RFC 5280 4.1.2.4): written as `openssl -subj` writes them (UTF8String, the country as
 * PrintableString, the e-mail address as IA5String), one attribute per RDN. Knows no profile.
 */
import { utf8, type Bytes } from '../shared/bytes.ts';
import { readName, type NameFacts } from './facts/names.ts';
import { objectIdentifier, readTlv, sequence, set, TAG, tlv, utf8String } from './der.ts';

const attributeTypes = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  E: '1.2.840.113549.1.9.1',
} as const;

export type NameType = keyof typeof attributeTypes;
export type NameAttribute = readonly [type: NameType, value: string];

const oids = Object.fromEntries(
  Object.entries(attributeTypes).map(([type, dotted]) => [type, objectIdentifier(dotted)]),
) as Readonly<Record<NameType, Bytes>>;

/** DER of the name, in the order given (most general first). Values are at most 64 characters (RFC 5280 A.1). */
export function distinguishedName(...attributes: readonly NameAttribute[]): Bytes {
  return sequence(...attributes.map(([type, value]) => set(sequence(oids[type], stringOf(type, value)))));
}

function stringOf(type: NameType, value: string): Bytes {
  if (type === 'C') return tlv(TAG.PRINTABLE_STRING, utf8(value));
  if (type === 'E') return tlv(TAG.IA5_STRING, utf8(value));
  return utf8String(value);
}

/** The attributes of a name that we write, in its order; others are left out. */
export const writableAttributes = ({ attributes }: NameFacts): NameAttribute[] =>
  attributes.flatMap(({ type, value }): NameAttribute[] => {
    const name = type === 'emailAddress' ? 'E' : type;
    return name in attributeTypes ? [[name as NameType, value]] : [];
  });

/** The common name of a name in DER; empty when there is none. Throws RangeError. */
export const commonNameOf = (der: Uint8Array): string => readName(readTlv(der)).commonName ?? '';
