/** Which authorities of a project are trusted for a job, and which of them signed a certificate. Reads only. */
import { certificateParts } from '../../pki/certificate-fields.ts';
import type {
  Authority,
  AuthorityRole,
  CertificateRecord,
  PreviousAuthority,
  Project,
} from '../../project/entities.ts';
import { equalBytes } from '../../shared/bytes.ts';

export const authorityRoles: readonly AuthorityRole[] = ['server', 'client', 'web'];

/** The present one first, then the one it replaced, while that is trusted too. */
export const trustedAuthorities = (
  project: Project,
  role: AuthorityRole,
): (Authority | PreviousAuthority)[] => [
  project.authorities[role],
  ...project.previousAuthorities.filter((previous) => previous.role === role),
];

/** Of those trusted for the role, the one whose name the certificate carries as its issuer; else the present one. */
export const issuingAuthority = (
  project: Project,
  role: AuthorityRole,
  certificate: CertificateRecord,
): Authority =>
  trustedAuthorities(project, role).find((authority) => isSignedBy(certificate, authority)) ??
  project.authorities[role];

/** By name: within a project no two authorities have the same. */
export const isSignedBy = (certificate: CertificateRecord, authority: Authority): boolean =>
  equalBytes(certificateParts(certificate.der).issuer, certificateParts(authority.certificate.der).subject);

/** The roles that this very authority has: one for all jobs has three. */
export const rolesOf = (project: Project, authority: Authority): AuthorityRole[] =>
  authorityRoles.filter((role) => project.authorities[role].keyRecord === authority.keyRecord);

/** One authority does every job. */
export const isOneForAll = (project: Project): boolean =>
  rolesOf(project, project.authorities.server).length === authorityRoles.length;
