/** How a certificate stands today: made, seen, replaced, revoked, near its end. Reads only. */
import type { Authority, CertificateOwner, CertificateRecord, Project } from '../../project/entities.ts';
import { isSignedBy } from './authorities.ts';
import { ownedCertificates, type OwnedCertificate } from './owners.ts';
import { isRevoked } from './revoke.ts';

const DAY_MS = 86_400_000;
/** What ends within this many days is listed first. */
export const soonDays = 60;

export type Standing =
  | {
      readonly kind:
        'made' | 'written' | 'in-use' | 'replaced' | 'revoked' | 'expired' | 'not-yet-valid' | 'valid';
    }
  | { readonly kind: 'expires'; readonly days: number };

/** Of an owner's present certificate. A device's tells where it is, everybody else's only that it is good. */
export function standingOf(
  project: Project,
  { owner, certificate }: Pick<OwnedCertificate, 'owner' | 'certificate'>,
  nowMs: number,
): Standing {
  if (isRevoked(project, certificate)) return { kind: 'revoked' };
  if (certificate.notAfterMs <= nowMs) return { kind: 'expired' };
  if (certificate.notBeforeMs > nowMs) return { kind: 'not-yet-valid' };
  const days = daysLeft(certificate, nowMs);
  if (days < soonDays) return { kind: 'expires', days };
  const device = project.devices.find(({ id }) => owner === `device:${id}`);
  return { kind: device?.credentialState ?? 'valid' };
}

/** Of one that a newer one replaced. */
export function replacedStanding(project: Project, certificate: CertificateRecord, nowMs: number): Standing {
  if (isRevoked(project, certificate)) return { kind: 'revoked' };
  return { kind: certificate.notAfterMs <= nowMs ? 'expired' : 'replaced' };
}

export const daysLeft = (certificate: CertificateRecord, nowMs: number): number =>
  Math.floor((certificate.notAfterMs - nowMs) / DAY_MS);

export interface Ending {
  readonly owner: CertificateOwner;
  readonly certificate: CertificateRecord;
  readonly days: number;
}

/** What ends within {@link soonDays} or has ended, the first to end first; what is revoked needs no renewal. */
export const endingSoon = (project: Project, nowMs: number): Ending[] =>
  distinct(ownedCertificates(project))
    .filter(({ certificate }) => !isRevoked(project, certificate))
    .map(({ owner, certificate }) => ({ owner, certificate, days: daysLeft(certificate, nowMs) }))
    .filter(({ days }) => days < soonDays)
    .sort((a, b) => a.certificate.notAfterMs - b.certificate.notAfterMs);

/** One authority for all jobs is listed once. */
const distinct = (owned: readonly OwnedCertificate[]): OwnedCertificate[] => [
  ...new Map(owned.map((each) => [each.certificate.sha256Fingerprint, each])).values(),
];

/** Owners whose present certificate this authority signed in this role; what is revoked needs it no more. */
export const signedBy = (project: Project, authority: Authority): CertificateOwner[] =>
  ownedCertificates(project)
    .filter(({ owner, role }) => role === authority.role && !owner.startsWith('authority:'))
    .filter(({ certificate }) => isSignedBy(certificate, authority) && !isRevoked(project, certificate))
    .map(({ owner }) => owner);
