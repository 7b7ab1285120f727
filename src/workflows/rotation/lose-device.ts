/** A device that is lost: every certificate of it that the broker would believe is revoked, in one change. */
import type { CertificateRecord, DeviceId, Project, ProjectId } from '../../project/entities.ts';
import * as saga from '../../rotation/saga.ts';
import { AppError } from '../../shared/errors.ts';
import type { ProjectEnvironment } from '../environment.ts';
import { changeTrust } from '../trust/change.ts';
import { withFreshLists } from '../trust/revoke.ts';
import { revocationsOf } from './revoke-many.ts';
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
    const owner = `device:${deviceId}` as const;
    const all = certificatesOf(project, deviceId).map((certificate) => ({ owner, certificate }));
    const revocations = await revocationsOf(draft, all, 'keyCompromise');
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
