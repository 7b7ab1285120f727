/**
 * A rotation as it is stored: how far a device's new credentials or settings have come over the broker. Public parts
 * only: the new private key is born on the device, and what is sealed for it is made anew from the project.
 */
import type { Bytes } from '../shared/bytes.ts';
import type { CertificateRecord, DeviceId, NamedCommandKey } from './entities.ts';

/**
 * requested: wanted, perhaps waiting for the device. csr-received: its request is here and was checked. issued: the new
 * certificate is made. delivered: the device has every file. trying: it was told to try them. kept: it runs on them.
 * old-revoked: and the certificate before is revoked. reverted: it runs on what it had, `ending` says why.
 */
export type RotationState =
  'requested' | 'csr-received' | 'issued' | 'delivered' | 'trying' | 'kept' | 'old-revoked' | 'reverted';

/**
 * not-kept: the device came back with what it had. refused: it said no, with a code of docs/contracts.md. restarts: it
 * started anew too often meanwhile. request: its request was not its own. cancelled: by a person.
 */
export type RotationEnding = {
  readonly why: 'not-kept' | 'refused' | 'restarts' | 'request' | 'cancelled';
  readonly code: number | null;
};

export interface GivenAlong {
  /** SHA-256 fingerprints of the server authorities. */
  readonly anchors: readonly string[];
  readonly commandKeys: readonly NamedCommandKey[];
}

export interface Rotation {
  readonly deviceId: DeviceId;
  /** renewal: a new key and certificate, and the saved settings. settings: those and the anchors alone. */
  readonly kind: 'renewal' | 'settings';
  /** What becomes of the certificate before, once the new one is kept. */
  readonly old: 'runs-out' | 'revoke';
  readonly state: RotationState;
  /** Every state it went through, the present one last. */
  readonly steps: readonly { readonly state: RotationState; readonly atMs: number }[];
  /** The boot of the device that holds the new key and the parts; they are void after it. */
  readonly bootNonce: string | null;
  /** PKCS #10, DER. */
  readonly request: Bytes | null;
  readonly certificate: CertificateRecord | null;
  /** `gen` of what was delivered, 8 hex: tells whether the device runs on it. */
  readonly generation: string | null;
  /** What went along with the files, as it was then; null before they were delivered. */
  readonly given: GivenAlong | null;
  /** Of the certificate that the new one replaced; null until kept, or for settings alone. */
  readonly oldSerialNumberHex: string | null;
  /** How often the device started anew before it had everything. */
  readonly restarts: number;
  readonly ending: RotationEnding | null;
}
