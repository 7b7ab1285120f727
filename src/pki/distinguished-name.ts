/**
 * Names in certificates (RFC 5280 4.1.2.4): written as `openssl -subj` writes them (UTF8String, the country as
 * PrintableString, the e-mail address as IA5String), one attribute per RDN. Knows no profile.
 */
import { fromUtf8, utf8, type Bytes } from '../shared/bytes.ts';
import { objectIdentifier, readAll, readTlv, sequence, set, TAG, tlv, utf8String } from './der.ts';

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

/** The attributes we know of a name in DER, in its order; others are left out. Throws RangeError. */
export function readName(der: Uint8Array): NameAttribute[] {
  return readAll(readTlv(der).content).flatMap((rdn) =>
    readAll(rdn.content).flatMap((attribute): NameAttribute[] => {
      const [oid, value] = readAll(attribute.content);
      const type = nameTypes.find((name) => String(oids[name]) === String(oid?.whole));
      return type && value ? [[type, textOf(value.content)]] : [];
    }),
  );
}

const nameTypes = Object.keys(attributeTypes) as NameType[];

/** The first common name; empty when there is none. */
export const commonNameOf = (der: Uint8Array): string =>
  readName(der).find(([type]) => type === 'CN')?.[1] ?? '';

function textOf(content: Uint8Array): string {
  try {
    return fromUtf8(content);
  } catch {
    return String.fromCharCode(...content);
  }
}
