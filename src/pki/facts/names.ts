/** Distinguished names read (RFC 5280 4.1.2.4) in all string types that old tools wrote. Writes none. */
import { toHex } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { visibleText } from '../../shared/visible-text.ts';
import { readAll, TAG } from '../der.ts';
import type { Tlv } from '../der.ts';
import { Fields } from './fields.ts';
import { attributeType } from './object-identifiers.ts';

export interface NameFacts {
  /** To be looked at; most general first, as OpenSSL prints it: `C = DE, O = Porch, CN = pi.local`. */
  readonly text: string;
  readonly commonName: string | null;
  readonly attributes: readonly NameAttributeFacts[];
  /** Verifiers compare these bytes, not the text. */
  readonly der: Bytes;
}

export interface NameAttributeFacts {
  readonly type: string;
  readonly value: string;
  /** It stands in one step (RDN) with the attribute before it. */
  readonly isJoined: boolean;
}

const TAG_NUMERIC_STRING = 0x12;
const TAG_PRINTABLE_STRING = 0x13;
const TAG_T61_STRING = 0x14;
const TAG_IA5_STRING = 0x16;
const TAG_UNIVERSAL_STRING = 0x1c;
const TAG_BMP_STRING = 0x1e;

export function readName(name: Tlv): NameFacts {
  const attributes = readAll(name.content).flatMap((rdn) => {
    if (rdn.tag !== TAG.SET) throw new RangeError('a set was expected in a name');
    return readAll(rdn.content).map((attribute, place) => {
      const fields = new Fields(attribute.content);
      const type = attributeType(fields.oid());
      return { type, value: textOf(fields.any()), isJoined: place > 0 };
    });
  });
  return {
    text: attributes
      .map(
        ({ type, value, isJoined }, i) =>
          `${i === 0 ? '' : isJoined ? ' + ' : ', '}${type} = ${quoted(value)}`,
      )
      .join(''),
    commonName: attributes.findLast(({ type }) => type === 'CN')?.value ?? null,
    attributes,
    der: Uint8Array.from(name.whole),
  };
}

/** A string of any of the directory's types; others as hex after "#". */
export function textOf({ tag, content }: Tlv): string {
  switch (tag) {
    case TAG.UTF8_STRING:
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
    case TAG_BMP_STRING:
      return new TextDecoder('utf-16be', { ignoreBOM: true }).decode(content);
    case TAG_UNIVERSAL_STRING:
      return new TextDecoder('utf-16be', { ignoreBOM: true }).decode(content.filter((_, i) => i % 4 >= 2));
    case TAG_NUMERIC_STRING:
    case TAG_PRINTABLE_STRING:
    case TAG_T61_STRING:
    case TAG_IA5_STRING:
      return Array.from(content, (octet) => String.fromCharCode(octet)).join('');
    default:
      return `#${toHex(content)}`;
  }
}

/** OpenSSL's spelling: backslashes before quotes and backslashes, quotes around what could be misread. */
function quoted(value: string): string {
  const escaped = visibleText(value.replace(/["\\]/g, (char) => `\\${char}`));
  return /^[ #]|[,+;<>]| $/.test(value) ? `"${escaped}"` : escaped;
}
