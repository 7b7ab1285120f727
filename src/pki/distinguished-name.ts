/** Names in certificates (RFC 5280 4.1.2.4): UTF8String values, one attribute per RDN. */
import type { Bytes } from '../shared/bytes.ts';
import { objectIdentifier, sequence, set, utf8String } from './der.ts';

const attributeTypes = {
  CN: objectIdentifier('2.5.4.3'),
  O: objectIdentifier('2.5.4.10'),
  OU: objectIdentifier('2.5.4.11'),
} as const;

export type NameAttribute = readonly [type: keyof typeof attributeTypes, value: string];

/** DER of the name, in the order given (most general first). Values are at most 64 characters (RFC 5280 A.1). */
export function distinguishedName(...attributes: readonly NameAttribute[]): Bytes {
  return sequence(
    ...attributes.map(([type, value]) => set(sequence(attributeTypes[type], utf8String(value)))),
  );
}
