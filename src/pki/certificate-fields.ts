/** A certificate's own bytes taken apart as far as issuing needs it; what it says in words is facts/certificate.ts. */
import { AppError } from '../shared/errors.ts';
import type { RawExtension } from './facts/extensions.ts';
import { readExtensions, type ExtensionFacts } from './facts/extensions.ts';
import { Fields } from './facts/fields.ts';
import { openSigned, readStructure } from './facts/structure.ts';

export interface CertificateParts {
  readonly version: 1 | 2 | 3;
  /** The INTEGER's content, as it stands. */
  readonly serial: Uint8Array;
  /** DER of each: verifiers compare names byte for byte. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKeyInfo: Uint8Array;
  readonly extensions: readonly RawExtension[];
}

/** Views of `der`. Throws pki.certificate-format. */
export function certificateParts(der: Uint8Array): CertificateParts {
  try {
    const structure = readStructure(new Fields(openSigned(der).signed.content));
    const { issuer, subject, publicKeyInfo } = structure;
    return { ...structure, issuer: issuer.whole, subject: subject.whole, publicKeyInfo: publicKeyInfo.whole };
  } catch {
    // No cause: what was taken for a certificate may be somebody's key.
    throw new AppError('pki.certificate-format');
  }
}

/** What its extensions say. Throws pki.certificate-format. */
export function extensionsOf({ extensions }: Pick<CertificateParts, 'extensions'>): ExtensionFacts {
  try {
    return readExtensions(extensions);
  } catch {
    throw new AppError('pki.certificate-format');
  }
}
