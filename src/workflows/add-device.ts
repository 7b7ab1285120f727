/** One more device in a stored project. */
import { AppError } from '../shared/errors.ts';
import { issuerFrom } from '../pki/issuing.ts';
import type { Device, JournalEntry, Project, ProjectId, SensorType } from '../project/entities.ts';
import { idFromName } from '../project/ids.ts';
import type { ProjectEnvironment } from './environment.ts';
import { makeDevice } from './make-device.ts';
import { nameProblem } from './project-form.ts';
import { SecretDraft } from './secret-draft.ts';

export interface DeviceForm {
  readonly name: string;
  readonly sensor: SensorType;
}

/**
 * Makes and stores the device.
 * Throws form.device-name, project.device-taken, vault.locked, storage.conflict, pki.authority-expired.
 */
export async function addDevice(
  env: ProjectEnvironment,
  projectId: ProjectId,
  form: DeviceForm,
): Promise<Device> {
  const { revision, value: project } = await env.store.load(projectId);
  const deviceId = freeDeviceId(project, form.name);
  const vault = await env.vaults.of(projectId);
  const secrets = new SecretDraft(vault, env.crypto);
  const { client } = project.authorities;
  const context = { nowMs: env.clock.nowMs(), crypto: env.crypto };
  const device = await vault.withSigningKey(await env.store.record(projectId, client.keyRecord), (key) =>
    makeDevice(context, secrets, issuerFrom(client.certificate.der, key), {
      projectId,
      deviceId,
      sensor: form.sensor,
    }),
  );
  const changed: Project = { ...project, devices: [...project.devices, device] };
  const entry: JournalEntry = {
    atMs: context.nowMs,
    deviceId,
    what: 'device added',
    details: { fingerprint: device.credential.certificate.sha256Fingerprint },
  };
  await env.store.commit(
    projectId,
    revision,
    [{ kind: 'put-project', project: changed }, ...secrets.changes],
    [entry],
  );
  return device;
}

function freeDeviceId(project: Project, name: string): string {
  const problem = nameProblem('form.device-name', name);
  if (problem) throw problem;
  const deviceId = idFromName(name);
  if (project.devices.some((device) => device.id === deviceId)) {
    throw new AppError('project.device-taken', { details: { device: deviceId } });
  }
  return deviceId;
}
