/**
 * A device's file system: its secrets, its settings and the broker's authority as slot files in a LittleFS image. Keys are
 * persisted before they come here (ECDSA is random), so the same device gives the same image.
 */
import { devicePassword } from '../broker/device-password.ts';
import { encodeConfig, maxConfigBytes, wifiEntry, type DeviceConfig } from '../contract/config.ts';
import type { FlashLayout } from '../contract/flash-layouts.ts';
import {
  encodeCommandKeys,
  firstFiles,
  slotGeneration,
  type CommandKey,
  type SlotContents,
} from '../contract/slot-files.ts';
import type { FileSystemImage } from '../flash/flash-request.ts';
import type { SparseImage } from '../littlefs/types.ts';
import { buildImage, splitRoot } from '../littlefs/writer.ts';
import { traditionalKey } from '../pki/key-pair.ts';
import { networksOf } from '../project/networks.ts';
import type { Device, Project } from '../project/entities.ts';
import { concatBytes, type Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { openSecret, openSecretText, type SecretEnvironment } from './open-secret.ts';
import { settingsConfig } from './settings-config.ts';
import { trustedAuthorities } from './trust/authorities.ts';

/** What a device is given, wherever on a board it will stand. */
export interface DeviceSlot {
  /** Its key is empty where it was born on the chip. */
  readonly slot: SlotContents;
  /** `gen` of it, 8 hex. */
  readonly generation: string;
  /** 32 bytes, the key of `gen`. */
  readonly appKey: Bytes;
}

/**
 * The file system of a board that held none. The clock floor is the certificate's own beginning of life, so that the same
 * device gives the same image. Throws what {@link buildImage} throws.
 */
export const firstImage = async (
  layout: FlashLayout,
  slot: SlotContents,
  createdAtMs: number,
): Promise<SparseImage> => buildImage(layout, await firstFiles(slot, createdAtMs));

/** Throws vault.locked and device.config-too-long. */
export async function makeDeviceSlot(
  env: SecretEnvironment,
  project: Project,
  device: Device,
): Promise<DeviceSlot> {
  const appKey = await openSecret(env, project.id, device.commandKeyRecord);
  const slot: SlotContents = {
    cfg: encodeConfig(await deviceConfig(env, project, { device, appKey })),
    ca: concatBytes(
      project.broker.hosted?.authorities ??
        trustedAuthorities(project, 'server').map(({ certificate }) => certificate.der),
    ),
    crt: device.credential.certificate.der,
    key: await deviceKey(env, project, device),
    mac: encodeCommandKeys([
      { name: 'app', key: appKey, allow: '*' },
      ...(await namedKeys(env, project, device)),
    ]),
  };
  if (slot.cfg.length > maxConfigBytes) {
    throw new AppError('device.config-too-long', {
      details: { bytes: slot.cfg.length, limit: maxConfigBytes },
    });
  }
  return { slot, generation: await slotGeneration(slot, appKey), appKey };
}

/** Empty where it was born on the chip: {@link withBoardKey} finds it on the board. */
async function deviceKey(env: SecretEnvironment, project: Project, device: Device): Promise<Bytes> {
  const { keyRecord } = device.credential;
  if (keyRecord === null) return new Uint8Array(0);
  return traditionalKey(await openSecret(env, project.id, keyRecord));
}

/** Which of the project's authorities the device was given as anchors, for its record; none with a hosted broker. */
export const anchorsOf = (project: Project): string[] =>
  project.broker.hosted
    ? []
    : trustedAuthorities(project, 'server').map(({ certificate }) => certificate.sha256Fingerprint);

const namedKeys = (env: SecretEnvironment, project: Project, device: Device): Promise<CommandKey[]> =>
  Promise.all(
    device.commandKeys.map(async ({ name, keyRecord, allow }) => ({
      name,
      key: await openSecret(env, project.id, keyRecord),
      allow,
    })),
  );

async function deviceConfig(
  env: SecretEnvironment,
  project: Project,
  { device, appKey }: { readonly device: Device; readonly appKey: Bytes },
): Promise<DeviceConfig> {
  const { access, hosted } = project.broker;
  const { discoveryPrefix } = access;
  // A fingerprint or pin is of the project's own broker.
  const settings = hosted ? { ...device.settings, brokerCheck: 'ca' as const } : device.settings;
  const wifi = networksOf(project, device).map(async (network) =>
    wifiEntry(network.ssid, await openSecretText(env, project.id, network.pskRecord)),
  );
  return {
    v: 1,
    project: project.id,
    id: device.id,
    wifi: await Promise.all(wifi),
    mqtt: {
      host: hosted?.host ?? project.broker.hosts[0] ?? 'localhost',
      port: hosted?.port ?? project.broker.devicePort,
      ...(device.login ? { client: device.login.clientId } : {}),
      ...(await brokerLogin(env, project, { device, appKey })),
    },
    ...(await settingsConfig(settings, project.broker.deviceListener.certificate, crypto)),
    ...(discoveryPrefix === null ? {} : { ha: discoveryPrefix }),
  };
}

/** Nothing where the certificate says it all. */
async function brokerLogin(
  env: SecretEnvironment,
  project: Project,
  { device, appKey }: { readonly device: Device; readonly appKey: Bytes },
): Promise<{ readonly user?: string; readonly pass?: string }> {
  const { access, hosted } = project.broker;
  if (hosted?.login) {
    const { user, passwordRecord } = hosted.login;
    return { user, pass: await openSecretText(env, project.id, passwordRecord) };
  }
  if (hosted || access.deviceLogin === 'certificate') return {};
  return { user: device.id, pass: await devicePassword(appKey) };
}

/** As a request takes it: what makes the files count comes last. */
export function rootLast(image: SparseImage): FileSystemImage {
  const { root, others } = splitRoot(image);
  return { ...image.geometry, runs: others, lastRuns: root };
}
