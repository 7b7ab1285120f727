/** Which key belongs to which certificate, and who signed whom, among what was brought. */
import { equalBytes } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import type { CertificateFacts } from '../facts/certificate.ts';
import type { PublicKeyFacts } from '../facts/public-key.ts';
import type { ImportedItem, PrivateKeyItem } from './items.ts';

/** Same public key, byte for byte. */
export const isSameKey = (a: PublicKeyFacts, b: PublicKeyFacts): boolean => equalBytes(a.spki, b.spki);

export const certificatesIn = (items: readonly ImportedItem[]): CertificateFacts[] =>
  items.filter((item): item is CertificateFacts => item.kind === 'certificate');

export const privateKeysIn = (items: readonly ImportedItem[]): PrivateKeyItem[] =>
  items.filter((item): item is PrivateKeyItem => item.kind === 'private-key');

/** The certificate and those above it as far as they are here, by name and key id; each once. */
export function chainOf(leaf: CertificateFacts, others: readonly CertificateFacts[]): CertificateFacts[] {
  const chain = [leaf];
  for (let last = leaf; !last.isSelfIssued;) {
    const issuer = others.find((candidate) => !chain.includes(candidate) && isNamedIssuer(candidate, last));
    if (!issuer) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/** Whether names and key identifiers let `issuer` have signed `subject`; the signature is not looked at. */
export function isNamedIssuer(issuer: CertificateFacts, subject: CertificateFacts): boolean {
  const wanted = subject.extensions.authorityKeyIdHex;
  const own = issuer.extensions.subjectKeyIdHex;
  const isSameId = wanted === null || own === null || wanted === own;
  return isSameId && equalBytes(issuer.subject.der, subject.issuer.der);
}

export interface ImportedCredential {
  readonly certificate: CertificateFacts;
  /** PKCS#8 DER. Secret. */
  readonly pkcs8: Bytes;
  /** Those above it, nearest first. */
  readonly chain: readonly CertificateFacts[];
}

/**
 * The one certificate with its key among the items of one or several files.
 * Throws pki.import-password-needed, pki.import-no-certificate, pki.import-no-key, pki.key-mismatch.
 */
export function credentialIn(items: readonly ImportedItem[]): ImportedCredential {
  const locked = items.find((item) => item.kind === 'locked');
  if (locked) throw new AppError('pki.import-password-needed', { details: { what: locked.what } });
  const certificates = certificatesIn(items);
  const keys = privateKeysIn(items);
  if (certificates.length === 0) throw new AppError('pki.import-no-certificate');
  if (keys.length === 0) throw new AppError('pki.import-no-key');
  for (const certificate of certificates) {
    const key = keys.find(({ publicKey }) => isSameKey(publicKey, certificate.publicKey));
    if (key) return { certificate, pkcs8: key.pkcs8, chain: chainOf(certificate, certificates).slice(1) };
  }
  throw new AppError('pki.key-mismatch');
}

/**
 * An authority with its key, ready to sign. A v1 certificate passes, as it does elsewhere: callers show its warnings.
 * Throws like {@link credentialIn}, and pki.import-not-authority.
 */
export function authorityIn(items: readonly ImportedItem[]): ImportedCredential {
  const [authority] = authoritiesIn(items);
  if (authority) return authority;
  const { subject } = credentialIn(items).certificate;
  throw new AppError('pki.import-not-authority', { details: { name: subject.commonName ?? subject.text } });
}

/** Every authority that is here with its key, however many files it came in. */
export const authoritiesIn = (items: readonly ImportedItem[]): ImportedCredential[] =>
  certificatesIn(items).flatMap((certificate) => {
    const key = privateKeysIn(items).find(({ publicKey }) => isSameKey(publicKey, certificate.publicKey));
    if (!key || !maySignOthers(certificate)) return [];
    return [{ certificate, pkcs8: key.pkcs8, chain: chainOf(certificate, certificatesIn(items)).slice(1) }];
  });

/** By its own word, or as a v1 root, which cannot say so. */
export function maySignOthers({ extensions, version, isSelfIssued }: CertificateFacts): boolean {
  const { basicConstraints, keyUsage } = extensions;
  const isOne = basicConstraints ? basicConstraints.isAuthority : version === 1 && isSelfIssued;
  return isOne && keyUsage?.usages.includes('keyCertSign') !== false;
}
