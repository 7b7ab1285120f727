/**
 * A certificate read as it stands (RFC 5280 4.1), v1 as well as v3, without judging it: explain/ and verdicts/ do that.
 * The facts are plain values that travel between worker and page.
 */
import { equalBytes, toHex, type Bytes } from '../../shared/bytes.ts';
import { readExtensions, type ExtensionFacts } from './extensions.ts';
import { readName, type NameFacts } from './names.ts';
import { readPublicKey, type PublicKeyFacts } from './public-key.ts';
import { readSigned, readStructure, type SignedParts } from './structure.ts';

export interface CertificateFacts extends SignedParts {
  readonly kind: 'certificate';
  readonly der: Bytes;
  readonly version: 1 | 2 | 3;
  /** Content of the INTEGER, lower-case hex. */
  readonly serialNumberHex: string;
  readonly issuer: NameFacts;
  readonly subject: NameFacts;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: PublicKeyFacts;
  readonly extensions: ExtensionFacts;
  /** Subject and issuer are the same bytes; whether it signed itself is another question. */
  readonly isSelfIssued: boolean;
}

/** Throws RangeError where `der` is not exactly one certificate. */
export function readCertificateFacts(der: Uint8Array): CertificateFacts {
  const { parts, fields } = readSigned(der);
  const { version, serial, notBeforeMs, notAfterMs, ...raw } = readStructure(fields);
  return {
    kind: 'certificate',
    der: Uint8Array.from(der),
    ...parts,
    version,
    serialNumberHex: toHex(serial),
    issuer: readName(raw.issuer),
    subject: readName(raw.subject),
    notBeforeMs,
    notAfterMs,
    publicKey: readPublicKey(raw.publicKeyInfo),
    extensions: readExtensions(raw.extensions),
    isSelfIssued: equalBytes(raw.issuer.whole, raw.subject.whole),
  };
}
