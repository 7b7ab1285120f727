/** Rotations begun, cancelled and taken off the list: what is wanted, stored before anything is sent. */
import { certificateParts } from '../../pki/certificate-fields.ts';
import { isRsa } from '../../pki/key-algorithms.ts';
import type { Device, DeviceId, Project, ProjectId } from '../../project/entities.ts';
import type { Rotation } from '../../project/rotation.ts';
import { begun, hasEnded, isCancellable, reverted } from '../../rotation/saga.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { changeProject } from '../change-project.ts';
import { algorithmOf } from '../trust/signing.ts';
import { isRevoked } from '../trust/revoke.ts';
import { moveRotation, rotationOf, withRotation, type RecordEnvironment } from './rotation-record.ts';

/**
 * Why a device cannot be reached this way. never-written: no board has its settings. revoked: the broker refuses it. rsa:
 * its chip has no memory for it. running: one is on its way. new-key: settings alone do not do, for its saved certificate
 * is for a key that was made here and is not on its board. form: in its saved form it takes no commands.
 */
export type RotationObstacle = 'never-written' | 'revoked' | 'rsa' | 'running' | 'new-key' | 'form';

/** Null: it can be begun. */
export function rotationObstacle(
  project: Project,
  device: Device,
  kind: Rotation['kind'] = 'renewal',
): RotationObstacle | null {
  const rotation = rotationOf(project, device.id);
  if (rotation && !hasEnded(rotation)) return 'running';
  if (isRevoked(project, device.credential.certificate)) return 'revoked';
  if (device.generation === null) return 'never-written';
  if ((device.settings.form?.kind ?? 'signet') !== 'signet') return 'form';
  if (isRsa(algorithmOf(device.credential.certificate.der))) return 'rsa';
  return kind === 'settings' && !isKeyOnBoard(project, device) ? 'new-key' : null;
}

/** By the certificate that the present one replaced here, where that is not on the board. */
function isKeyOnBoard(project: Project, { id, credential, credentialState }: Device): boolean {
  if (credentialState !== 'made') return true;
  const before = project.replacedCertificates.findLast(({ owner }) => owner === `device:${id}`);
  if (!before) return true;
  const [present, replaced] = [credential.certificate, before.certificate].map(
    ({ der }) => certificateParts(der).publicKeyInfo,
  );
  return present !== undefined && replaced !== undefined && equalBytes(present, replaced);
}

export interface RotationsWish {
  readonly deviceIds: readonly DeviceId[];
  readonly kind: Rotation['kind'];
  readonly old: Rotation['old'];
}

/** Begins those that can be, all in one commit; what cannot is left as it is. Returns those begun. Throws storage.*. */
export async function beginRotations(
  env: RecordEnvironment,
  projectId: ProjectId,
  { deviceIds, kind, old }: RotationsWish,
): Promise<DeviceId[]> {
  let begunIds: DeviceId[] = [];
  const atMs = env.clock.nowMs();
  await changeProject(env.store, projectId, (project) => {
    begunIds = project.devices
      .filter((device) => deviceIds.includes(device.id) && rotationObstacle(project, device, kind) === null)
      .map(({ id }) => id);
    const changed = begunIds.reduce(
      (before, deviceId) => withRotation(before, begun({ deviceId, kind, old }, atMs)),
      project,
    );
    const what = kind === 'renewal' ? 'renewal over MQTT begun' : 'settings over MQTT begun';
    return { project: changed, journal: begunIds.map((deviceId) => ({ atMs, deviceId, what, details: {} })) };
  });
  return begunIds;
}

/** While nothing it was told can change what the device runs on. False: too late, or over. Throws storage.*. */
export async function cancelRotation(
  env: RecordEnvironment,
  projectId: ProjectId,
  deviceId: DeviceId,
): Promise<boolean> {
  const { value: project } = await env.store.load(projectId);
  const present = rotationOf(project, deviceId);
  if (!present || !isCancellable(present)) return false;
  return moveRotation(env, { projectId, deviceId }, present.state, (rotation, now, atMs) => ({
    rotation: reverted(rotation, atMs, { why: 'cancelled', code: null }),
    project: withUnused(now, rotation, atMs),
    entry: { what: 'rotation cancelled', details: { state: rotation.state } },
  }));
}

/**
 * A certificate that was made for a key which no device has any more is remembered among the replaced ones: it can be
 * revoked, and is shown.
 */
export function withUnused(project: Project, { deviceId, certificate }: Rotation, atMs: number): Project {
  if (!certificate) return project;
  const unused = { owner: `device:${deviceId}` as const, certificate, replacedAtMs: atMs, isUnused: true };
  return { ...project, replacedCertificates: [...project.replacedCertificates, unused] };
}
