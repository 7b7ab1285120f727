/** Rotations begun, cancelled and taken off the list: what is wanted, stored before anything is sent. */
import { isRsa } from '../../pki/key-algorithms.ts';
import type { Device, DeviceId, Project, ProjectId } from '../../project/entities.ts';
import type { Rotation } from '../../project/rotation.ts';
import { begun, hasEnded, isCancellable, reverted } from '../../rotation/saga.ts';
import { changeProject } from '../change-project.ts';
import { algorithmOf } from '../trust/signing.ts';
import { isRevoked } from '../trust/revoke.ts';
import { moveRotation, rotationOf, withRotation, type RecordEnvironment } from './rotation-record.ts';

/**
 * Why a device cannot be reached this way. never-written: no board has its settings. revoked: the broker refuses it. rsa:
 * its chip has no memory for it. running: one is on its way.
 */
export type RotationObstacle = 'never-written' | 'revoked' | 'rsa' | 'running';

/** Null: it can be begun. */
export function rotationObstacle(project: Project, device: Device): RotationObstacle | null {
  const rotation = rotationOf(project, device.id);
  if (rotation && !hasEnded(rotation)) return 'running';
  if (isRevoked(project, device.credential.certificate)) return 'revoked';
  if (device.generation === null) return 'never-written';
  return isRsa(algorithmOf(device.credential.certificate.der)) ? 'rsa' : null;
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
      .filter((device) => deviceIds.includes(device.id) && rotationObstacle(project, device) === null)
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
