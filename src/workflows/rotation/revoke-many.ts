/** Several certificates of devices revoked in one change: one commit, one new list of each authority. */
import { certificateParts } from '../../pki/certificate-fields.ts';
import { issuerFacts } from '../../pki/issuer.ts';
import type {
  CertificateOwner,
  CertificateRecord,
  Project,
  ProjectId,
  ReplacedCertificate,
  Revocation,
  RevocationReason,
} from '../../project/entities.ts';
import { toHex } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import type { ProjectEnvironment } from '../environment.ts';
import { changeTrust, type TrustDraft } from '../trust/change.ts';
import { isRevoked, revocableBy, withFreshLists } from '../trust/revoke.ts';

export interface Revocable {
  readonly owner: CertificateOwner;
  readonly certificate: CertificateRecord;
}

/** Those of them that the broker would look at and that are not revoked yet. */
export const stillBelieved = <T extends Revocable>(project: Project, all: readonly T[]): T[] =>
  all.filter(
    ({ owner, certificate }) =>
      !isRevoked(project, certificate) && revocableBy(project, owner, certificate) !== null,
  );

/** Their entries, as the lists will carry them. Throws trust.already-revoked when none is left to be revoked. */
export async function revocationsOf(
  { project, context }: TrustDraft,
  all: readonly Revocable[],
  reason: RevocationReason,
): Promise<Revocation[]> {
  const found: Revocation[] = [];
  for (const { owner, certificate } of stillBelieved(project, all)) {
    const authority = revocableBy(project, owner, certificate);
    if (!authority) continue;
    const { keyId } = await issuerFacts(authority.certificate.der, context.crypto);
    found.push({
      authorityKeyIdHex: toHex(keyId),
      serialNumberHex: toHex(certificateParts(certificate.der).serial),
      subject: certificate.subject,
      atMs: context.nowMs,
      reason,
    });
  }
  if (found.length === 0) throw new AppError('trust.already-revoked');
  return found;
}

/** How long the certificate before stays good at least, for a device that may have to go back. */
export const oldStaysDays = 7;
const dayMs = 86_400_000;

/** Old certificates of devices that nobody needs any more: replaced long enough ago, and good still. */
export const oldOnesDue = (project: Project, nowMs: number): ReplacedCertificate[] =>
  stillBelieved(
    project,
    project.replacedCertificates.filter(
      ({ owner, certificate, replacedAtMs, isUnused = false }) =>
        owner.startsWith('device:') &&
        certificate.notAfterMs > nowMs &&
        (isUnused || replacedAtMs + oldStaysDays * dayMs <= nowMs),
    ),
  );

/** Revokes them as superseded. Throws trust.already-revoked, vault.locked, storage.conflict. */
export const revokeOldOnes = (env: ProjectEnvironment, projectId: ProjectId): Promise<Project | null> =>
  changeTrust(env, projectId, async (draft) => {
    const { project, context } = draft;
    const added = await revocationsOf(draft, oldOnesDue(project, context.nowMs), 'superseded');
    const changed = { ...project, revocations: [...project.revocations, ...added] };
    return {
      project: await withFreshLists(draft, changed),
      what: 'old certificates revoked',
      details: { certificates: added.length },
    };
  });
