/**
 * Distinguished Encoding Rules (X.690): the handful of ASN.1 types that certificates and keys are made of, and a
 * strict reader of tag-length-value. Knows nothing of what the values mean.
 */
import { concatBytes, utf8 } from '../shared/bytes.ts';
import type { Bytes } from '../shared/bytes.ts';

export const TAG = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  ENUMERATED: 0x0a,
  UTF8_STRING: 0x0c,
  PRINTABLE_STRING: 0x13,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

export interface Tlv {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag, length and content together. */
  readonly whole: Uint8Array;
}

/** `tag` is the whole identifier octet (high tag numbers are not needed here). */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
  return concatBytes([Uint8Array.of(tag, ...lengthOctets(sizeBytes)), ...parts]);
}

function lengthOctets(sizeBytes: number): number[] {
  if (sizeBytes < 0x80) return [sizeBytes];
  const octets: number[] = [];
  for (let rest = sizeBytes; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

export const sequence = (...parts: readonly Uint8Array[]): Bytes => tlv(TAG.SEQUENCE, ...parts);
export const set = (...parts: readonly Uint8Array[]): Bytes => tlv(TAG.SET, ...parts);
export const octetString = (bytes: Uint8Array): Bytes => tlv(TAG.OCTET_STRING, bytes);
export const derNull: Bytes = tlv(TAG.NULL);
export const utf8String = (text: string): Bytes => tlv(TAG.UTF8_STRING, utf8(text));
export const bitString = (bytes: Uint8Array, unusedBits = 0): Bytes =>
  tlv(TAG.BIT_STRING, Uint8Array.of(unusedBits), bytes);
/** BOOLEAN TRUE; FALSE is always a default here and therefore left out. */
export const booleanTrue: Bytes = tlv(TAG.BOOLEAN, Uint8Array.of(0xff));
/** Constructed `[n]`. */
export const contextConstructed = (n: number, ...parts: readonly Uint8Array[]): Bytes =>
  tlv(0xa0 | n, ...parts);
/** Primitive, implicitly tagged `[n]`. */
export const contextPrimitive = (n: number, content: Uint8Array): Bytes => tlv(0x80 | n, content);

/** INTEGER from an unsigned big-endian number: shortest form, a zero octet where the sign bit would be set. */
export function unsignedInteger(bigEndian: Uint8Array): Bytes {
  const first = bigEndian.findIndex((octet) => octet !== 0);
  const shortest = first < 0 ? Uint8Array.of(0) : bigEndian.subarray(first);
  return tlv(TAG.INTEGER, ...((shortest[0] ?? 0) & 0x80 ? [Uint8Array.of(0)] : []), shortest);
}

/** The size of an INTEGER's content as a key's size counts: leading zeros left out. */
export function integerBits(content: Uint8Array): number {
  const first = content.findIndex((octet) => octet !== 0);
  return first < 0 ? 0 : (content.length - first) * 8 - Math.clz32(content[first] ?? 0) + 24;
}

/** OBJECT IDENTIFIER from its dotted text. */
export function objectIdentifier(dotted: string): Bytes {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  return tlv(TAG.OBJECT_IDENTIFIER, Uint8Array.from([first * 40 + second, ...arcs].flatMap(base128)));
}

function base128(arc: number): number[] {
  const octets = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) octets.unshift((rest & 0x7f) | 0x80);
  return octets;
}

/** RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050, whole seconds. */
export function time(unixMs: number): Bytes {
  const digits = new Date(unixMs).toISOString().replace(/[-:T]|\.\d+/g, '');
  const isUtcTime = Number(digits.slice(0, 4)) < 2050;
  return tlv(isUtcTime ? TAG.UTC_TIME : TAG.GENERALIZED_TIME, utf8(isUtcTime ? digits.slice(2) : digits));
}

/**
 * The value that begins at `at`; its bytes are views of `bytes`.
 * Throws RangeError when tag, length or content is cut off or the length is not in its shortest form.
 */
export function readTlv(bytes: Uint8Array, at = 0): Tlv {
  const tag = octetAt(bytes, at);
  const first = octetAt(bytes, at + 1);
  if (first < 0x80) return slice(bytes, { tag, at, contentAt: at + 2, sizeBytes: first });
  const octets = first & 0x7f;
  if (octets < 1 || octets > 3) throw new RangeError('DER length out of range');
  let sizeBytes = 0;
  for (let i = 0; i < octets; i++) sizeBytes = sizeBytes * 256 + octetAt(bytes, at + 2 + i);
  if (lengthOctets(sizeBytes).length !== octets + 1)
    throw new RangeError('DER length not in its shortest form');
  return slice(bytes, { tag, at, contentAt: at + 2 + octets, sizeBytes });
}

function octetAt(bytes: Uint8Array, at: number): number {
  const octet = bytes[at];
  if (octet === undefined) throw new RangeError('DER cut off');
  return octet;
}

function slice(
  bytes: Uint8Array,
  span: { tag: number; at: number; contentAt: number; sizeBytes: number },
): Tlv {
  const end = span.contentAt + span.sizeBytes;
  if (end > bytes.length) throw new RangeError('DER cut off');
  return { tag: span.tag, content: bytes.subarray(span.contentAt, end), whole: bytes.subarray(span.at, end) };
}

/** The value, if it has this tag. Throws RangeError. */
export function expectTag(value: Tlv | undefined, tag: number): Tlv {
  if (value?.tag !== tag) throw new RangeError('unexpected ASN.1 type');
  return value;
}

/** Unix time in ms of a UTCTime (1950 to 2049) or GeneralizedTime that ends in Z; old tools leave the seconds out. Throws RangeError. */
export function readTime(value: Tlv | undefined): number {
  const text = String.fromCharCode(...(value?.content.subarray(0, 20) ?? []));
  const century = value?.tag === TAG.UTC_TIME ? (text < '50' ? '20' : '19') : '';
  const isTime = value?.tag === TAG.UTC_TIME || value?.tag === TAG.GENERALIZED_TIME;
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(isTime ? century + text : '') ?? [];
  const [year = NaN, month = NaN, day = NaN, hour = NaN, minute = NaN, second = 0] = parts.map((part) =>
    Number(part || 0),
  );
  const unixMs = Date.UTC(year, month - 1, day, hour, minute, second);
  if (Number.isNaN(unixMs)) throw new RangeError('not a time');
  return unixMs;
}

/** Longer ones are nobody's; reading them would only take time. */
const LONGEST_IDENTIFIER = 128;
/** Of 7 bits each: what fits into a number. */
const SAFE_ARC_OCTETS = 7;

/** The dotted text of an OBJECT IDENTIFIER's content. Throws RangeError. */
export function dottedIdentifier(content: Uint8Array): string {
  if (content.length > LONGEST_IDENTIFIER) throw new RangeError('identifier too long');
  if (content.length === 0 || ((content.at(-1) ?? 0) & 0x80) !== 0)
    throw new RangeError('identifier cut off');
  const arcs: (number | bigint)[] = [];
  for (let at = 0; at < content.length;) {
    const end = content.findIndex((octet, n) => n >= at && octet < 0x80) + 1;
    arcs.push(arcOf(content.subarray(at, end)));
    at = end;
  }
  const [joined = 0, ...rest] = arcs;
  const first = joined < 80 ? Math.floor(Number(joined) / 40) : 2;
  const second = typeof joined === 'bigint' ? joined - 80n : joined - first * 40;
  return [first, second, ...rest].join('.');
}

const arcOf = (octets: Uint8Array): number | bigint =>
  octets.length <= SAFE_ARC_OCTETS
    ? octets.reduce((sum, octet) => sum * 128 + (octet & 0x7f), 0)
    : octets.reduce((sum, octet) => (sum << 7n) | BigInt(octet & 0x7f), 0n);

/** The values inside a constructed one, in order. Throws RangeError like {@link readTlv}. */
export function readAll(content: Uint8Array): Tlv[] {
  const values: Tlv[] = [];
  for (let at = 0; at < content.length;) {
    const value = readTlv(content, at);
    values.push(value);
    at += value.whole.length;
  }
  return values;
}
