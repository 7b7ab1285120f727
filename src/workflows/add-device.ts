/** More devices in a stored project: one, or as many as a class needs, in one commit. */
import { issueMany } from '../pki/issue-many.ts';
import { utf8 } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import type {
  Device,
  DeviceSettings,
  JournalEntry,
  Project,
  ProjectId,
  SensorType,
} from '../project/entities.ts';
import { idFromName } from '../project/ids.ts';
import { changeProject } from './change-project.ts';
import type { ProjectEnvironment } from './environment.ts';
import { makeDevice, usualSettings } from './make-device.ts';
import { nameProblem } from './project-form.ts';
import { SecretDraft } from './secret-draft.ts';
import { withIssuer } from './trust/signing.ts';

export type DeviceForm = { readonly name: string } & (
  | { readonly sensor: SensorType }
  /** Those of another device, for example; and what a table says of it. */
  | {
      readonly settings: DeviceSettings;
      readonly wifi?: { readonly ssid: string; readonly password: string };
      readonly notes?: string;
    }
);

/**
 * Makes and stores the device.
 * Throws form.device-name, project.device-taken, vault.locked, storage.*, pki.authority-expired.
 */
export async function addDevice(
  env: ProjectEnvironment,
  projectId: ProjectId,
  form: DeviceForm,
): Promise<Device> {
  const made = await addDevices(env, projectId, [form]);
  const [device] = made.kind === 'done' ? made.value : [];
  if (!device) throw new AppError('internal', { details: { what: 'no device made' } });
  return device;
}

/**
 * Makes and stores them all, or none (also when cancelled), without holding up the page. Progress counts certificates.
 * Throws what {@link addDevice} throws.
 */
export async function addDevices(
  env: ProjectEnvironment,
  projectId: ProjectId,
  forms: readonly DeviceForm[],
  options: RunOptions = { signal: new AbortController().signal, timeoutMs: 600_000 },
): Promise<Outcome<Device[]>> {
  const { value: project } = await env.store.load(projectId);
  const wanted = forms.map((form) => ({
    projectId,
    deviceId: legalId(form.name),
    settings: 'settings' in form ? form.settings : usualSettings(form.sensor),
  }));
  checkFree(project, wanted);
  const secrets = new SecretDraft(await env.vaults.of(projectId), env.crypto);
  const { client } = project.authorities;
  const context = { nowMs: env.clock.nowMs(), crypto: env.crypto };
  const made = await withIssuer(env, projectId, client, (issuer) =>
    issueMany(wanted, (device) => makeDevice(context, secrets, issuer, device), options),
  );
  if (made.kind === 'cancelled') return cancelled;
  const devices = await Promise.all(made.value.map((device, i) => withOwn(secrets, device, forms[i])));
  await changeProject(env.store, projectId, (present) => {
    checkFree(present, wanted);
    return {
      project: { ...present, devices: [...present.devices, ...devices] },
      changes: secrets.changes,
      journal: devices.map((device) => addedEntry(device, context.nowMs)),
    };
  });
  return done(devices);
}

/** The device with the network and notes of its form. */
async function withOwn(secrets: SecretDraft, device: Device, form: DeviceForm | undefined): Promise<Device> {
  if (!form || !('settings' in form)) return device;
  const { wifi, notes } = form;
  if (!wifi) return notes ? { ...device, notes } : device;
  const pskRecord = await secrets.seal(`wifi-password-${device.id}`, 'authority', utf8(wifi.password));
  return { ...device, wifi: [{ ssid: wifi.ssid, pskRecord }], ...(notes ? { notes } : {}) };
}

const addedEntry = (device: Device, atMs: number): JournalEntry => ({
  atMs,
  deviceId: device.id,
  what: 'device added',
  details: { fingerprint: device.credential.certificate.sha256Fingerprint },
});

function legalId(name: string): string {
  const problem = nameProblem('form.device-name', name);
  if (problem) throw problem;
  return idFromName(name);
}

/** An id is a user name on the broker, which no other client may have. */
function checkFree(project: Project, wanted: readonly { readonly deviceId: string }[]): void {
  const { devices, otherCertificates, broker } = project;
  const taken = new Set([
    ...devices.flatMap(({ id, login }) => [id, login?.commonName ?? id]),
    ...otherCertificates.map(({ commonName }) => commonName),
    ...broker.access.users.map(({ name }) => name),
  ]);
  for (const { deviceId } of wanted) {
    if (taken.has(deviceId)) throw new AppError('project.device-taken', { details: { device: deviceId } });
    taken.add(deviceId);
  }
}
