/** A TBSCertificate (RFC 5280 4.1) written and signed with ECDSA P-256 and SHA-256. Knows no profile. */
import type { Bytes } from '../shared/bytes.ts';
import { bitString, contextConstructed, objectIdentifier, sequence, time, unsignedInteger } from './der.ts';

const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const VERSION_3 = contextConstructed(0, unsignedInteger(Uint8Array.of(2)));
const SERIAL_BYTES = 16;

export interface CertificateFields {
  /** Distinguished names as DER; the issuer's are the authority's own bytes, never re-encoded. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly subjectPublicKeyInfo: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

/** Certificate DER with a fresh serial. */
export async function signCertificate(
  fields: CertificateFields,
  signingKey: CryptoKey,
  crypto: Crypto,
): Promise<Bytes> {
  const tbs = sequence(
    VERSION_3,
    unsignedInteger(newSerial(crypto)),
    ECDSA_WITH_SHA256,
    fields.issuer,
    sequence(time(fields.notBeforeMs), time(fields.notAfterMs)),
    fields.subject,
    fields.subjectPublicKeyInfo,
    contextConstructed(3, sequence(...fields.extensions)),
  );
  const raw = new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, signingKey, tbs));
  return sequence(tbs, ECDSA_WITH_SHA256, bitString(derSignature(raw)));
}

/** 16 random bytes, positive and never shorter: the first byte is in 0x40–0x7f. */
function newSerial(crypto: Crypto): Bytes {
  const serial = crypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

/** WebCrypto signs as r ‖ s; certificates carry SEQUENCE { r, s }. */
function derSignature(raw: Uint8Array): Bytes {
  const half = raw.length / 2;
  return sequence(unsignedInteger(raw.subarray(0, half)), unsignedInteger(raw.subarray(half)));
}
