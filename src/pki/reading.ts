/** Certificates read: what a person is shown of one, and what is needed to sign under one. Issues nothing. */
import './reflect-shim.ts';
import {
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
} from '@peculiar/x509';
import { fromHex, toHex } from '../shared/bytes.ts';
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import type { CertificateRecord } from '../project/entities.ts';
import { readAll, readTlv } from './der.ts';

/** What an issuer's certificate hands to those it signs. */
export interface IssuerFacts {
  /** The subject's own DER bytes: verifiers compare names byte for byte. */
  readonly subject: Uint8Array;
  readonly commonName: string;
  readonly keyId: Bytes;
  readonly notAfterMs: number;
}

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

/** Throws pki.certificate-format, also for an authority without a subject key identifier. */
export function readIssuerFacts(der: Bytes): IssuerFacts {
  const certificate = parse(der);
  const keyId = certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  if (keyId === undefined) throw new AppError('pki.certificate-format');
  return {
    subject: subjectBytes(der),
    commonName: certificate.subjectName.getField('CN')[0] ?? '',
    keyId: fromHex(keyId),
    notAfterMs: certificate.notAfter.getTime(),
  };
}

function parse(der: Bytes): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    // No cause: what was taken for a certificate may be somebody's key.
    throw new AppError('pki.certificate-format');
  }
}

/** The library re-encodes names; these bytes are the certificate's own. */
function subjectBytes(der: Bytes): Uint8Array {
  const fields = readAll(readTlv(readTlv(der).content).content);
  const afterVersion = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
  const subject = afterVersion[4];
  if (subject === undefined) throw new AppError('pki.certificate-format');
  return subject.whole.slice();
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
