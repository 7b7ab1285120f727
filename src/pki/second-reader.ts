/**
 * A second reading of what others made, by @peculiar/x509: before an authority from outside is trusted with devices, or a
 * request is signed, two readers that share no code must find the same in it. Fetched when something is brought.
 */
import './reflect-shim.ts';
import { Pkcs10CertificateRequest, X509Certificate } from '@peculiar/x509';
import { equalBytes, type Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { certificateFacts } from './reading.ts';

/** Throws pki.readers-differ. */
export function readCertificateAgain(der: Bytes): void {
  const ours = certificateFacts(der);
  const theirs = attempt('certificate', () => new X509Certificate(der));
  const found: readonly (readonly [string, boolean])[] = [
    ['public key', equalBytes(ours.publicKey.spki, new Uint8Array(theirs.publicKey.rawData))],
    ['serial number', sameNumber(ours.serialNumberHex, theirs.serialNumber)],
    ['beginning', ours.notBeforeMs === theirs.notBefore.getTime()],
    ['end', ours.notAfterMs === theirs.notAfter.getTime()],
  ];
  const differing = found.find(([, isSame]) => !isSame);
  if (differing) throw new AppError('pki.readers-differ', { details: { what: differing[0] } });
}

/** @param spki the public key that was read from the request. Throws pki.readers-differ. */
export async function readRequestAgain(der: Bytes, spki: Bytes, crypto: Crypto): Promise<void> {
  const theirs = attempt('request', () => new Pkcs10CertificateRequest(der));
  if (!equalBytes(spki, new Uint8Array(theirs.publicKey.rawData)))
    throw new AppError('pki.readers-differ', { details: { what: 'public key' } });
  const isProven = await theirs.verify(crypto).catch(() => false);
  if (!isProven) throw new AppError('pki.readers-differ', { details: { what: 'signature' } });
}

function attempt<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch {
    // No cause: what was taken for a certificate may be somebody's key.
    throw new AppError('pki.readers-differ', { details: { what } });
  }
}

const sameNumber = (a: string, b: string): boolean =>
  a.replace(/^0+/, '').toLowerCase() === b.replace(/^0+/, '').toLowerCase();
