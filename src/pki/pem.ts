/** PEM (RFC 7468): LF line ends and a final newline, which BearSSL's decoder needs. Knows no DER. */
import { fromBase64, toBase64 } from '../shared/bytes.ts';
import type { Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';

/** The label as it stands between the dashes, for example "CERTIFICATE". */
export type PemLabel =
  'CERTIFICATE' | 'PRIVATE KEY' | 'EC PRIVATE KEY' | 'RSA PRIVATE KEY' | 'X509 CRL' | 'CERTIFICATE REQUEST';

export function toPem(label: PemLabel, der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** The first block with this label. Throws pki.pem-format. */
export function fromPem(label: PemLabel, text: string): Bytes {
  const body = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(
    text,
  )?.[1];
  if (body === undefined) throw new AppError('pki.pem-format', { details: { label } });
  try {
    return fromBase64(body.replace(/\s+/g, ''));
  } catch (cause) {
    throw new AppError('pki.pem-format', { details: { label }, cause });
  }
}
