/** Certificates read: what a person is shown of one. Issues nothing. */
import './reflect-shim.ts';
import { SubjectAlternativeNameExtension, X509Certificate } from '@peculiar/x509';
import { toHex } from '../shared/bytes.ts';
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import type { CertificateRecord } from '../project/entities.ts';

/** The certificate as it is kept and shown. Throws pki.certificate-format. */
export async function toCertificateRecord(der: Bytes, crypto: Crypto): Promise<CertificateRecord> {
  const certificate = parse(der);
  return {
    der,
    subject: rfc4514(certificate),
    subjectAltNames: altNames(certificate),
    serialNumberHex: certificate.serialNumber,
    notBeforeMs: certificate.notBefore.getTime(),
    notAfterMs: certificate.notAfter.getTime(),
    sha256Fingerprint: await sha256Fingerprint(der, crypto),
  };
}

/** SHA-256 over the bytes, upper-case hex with colons, as `openssl x509 -fingerprint -sha256` writes it. */
export async function sha256Fingerprint(der: Bytes, crypto: Crypto): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', der));
  return (toHex(digest).toUpperCase().match(/../g) ?? []).join(':');
}

function parse(der: Bytes): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    // No cause: what was taken for a certificate may be somebody's key.
    throw new AppError('pki.certificate-format');
  }
}

/** RFC 4514: most specific RDN first, separated by commas, special characters escaped. */
function rfc4514(certificate: X509Certificate): string {
  const rdns = certificate.subjectName.toJSON().map((rdn) => {
    const attributes = Object.entries(rdn).flatMap(([type, values]) =>
      values.map((value) => `${type}=${escapeValue(value)}`),
    );
    return attributes.reverse().join('+');
  });
  return rdns.reverse().join(',');
}

const escapeValue = (value: string): string =>
  value.replace(/[\\"+,;<>]|^[ #]| $/g, (char) => `\\${char}`).replaceAll('\0', '\\00');

function altNames(certificate: X509Certificate): string[] {
  const items = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  return items.map((name) => `${name.type.toUpperCase()}:${name.value}`);
}
