/**
 * Changes of what a stored project wants: its Wi-Fi and a device's settings. What stands on boards stays until it is
 * written; {@link changesNotOnDevice} tells of the difference.
 */
import type {
  Device,
  DeviceId,
  DeviceSettings,
  JournalEntry,
  NamedCommandKey,
  ProjectId,
  WifiNetwork,
} from '../project/entities.ts';
import { utf8 } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { makeDeviceSlot } from './device-image.ts';
import { validateDeviceSettings } from './device-settings-form.ts';
import type { ProjectEnvironment } from './environment.ts';
import { ssidProblem, wifiPasswordProblem } from './project-form.ts';
import { SecretDraft } from './secret-draft.ts';

export interface WifiChange {
  readonly ssid: string;
  /** Null keeps the present one; empty is an open network. */
  readonly password: string | null;
}

export interface WifiProblem {
  readonly field: keyof WifiChange;
  readonly error: AppError;
}

const wifiWord = 'Wi-Fi';
const writtenWords = 'board written';

/** Everything wrong with the change, in the order of its fields. */
export function validateWifi({ ssid, password }: WifiChange): WifiProblem[] {
  const name = ssidProblem(ssid);
  const secret = password === null ? null : wifiPasswordProblem(password);
  return [
    ...(name ? [{ field: 'ssid' as const, error: name }] : []),
    ...(secret ? [{ field: 'password' as const, error: secret }] : []),
  ];
}

/** As many as a device tries. */
export const mostNetworks = 4;

/**
 * Changes the project's network `at`, adds one (where `at` is how many there are), or with null takes one away. A new
 * password is sealed before anything is stored, and the old one goes in the same transaction. Throws form.wifi-ssid,
 * form.wifi-password, form.wifi-count, vault.locked (only for a new password), storage.conflict.
 */
export async function changeWifi(
  env: ProjectEnvironment,
  projectId: ProjectId,
  change: WifiChange | null,
  at = 0,
): Promise<void> {
  const problem = change && validateWifi(change)[0];
  if (problem) throw problem.error;
  const { revision, value: project } = await env.store.load(projectId);
  const present = project.wifi[at];
  const isCount = change
    ? at <= project.wifi.length && at < mostNetworks
    : present && project.wifi.length > 1;
  if (!isCount) throw new AppError('form.wifi-count', { details: { most: mostNetworks } });
  const secrets = new SecretDraft(await env.vaults.of(projectId), env.crypto);
  const kept = change?.password === null ? present?.pskRecord : undefined;
  const network = change && {
    ssid: change.ssid,
    pskRecord: kept ?? (await secrets.seal('wifi-password', 'authority', utf8(change.password ?? ''))),
  };
  const changed = network ? wifiChanges(present, network) : ['taken away'];
  if (changed.length === 0) return;
  const gone = kept === undefined && present ? [present.pskRecord] : [];
  const wifi = project.wifi.toSpliced(at, 1, ...(network ? [network] : []));
  await env.store.commit(
    projectId,
    revision,
    [
      { kind: 'put-project', project: { ...project, wifi } },
      ...secrets.changes,
      ...gone.map((id) => ({ kind: 'delete-record' as const, id })),
    ],
    [entryOf(env, null, { what: `${wifiWord} changed`, changed })],
  );
}

const wifiChanges = (before: WifiNetwork | undefined, after: WifiNetwork): string[] => [
  ...(before?.ssid === after.ssid ? [] : ['name']),
  ...(before?.pskRecord === after.pskRecord ? [] : ['password']),
];

/** Throws the first of {@link validateDeviceSettings}, project.device-missing, storage.conflict. */
export async function changeDeviceSettings(
  env: ProjectEnvironment,
  projectId: ProjectId,
  deviceId: DeviceId,
  settings: DeviceSettings,
): Promise<void> {
  const problem = validateDeviceSettings(settings)[0];
  if (problem) throw problem.error;
  const { revision, value: project } = await env.store.load(projectId);
  const device = project.devices.find(({ id }) => id === deviceId);
  if (!device) throw new AppError('project.device-missing', { details: { device: deviceId } });
  const changed = changedParts(device.settings, settings);
  if (changed.length === 0) return;
  const devices = project.devices.map((other): Device =>
    other.id === deviceId ? { ...other, settings } : other,
  );
  await env.store.commit(
    projectId,
    revision,
    [{ kind: 'put-project', project: { ...project, devices } }],
    [entryOf(env, deviceId, { what: 'settings changed', changed })],
  );
}

/**
 * What was changed since the device's board was written last, as nouns; empty when the board holds what is saved, or was
 * never written. Throws vault.locked: only the secrets tell.
 */
export async function changesNotOnDevice(
  env: ProjectEnvironment,
  projectId: ProjectId,
  deviceId: DeviceId,
): Promise<string[]> {
  const { value: project } = await env.store.load(projectId);
  const device = project.devices.find(({ id }) => id === deviceId);
  if (!device || device.generation === null) return [];
  const { slot, generation, appKey } = await makeDeviceSlot(env, project, device);
  for (const secret of [slot.cfg, slot.key, slot.mac, appKey]) secret.fill(0);
  const keys = isSameKeys(device.commandKeys, device.writtenCommandKeys) ? [] : ['command keys'];
  if (generation === device.generation) return keys;
  const words = changesSinceWritten(await env.store.journal(projectId), deviceId);
  return [...(words.length > 0 ? words : ['settings']), ...keys];
}

/** Each key has a record of its own, so that a record's name tells the key. */
const isSameKeys = (wanted: readonly NamedCommandKey[], written: readonly NamedCommandKey[]): boolean =>
  keyNames(wanted) === keyNames(written);

const keyNames = (keys: readonly NamedCommandKey[]): string =>
  keys.map(({ keyRecord, allow }) => `${keyRecord} ${allow.join(',')}`).join('\n');

function changesSinceWritten(journal: readonly JournalEntry[], deviceId: DeviceId): string[] {
  const written = journal.findLastIndex(
    ({ what, deviceId: about }) => what === writtenWords && about === deviceId,
  );
  const words = journal.slice(written + 1).flatMap(({ what, deviceId: about, details }) => {
    if (what === `${wifiWord} changed`) return [wifiWord];
    return what === 'settings changed' && about === deviceId ? String(details['changed']).split(', ') : [];
  });
  return [...new Set(words)];
}

/** The parts of the settings, as people call them. */
const partNames = {
  sensor: 'sensor',
  led: 'LED',
  relay: 'relay',
  pixel: 'NeoPixel',
  outputs: 'SPI outputs',
  clock: 'time',
  form: 'form of the messages',
  brokerCheck: 'check of the broker',
  unsigned: 'commands without a signature',
  baud: 'console speed',
} as const satisfies Record<keyof DeviceSettings, string>;

const changedParts = (before: DeviceSettings, after: DeviceSettings): string[] =>
  (Object.keys(partNames) as (keyof DeviceSettings)[])
    .filter((part) => !isSame(before[part], after[part]))
    .map((part) => partNames[part]);

/** Plain values, lists and objects of them; what is absent equals only what is absent. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [a, b] as Readonly<Record<string, unknown>>[];
  return Object.keys({ ...left, ...right }).every((key) => isSame(left?.[key], right?.[key]));
}

const entryOf = (
  env: ProjectEnvironment,
  deviceId: DeviceId | null,
  { what, changed }: { readonly what: string; readonly changed: readonly string[] },
): JournalEntry => ({ atMs: env.clock.nowMs(), deviceId, what, details: { changed: changed.join(', ') } });
