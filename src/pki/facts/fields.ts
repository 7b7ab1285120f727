/**
 * The fields of a DER structure, taken one after the other. Every surprise is a RangeError whose text names no content:
 * what is read may be a private key.
 */
import { dottedIdentifier, readTlv, TAG } from '../der.ts';
import type { Tlv } from '../der.ts';

export const TAG_NULL = 0x05;
export const TAG_ENUMERATED = 0x0a;

export class Fields {
  readonly #content: Uint8Array;
  #at = 0;

  constructor(content: Uint8Array) {
    this.#content = content;
  }

  /** The tag of what comes next; null at the end. */
  get nextTag(): number | null {
    return this.#content[this.#at] ?? null;
  }

  /** The next value, which must have this tag. */
  take(tag: number): Tlv {
    const value = readTlv(this.#content, this.#at);
    if (value.tag !== tag) throw new RangeError('unexpected ASN.1 type');
    this.#at += value.whole.length;
    return value;
  }

  optional(tag: number): Tlv | null {
    return this.nextTag === tag ? this.take(tag) : null;
  }

  /** The next value, whatever it is. */
  any(): Tlv {
    const value = readTlv(this.#content, this.#at);
    this.#at += value.whole.length;
    return value;
  }

  sequence(): Fields {
    return new Fields(this.take(TAG.SEQUENCE).content);
  }

  /** A small non-negative INTEGER. */
  count(): number {
    const { content } = this.take(TAG.INTEGER);
    if (content.length < 1 || content.length > 6 || ((content[0] ?? 0) & 0x80) !== 0) {
      throw new RangeError('number out of range');
    }
    return content.reduce((sum, octet) => sum * 256 + octet, 0);
  }

  oid(): string {
    return dottedIdentifier(this.take(TAG.OBJECT_IDENTIFIER).content);
  }

  octets(): Uint8Array {
    return this.take(TAG.OCTET_STRING).content;
  }

  /** A BIT STRING of whole octets, without the count of unused bits. */
  bits(): Uint8Array {
    const { content } = this.take(TAG.BIT_STRING);
    if (content[0] !== 0) throw new RangeError('a bit string of whole octets was expected');
    return content.subarray(1);
  }

  /** @throws RangeError when something is left. */
  end(): void {
    if (this.nextTag !== null) throw new RangeError('more fields than expected');
  }

  get isAtEnd(): boolean {
    return this.nextTag === null;
  }
}

/** The one SEQUENCE that `der` is, without anything behind it. */
export function wholeSequence(der: Uint8Array): Fields {
  const outer = readTlv(der);
  if (outer.tag !== TAG.SEQUENCE || outer.whole.length !== der.length) {
    throw new RangeError('one sequence was expected');
  }
  return new Fields(outer.content);
}
