/** Public keys read: SubjectPublicKeyInfo (RFC 5280 4.1.2.7) and what it says of itself. Checks no signature. */
import type { Bytes } from '../../shared/bytes.ts';
import { TAG } from '../der.ts';
import type { Tlv } from '../der.ts';
import { Fields } from './fields.ts';
import { algorithmName, curveOf } from './object-identifiers.ts';

export const OID_RSA = '1.2.840.113549.1.1.1';
export const OID_EC = '1.2.840.10045.2.1';
export const OID_ED25519 = '1.3.101.112';

export interface PublicKeyFacts {
  readonly kind: 'RSA' | 'EC' | 'Ed25519' | 'other';
  /** For people: "RSA, 2048 bits", "EC, P-256", "Ed25519". */
  readonly label: string;
  readonly bits: number | null;
  /** P-256 …; null for other keys than EC. */
  readonly curve: string | null;
  /** Decimal text of the RSA exponent. */
  readonly exponent: string | null;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Bytes;
}

export function readPublicKey(spki: Tlv): PublicKeyFacts {
  const fields = new Fields(spki.content);
  const algorithm = fields.sequence();
  const oid = algorithm.oid();
  const bits = fields.bits();
  fields.end();
  const own = { bits: null, curve: null, exponent: null, spki: Uint8Array.from(spki.whole) } as const;
  if (oid === OID_RSA) return { ...own, ...rsaFacts(bits) };
  if (oid === OID_EC) return { ...own, ...ecFacts(algorithm) };
  if (oid === OID_ED25519) return { ...own, kind: 'Ed25519', label: 'Ed25519', bits: 256 };
  return { ...own, kind: 'other', label: algorithmName(oid) };
}

function rsaFacts(key: Uint8Array): Pick<PublicKeyFacts, 'kind' | 'label' | 'bits' | 'exponent'> {
  const numbers = new Fields(key).sequence();
  const modulus = withoutZeros(numbers.take(TAG.INTEGER).content);
  const exponent = withoutZeros(numbers.take(TAG.INTEGER).content);
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  return { kind: 'RSA', label: `RSA, ${bits} bits`, bits, exponent: decimalText(exponent) };
}

/** Longer ones are made to cost time. */
const LONGEST_EXPONENT = 64;

const decimalText = (bigEndian: Uint8Array): string =>
  bigEndian.length > LONGEST_EXPONENT
    ? `a number of ${bigEndian.length} bytes`
    : bigEndian.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n).toString();

function ecFacts(algorithm: Fields): Pick<PublicKeyFacts, 'kind' | 'label' | 'bits' | 'curve'> {
  // Parameters that are spelled out instead of named are SEQUENCEs.
  const curve =
    algorithm.nextTag === TAG.OBJECT_IDENTIFIER
      ? curveOf(algorithm.oid())
      : { name: 'a curve of its own', bits: null };
  return { kind: 'EC', label: `EC, ${curve.name}`, bits: curve.bits, curve: curve.name };
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((octet) => octet !== 0);
  return first < 0 ? bytes.subarray(0, 0) : bytes.subarray(first);
}
