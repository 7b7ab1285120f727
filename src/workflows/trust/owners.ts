/** A project's certificates, each with its owner, whoever that is; and that they stay apart. Reads only. */
import { certificateParts } from '../../pki/certificate-fields.ts';
import type {
  AuthorityRole,
  CertificateOwner,
  CertificateRecord,
  Project,
  RecordId,
} from '../../project/entities.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { authorityRoles } from './authorities.ts';

export interface OwnedCertificate {
  readonly owner: CertificateOwner;
  /** The job of the authority that signs it; of an authority, its own. */
  readonly role: AuthorityRole;
  readonly certificate: CertificateRecord;
  /** Null where the key never was here. */
  readonly keyRecord: RecordId | null;
}

/** In the order people ask for them. */
export const ownedCertificates = (project: Project): OwnedCertificate[] => [
  ...authorityRoles.map((role) => ({
    owner: `authority:${role}` as const,
    role,
    ...credentialOf(project.authorities[role]),
  })),
  { owner: 'broker:device', role: 'server', ...credentialOf(project.broker.deviceListener) },
  { owner: 'broker:web', role: 'web', ...credentialOf(project.broker.webListener) },
  ...project.devices.map((device) => ({
    owner: `device:${device.id}` as const,
    role: 'client' as const,
    ...credentialOf(device.credential),
  })),
  ...project.otherCertificates.map((other) => ({
    owner: `other:${other.name}` as const,
    role: other.role,
    ...credentialOf(other),
  })),
];

const credentialOf = <K extends RecordId | null>({
  certificate,
  keyRecord,
}: {
  readonly certificate: CertificateRecord;
  readonly keyRecord: K;
}): { certificate: CertificateRecord; keyRecord: K } => ({ certificate, keyRecord });

/** Throws trust.certificate-missing. */
export function ownedBy(project: Project, owner: CertificateOwner): OwnedCertificate {
  const found = ownedCertificates(project).find((owned) => owned.owner === owner);
  if (!found) throw new AppError('trust.certificate-missing');
  return found;
}

/**
 * No other owner has this subject, as a whole name, or this key.
 * Throws pki.subject-taken, pki.key-taken.
 */
export function checkDistinct(
  project: Project,
  candidate: { readonly der: Uint8Array; readonly owners: readonly CertificateOwner[] },
): void {
  const { subject, publicKeyInfo } = certificateParts(candidate.der);
  const others = everyCertificate(project).filter(({ owner }) => !candidate.owners.includes(owner));
  const clash = (isSame: (parts: ReturnType<typeof certificateParts>) => boolean): string | null =>
    others.find(({ certificate }) => isSame(certificateParts(certificate.der)))?.owner ?? null;
  const sameSubject = clash((parts) => equalBytes(parts.subject, subject));
  if (sameSubject !== null) throw new AppError('pki.subject-taken', { details: { owner: sameSubject } });
  const sameKey = clash((parts) => equalBytes(parts.publicKeyInfo, publicKeyInfo));
  if (sameKey !== null) throw new AppError('pki.key-taken', { details: { owner: sameKey } });
}

/** With those of earlier days: who once held a key may hold it still. */
const everyCertificate = (
  project: Project,
): { readonly owner: CertificateOwner; readonly certificate: CertificateRecord }[] => [
  ...ownedCertificates(project),
  ...project.previousAuthorities.map(({ role, certificate }) => ({
    owner: `authority:${role}` as const,
    certificate,
  })),
  ...project.replacedCertificates,
];
