/** GeneralNames read (RFC 5280 4.2.1.6): host names, addresses and the rarer kinds, as text people can compare. */
import { toHex } from '../../shared/bytes.ts';
import { dottedIdentifier, readAll } from '../der.ts';
import type { Tlv } from '../der.ts';
import { readName } from './names.ts';

export interface AltNameFacts {
  readonly kind: 'DNS' | 'IP' | 'email' | 'URI' | 'directory' | 'other';
  readonly value: string;
  /** IP only: 4 or 16 octets, in a constraint followed by as many of its mask; empty for other kinds. */
  readonly octets: readonly number[];
}

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (o) => String.fromCharCode(o)).join('');

/** The names inside a GeneralNames SEQUENCE's content. */
export const readAltNames = (content: Uint8Array): AltNameFacts[] => readAll(content).map(readAltName);

export function readAltName({ tag, content }: Tlv): AltNameFacts {
  switch (tag) {
    case 0x81:
      return { kind: 'email', value: latin1(content), octets: [] };
    case 0x82:
      return { kind: 'DNS', value: latin1(content), octets: [] };
    case 0x86:
      return { kind: 'URI', value: latin1(content), octets: [] };
    case 0x87:
      return { kind: 'IP', value: addressText(content), octets: [...content] };
    case 0x88:
      return { kind: 'other', value: `registered id ${dottedIdentifier(content)}`, octets: [] };
    case 0xa4:
      return { kind: 'directory', value: readName(firstOf(content)).text, octets: [] };
    default:
      return { kind: 'other', value: `type ${tag & 0x1f}`, octets: [] };
  }
}

function firstOf(content: Uint8Array): Tlv {
  const [first] = readAll(content);
  if (!first) throw new RangeError('an empty name');
  return first;
}

/** 4 or 16 octets as an address, 8 or 32 as address/mask (name constraints), anything else as hex. */
export function addressText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  if (octets.length === 8) return `${octets.subarray(0, 4).join('.')}/${octets.subarray(4).join('.')}`;
  if (octets.length === 16) return ipv6Text(octets);
  if (octets.length === 32) return `${ipv6Text(octets.subarray(0, 16))}/${prefixLength(octets.subarray(16))}`;
  return `${toHex(octets)} (not an address)`;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as "::". */
function ipv6Text(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((octets[2 * i] ?? 0) << 8) | (octets[2 * i + 1] ?? 0)).toString(16),
  ).join(':');
  const runs = groups.match(/(?<![^:])0(?::0)+(?![^:])/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups;
  const at = groups.search(new RegExp(`(?<![^:])${longest}(?![^:])`));
  return `${groups.slice(0, at).replace(/:$/, '')}::${groups.slice(at + longest.length).replace(/^:/, '')}`;
}

const prefixLength = (mask: Uint8Array): number =>
  mask.reduce((sum, octet) => sum + octet.toString(2).replaceAll('0', '').length, 0);
