/** One new device: its certificate, its command key and its first settings, sealed and ready to be committed. */
import { issueDeviceCertificate } from '../pki/issuing.ts';
import type { IssueContext, Issuer } from '../pki/issuing.ts';
import { toCertificateRecord } from '../pki/reading.ts';
import type {
  CertificateRecord,
  Device,
  DeviceId,
  DeviceSettings,
  ProjectId,
  SensorType,
} from '../project/entities.ts';
import type { Bytes } from '../shared/bytes.ts';
import type { SecretDraft } from './secret-draft.ts';

const COMMAND_KEY_BYTES = 32;
/** D2 of a NodeMCU: free at boot, and where the tutorials put the sensor. */
const SENSOR_PIN = 4;
/** The module's own blue LED, lit when low. */
const LED_PIN = 2;

export interface NewDevice {
  readonly projectId: ProjectId;
  readonly deviceId: DeviceId;
  readonly settings: DeviceSettings;
}

/** What a device begins with when nothing is known of it but its sensor. */
export const usualSettings = (sensor: SensorType): DeviceSettings => ({
  sensor: { type: sensor, pin: SENSOR_PIN, everyS: 10, unit: 'C' },
  led: { pin: LED_PIN, activeLow: true },
  relay: null,
});

export async function makeDevice(
  context: IssueContext,
  draft: SecretDraft,
  client: Issuer,
  device: NewDevice,
): Promise<Device> {
  const { certificateDer, pkcs8 } = await issueDeviceCertificate(context, client, device);
  const certificate = await toCertificateRecord(certificateDer, context.crypto);
  return deviceWith(context, draft, { id: device.deviceId, settings: device.settings, certificate, pkcs8 });
}

/** A device around a certificate and key that are there. */
export async function deviceWith(
  context: IssueContext,
  draft: SecretDraft,
  made: Pick<Device, 'id' | 'login'> & {
    readonly settings: DeviceSettings;
    readonly certificate: CertificateRecord;
    /** Secret: overwritten. Null where a request was signed, whose key is elsewhere. */
    readonly pkcs8: Bytes | null;
  },
): Promise<Device> {
  const commandKey = context.crypto.getRandomValues(new Uint8Array(COMMAND_KEY_BYTES));
  return {
    id: made.id,
    ...(made.login ? { login: made.login } : {}),
    credential: {
      certificate: made.certificate,
      keyRecord: made.pkcs8 && (await draft.seal(`device-key-${made.id}`, 'authority', made.pkcs8)),
    },
    commandKeyRecord: await draft.seal(`command-key-${made.id}`, 'operate', commandKey),
    commandKeys: [],
    writtenCommandKeys: [],
    settings: made.settings,
    credentialState: 'made',
    layout: null,
    generation: null,
    createdAtMs: context.nowMs,
  };
}
