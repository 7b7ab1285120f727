/** Certificates as projects keep and show them. Issues nothing. */
import { toHex } from '../shared/bytes.ts';
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { visibleText } from '../shared/visible-text.ts';
import type { CertificateRecord } from '../project/entities.ts';
import { readCertificateFacts, type CertificateFacts } from './facts/certificate.ts';
import type { NameFacts } from './facts/names.ts';

/** The certificate as it is kept and shown. Throws pki.certificate-format. */
export async function toCertificateRecord(der: Bytes, crypto: Crypto): Promise<CertificateRecord> {
  const { subject, extensions, serialNumberHex, notBeforeMs, notAfterMs } = certificateFacts(der);
  const names = extensions.subjectAltNames?.names ?? [];
  return {
    der,
    subject: rfc4514(subject),
    subjectAltNames: names.map(({ kind, value }) => `${kind.toUpperCase()}:${value}`),
    // As OpenSSL shows it: the octet that keeps a DER number positive is none of it.
    serialNumberHex: serialNumberHex.replace(/^00(?=.)/, ''),
    notBeforeMs,
    notAfterMs,
    sha256Fingerprint: await sha256Fingerprint(der, crypto),
  };
}

/** SHA-256 over the bytes, upper-case hex with colons, as `openssl x509 -fingerprint -sha256` writes it. */
export async function sha256Fingerprint(der: Bytes, crypto: Crypto): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', der));
  return (toHex(digest).toUpperCase().match(/../g) ?? []).join(':');
}

/** Throws pki.certificate-format. */
export function certificateFacts(der: Uint8Array): CertificateFacts {
  try {
    return readCertificateFacts(der);
  } catch {
    // No cause: what was taken for a certificate may be somebody's key.
    throw new AppError('pki.certificate-format');
  }
}

/** RFC 4514: most specific attribute first, separated by commas, special characters escaped. */
const rfc4514 = ({ attributes }: NameFacts): string =>
  attributes
    .map(({ type, value, isJoined }, i) => {
      const before = i === 0 ? '' : isJoined ? '+' : ',';
      return [`${type === 'emailAddress' ? 'E' : type}=${escapeValue(value)}`, before];
    })
    .reverse()
    .flat()
    .join('');

const escapeValue = (value: string): string =>
  visibleText(value.replace(/[\\"+,;<>]|^[ #]| $/g, (char) => `\\${char}`).replaceAll('\0', '\\00'));
