/** A device that is lost: every certificate of it that the broker would believe is revoked, in one change. */
import { certificateParts } from '../../pki/certificate-fields.ts';
import { issuerFacts } from '../../pki/issuer.ts';
import type { CertificateRecord, DeviceId, Project, ProjectId, Revocation } from '../../project/entities.ts';
import * as saga from '../../rotation/saga.ts';
import { toHex } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import type { ProjectEnvironment } from '../environment.ts';
import { changeTrust } from '../trust/change.ts';
import { isRevoked, revocableBy, withFreshLists } from '../trust/revoke.ts';
import { rotationOf, withRotation } from './rotation-record.ts';

/**
 * Revokes the present certificate, those it replaced, and one that is on its way; a rotation that has not ended is
 * cancelled. Throws project.device-missing, trust.already-revoked, vault.locked, storage.conflict.
 */
export const loseDevice = (
  env: ProjectEnvironment,
  projectId: ProjectId,
  deviceId: DeviceId,
): Promise<Project | null> =>
  changeTrust(env, projectId, async (draft) => {
    const { project, context } = draft;
    const certificates = certificatesOf(project, deviceId).filter(
      (certificate) =>
        !isRevoked(project, certificate) && revocableBy(project, `device:${deviceId}`, certificate) !== null,
    );
    if (certificates.length === 0) throw new AppError('trust.already-revoked');
    const revocations: Revocation[] = [];
    for (const certificate of certificates) {
      const authority = revocableBy(project, `device:${deviceId}`, certificate);
      if (!authority) continue;
      const { keyId } = await issuerFacts(authority.certificate.der, context.crypto);
      revocations.push({
        authorityKeyIdHex: toHex(keyId),
        serialNumberHex: toHex(certificateParts(certificate.der).serial),
        subject: certificate.subject,
        atMs: context.nowMs,
        reason: 'keyCompromise',
      });
    }
    const changed = withoutRotation(
      { ...project, revocations: [...project.revocations, ...revocations] },
      deviceId,
      context.nowMs,
    );
    return {
      project: await withFreshLists(draft, changed),
      what: 'device lost',
      details: { certificates: revocations.length },
      deviceId,
    };
  });

function certificatesOf(project: Project, deviceId: DeviceId): CertificateRecord[] {
  const device = project.devices.find(({ id }) => id === deviceId);
  if (!device) throw new AppError('project.device-missing', { details: { device: deviceId } });
  const rotation = rotationOf(project, deviceId);
  return [
    device.credential.certificate,
    ...project.replacedCertificates
      .filter(({ owner }) => owner === `device:${deviceId}`)
      .map(({ certificate }) => certificate),
    ...(rotation?.certificate && !saga.hasEnded(rotation) ? [rotation.certificate] : []),
  ];
}

function withoutRotation(project: Project, deviceId: DeviceId, nowMs: number): Project {
  const rotation = rotationOf(project, deviceId);
  if (!rotation || saga.hasEnded(rotation)) return project;
  return withRotation(project, saga.reverted(rotation, nowMs, { why: 'cancelled', code: null }));
}
