/** What a DER value is, by its outline alone: the order of its ASN.1 types. Reads no content. */
import { readAll, readTlv, TAG } from '../der.ts';

export type Shape =
  | 'certificate'
  | 'request'
  | 'revocation-list'
  | 'pkcs8'
  | 'encrypted-pkcs8'
  | 'pkcs1'
  | 'sec1'
  | 'dsa'
  | 'public-key'
  | 'pkcs1-public'
  | 'pkcs12'
  | 'pkcs7'
  | 'parameters';

/** Tags of the children, two hex digits each. */
const outlines: readonly (readonly [RegExp, Shape])[] = [
  [/^30 03$/, 'public-key'],
  [/^30 04$/, 'encrypted-pkcs8'],
  [/^02 30 04( a0)?( [8a]1)?$/, 'pkcs8'],
  [/^02( 02){8}( 30)?$/, 'pkcs1'],
  [/^02( 02){5}$/, 'dsa'],
  [/^02 02$/, 'pkcs1-public'],
  [/^02 04( a0)?( a1)?$/, 'sec1'],
  [/^02 30( 30)?$/, 'pkcs12'],
  [/^06 a0$/, 'pkcs7'],
];

/** Outlines of what is signed, inside SEQUENCE { signed, algorithm, BIT STRING }. */
const signedOutlines: readonly (readonly [RegExp, Shape])[] = [
  [/^a0 02 30 30 30 30 30/, 'certificate'],
  [/^02 30 30 30 30 30/, 'certificate'],
  [/^02 30 30( a0)?$/, 'request'],
  [/^(02 )?30 30 (17|18)/, 'revocation-list'],
];

/** Null for anything else. Throws RangeError where the outline itself cannot be read. */
export function shapeOf(der: Uint8Array): Shape | null {
  const outer = readTlv(der);
  if (outer.tag === TAG.OBJECT_IDENTIFIER) return 'parameters';
  if (outer.tag !== TAG.SEQUENCE) return null;
  const outline = tagsOf(outer.content);
  if (outline === '30 30 03') return find(signedOutlines, tagsOf(readTlv(outer.content).content));
  return find(outlines, outline);
}

const find = (table: readonly (readonly [RegExp, Shape])[], outline: string): Shape | null =>
  table.find(([pattern]) => pattern.test(outline))?.[1] ?? null;

const tagsOf = (content: Uint8Array): string =>
  readAll(content)
    .map(({ tag }) => tag.toString(16).padStart(2, '0'))
    .join(' ');
