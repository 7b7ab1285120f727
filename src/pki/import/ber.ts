/**
 * BER (X.690 8) as DER: indefinite lengths and strings in pieces, as NSS, macOS and Java write PKCS#12 and PKCS#7. Knows
 * no structure. Signed bytes never pass through here: they lie inside octet strings or come as DER.
 */
import { concatBytes } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { tlv } from '../der.ts';

const MAX_DEPTH = 32;
const CONSTRUCTED = 0x20;
const INDEFINITE = 0x80;

/** The file ends inside a value. */
export class CutOff extends RangeError {}

interface Part {
  readonly der: Bytes;
  readonly end: number;
}

/** The first value of `bytes`, rewritten. Throws RangeError, CutOff where it ends too early. */
export const derFromBer = (bytes: Uint8Array): Bytes => rewrite(bytes, 0, 0).der;

/** Where the value that begins at `at` ends. Throws like {@link derFromBer}. */
export function endOfValue(bytes: Uint8Array, at: number): number {
  const { contentAt, sizeBytes } = header(bytes, at);
  return sizeBytes === null ? rewrite(bytes, at, 0).end : checkedEnd(bytes, contentAt + sizeBytes);
}

function rewrite(bytes: Uint8Array, at: number, depth: number): Part {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  const { tag, contentAt, sizeBytes } = header(bytes, at);
  if ((tag & CONSTRUCTED) === 0) {
    if (sizeBytes === null) throw new RangeError('a primitive value without a length');
    const end = checkedEnd(bytes, contentAt + sizeBytes);
    return { der: tlv(tag, bytes.subarray(contentAt, end)), end };
  }
  const limit = sizeBytes === null ? bytes.length : checkedEnd(bytes, contentAt + sizeBytes);
  const parts: Bytes[] = [];
  let next = contentAt;
  while (sizeBytes === null ? !isEndOfContents(bytes, next) : next < limit) {
    const part = rewrite(bytes.subarray(0, limit), next, depth + 1);
    parts.push(part.der);
    next = part.end;
  }
  return { der: joined(tag, parts), end: sizeBytes === null ? next + 2 : next };
}

/** A string in pieces (universal OCTET STRING, constructed) becomes one piece. */
function joined(tag: number, parts: readonly Bytes[]): Bytes {
  if (tag !== 0x24) return tlv(tag, ...parts);
  return tlv(0x04, concatBytes(parts.map((part) => part.subarray(header(part, 0).contentAt))));
}

function header(bytes: Uint8Array, at: number): { tag: number; contentAt: number; sizeBytes: number | null } {
  const tag = octetAt(bytes, at);
  if ((tag & 0x1f) === 0x1f) throw new RangeError('a tag that is not used here');
  const first = octetAt(bytes, at + 1);
  if (first < 0x80) return { tag, contentAt: at + 2, sizeBytes: first };
  if (first === INDEFINITE) return { tag, contentAt: at + 2, sizeBytes: null };
  const octets = first & 0x7f;
  if (octets > 4) throw new RangeError('a length that no file has');
  let sizeBytes = 0;
  for (let i = 0; i < octets; i++) sizeBytes = sizeBytes * 256 + octetAt(bytes, at + 2 + i);
  return { tag, contentAt: at + 2 + octets, sizeBytes };
}

const isEndOfContents = (bytes: Uint8Array, at: number): boolean =>
  octetAt(bytes, at) === 0 && octetAt(bytes, at + 1) === 0;

function octetAt(bytes: Uint8Array, at: number): number {
  const octet = bytes[at];
  if (octet === undefined) throw new CutOff('cut off');
  return octet;
}

function checkedEnd(bytes: Uint8Array, end: number): number {
  if (end > bytes.length) throw new CutOff('cut off');
  return end;
}
