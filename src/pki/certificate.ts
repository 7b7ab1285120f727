/** A TBSCertificate (RFC 5280 4.1) written and signed. Knows no profile. */
import type { Bytes } from '../shared/bytes.ts';
import { contextConstructed, sequence, time, unsignedInteger } from './der.ts';
import { signatureIdentifier, signed } from './signing.ts';

const VERSION_3 = contextConstructed(0, unsignedInteger(Uint8Array.of(2)));
const SERIAL_BYTES = 16;

export interface CertificateFields {
  /** Distinguished names as DER; the issuer's are the authority's own bytes, never re-encoded. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly subjectPublicKeyInfo: Uint8Array;
  /** DER of each; none makes an X.509 v1 certificate, as `openssl x509 -req` does without an extension file. */
  readonly extensions: readonly Uint8Array[];
  /** Big-endian, 1 to 20 bytes; 16 random ones when absent. */
  readonly serial?: Uint8Array;
}

/** Certificate DER. */
export function signCertificate(
  fields: CertificateFields,
  signingKey: CryptoKey,
  crypto: Crypto,
): Promise<Bytes> {
  const tbs = sequence(
    ...(fields.extensions.length > 0 ? [VERSION_3] : []),
    unsignedInteger(fields.serial ?? newSerial(crypto)),
    signatureIdentifier(signingKey),
    fields.issuer,
    sequence(time(fields.notBeforeMs), time(fields.notAfterMs)),
    fields.subject,
    fields.subjectPublicKeyInfo,
    ...(fields.extensions.length > 0 ? [contextConstructed(3, sequence(...fields.extensions))] : []),
  );
  return signed(tbs, signingKey, crypto);
}

/** 16 random bytes, positive and never shorter: the first byte is in 0x40–0x7f. */
export function newSerial(crypto: Crypto): Bytes {
  const serial = crypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}
