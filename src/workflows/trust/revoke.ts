/** Revoking: what the broker is told not to believe any more, as lists that its authorities sign. */
import { certificateParts } from '../../pki/certificate-fields.ts';
import { issuerFacts } from '../../pki/issuer.ts';
import { issueRevocationList } from '../../pki/revocation-list.ts';
import type {
  Authority,
  CertificateOwner,
  CertificateRecord,
  Project,
  ProjectId,
  Revocation,
  RevocationList,
  RevocationReason,
} from '../../project/entities.ts';
import { toHex } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import type { ProjectEnvironment } from '../environment.ts';
import { isSignedBy, trustedAuthorities } from './authorities.ts';
import { changeTrust, type TrustDraft } from './change.ts';
import { ownedCertificates } from './owners.ts';
import { withDraftIssuer } from './signing.ts';

export interface RevokeRequest {
  readonly owner: CertificateOwner;
  /** Of the present certificate or of one that it replaced. */
  readonly serialNumberHex: string;
  readonly reason: RevocationReason;
}

/**
 * Revokes a certificate that the broker looks at, with the others for its key, and signs the lists anew. The broker's
 * access list loses a device whose present certificate this is. Throws trust.not-revocable, trust.already-revoked, trust.certificate-missing,
 * vault.locked, storage.conflict.
 */
export const revokeCertificate = (
  env: ProjectEnvironment,
  projectId: ProjectId,
  request: RevokeRequest,
): Promise<Project | null> =>
  changeTrust(env, projectId, async (draft) => {
    const { project, context } = draft;
    const certificate = findCertificate(project, request);
    if (!revocableBy(project, request.owner, certificate)) throw new AppError('trust.not-revocable');
    if (isRevoked(project, certificate)) throw new AppError('trust.already-revoked');
    const all = [certificate, ...withSameKey(project, request, { certificate, nowMs: context.nowMs })];
    const added = await Promise.all(all.map((each) => revocationFor(draft, request, each)));
    const revoked = { ...project, revocations: [...project.revocations, ...added] };
    const [kind = '', id = ''] = request.owner.split(':');
    return {
      project: await withFreshLists(draft, revoked),
      what: 'certificate revoked',
      details: {
        subject: certificate.subject,
        serial: certificate.serialNumberHex,
        reason: request.reason,
        certificates: all.length,
      },
      ...(kind === 'device' ? { deviceId: id } : {}),
    };
  });

/**
 * Whoever has the key can show any certificate for it: with the present one, or for a stolen key with any, all that are good
 * still go, also those that another authority signed. A replaced one that is superseded goes alone.
 */
function withSameKey(
  project: Project,
  { owner, reason }: RevokeRequest,
  { certificate, nowMs }: { readonly certificate: CertificateRecord; readonly nowMs: number },
): CertificateRecord[] {
  const present = ownedCertificates(project).find((owned) => owned.owner === owner)?.certificate;
  const isPresent = present?.serialNumberHex === certificate.serialNumberHex;
  if (!isPresent && reason !== 'keyCompromise') return [];
  const key = toHex(certificateParts(certificate.der).publicKeyInfo);
  const candidates = [...ownedCertificates(project), ...project.replacedCertificates].filter(
    (owned) => owned.owner === owner && owned.certificate.serialNumberHex !== certificate.serialNumberHex,
  );
  return candidates
    .map((owned) => owned.certificate)
    .filter(
      (each) =>
        each.notAfterMs > nowMs &&
        toHex(certificateParts(each.der).publicKeyInfo) === key &&
        revocableBy(project, owner, each) !== null &&
        !isRevoked(project, each),
    );
}

async function revocationFor(
  { project, context }: TrustDraft,
  { owner, reason }: RevokeRequest,
  certificate: CertificateRecord,
): Promise<Revocation> {
  const authority = revocableBy(project, owner, certificate);
  if (!authority) throw new AppError('trust.not-revocable');
  const { keyId } = await issuerFacts(authority.certificate.der, context.crypto);
  return {
    authorityKeyIdHex: toHex(keyId),
    serialNumberHex: toHex(certificateParts(certificate.der).serial),
    subject: certificate.subject,
    atMs: context.nowMs,
    reason,
  };
}

function findCertificate(project: Project, { owner, serialNumberHex }: RevokeRequest): CertificateRecord {
  const found = [...ownedCertificates(project), ...project.replacedCertificates].find(
    (owned) => owned.owner === owner && owned.certificate.serialNumberHex === serialNumberHex,
  );
  if (!found) throw new AppError('trust.certificate-missing');
  return found.certificate;
}

/** The authority that the broker trusts for clients and that signed it; null where no list would be looked at. */
export function revocableBy(
  project: Project,
  owner: CertificateOwner,
  certificate: CertificateRecord,
): Authority | null {
  if (!owner.startsWith('device:') && !owner.startsWith('other:')) return null;
  const authorities = trustedAuthorities(project, 'client');
  return authorities.find((authority) => isSignedBy(certificate, authority)) ?? null;
}

/** Serial numbers are random: within a project no two certificates have the same. */
export const isRevoked = (project: Project, certificate: CertificateRecord): boolean =>
  revocationOf(project, certificate) !== null;

export function revocationOf(project: Project, certificate: CertificateRecord): Revocation | null {
  if (project.revocations.length === 0) return null;
  const serial = toHex(certificateParts(certificate.der).serial);
  return project.revocations.find(({ serialNumberHex }) => serialNumberHex === serial) ?? null;
}

/**
 * A list of each authority that the broker trusts for clients, with the next number. OpenSSL refuses everybody whose
 * authority has none, so that one revocation means a list for all.
 */
export async function withFreshLists(draft: TrustDraft, project: Project): Promise<Project> {
  if (project.revocations.length === 0) return { ...project, revocationLists: [] };
  const lists: RevocationList[] = [];
  for (const authority of trustedAuthorities(project, 'client')) {
    lists.push(await freshList(draft, project, authority));
  }
  return { ...project, revocationLists: lists };
}

function freshList(draft: TrustDraft, project: Project, authority: Authority): Promise<RevocationList> {
  return withDraftIssuer(draft, authority, async (issuer) => {
    const authorityKeyIdHex = toHex(issuer.keyId);
    const last = project.revocationLists.find((list) => list.authorityKeyIdHex === authorityKeyIdHex);
    const number = (last?.number ?? 0) + 1;
    const revoked = project.revocations.filter((entry) => entry.authorityKeyIdHex === authorityKeyIdHex);
    return {
      authorityKeyIdHex,
      number,
      ...(await issueRevocationList(draft.context, issuer, { number, revoked })),
    };
  });
}
