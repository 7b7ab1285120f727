/**
 * A project's entities: what was made and what is wanted. No crypto, no I/O; secrets appear only as record ids whose
 * sealed bytes the vault opens.
 */
import type { Bytes } from '../shared/bytes.ts';
import type { BrokerAccess, ClientRights } from './access.ts';
import type { DeviceSettings } from './device-settings.ts';
import type { Rotation } from './rotation.ts';

export type { DeviceSettings, SensorType } from './device-settings.ts';

export type ProjectId = string;
export type DeviceId = string;
export type RecordId = string;
export type Tier = 'authority' | 'operate';
export type AuthorityRole = 'server' | 'client' | 'web';

export type KeyAlgorithm = 'p256' | 'p384' | 'rsa2048' | 'rsa3072' | 'rsa4096';

export interface CertificateRecord {
  readonly der: Bytes;
  /** RFC 4514 text of the subject. */
  readonly subject: string;
  readonly subjectAltNames: readonly string[];
  readonly serialNumberHex: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Upper-case hex with colons. */
  readonly sha256Fingerprint: string;
}

export interface Credential {
  readonly certificate: CertificateRecord;
  /** PKCS#8 of the private key, sealed by the vault. */
  readonly keyRecord: RecordId;
}

export interface Authority extends Credential {
  readonly role: AuthorityRole;
}

/** An authority that a newer one replaced: trusted still, signs nothing but revocation lists. */
export interface PreviousAuthority extends Authority {
  readonly replacedAtMs: number;
}

export type RevocationReason =
  'unspecified' | 'keyCompromise' | 'affiliationChanged' | 'superseded' | 'cessationOfOperation';

/** A certificate that is not to be believed any more, as the revocation list says it. */
export interface Revocation {
  /** The subject key identifier of the authority that signed it, hex. */
  readonly authorityKeyIdHex: string;
  readonly serialNumberHex: string;
  /** RFC 4514 text, for people. */
  readonly subject: string;
  readonly atMs: number;
  readonly reason: RevocationReason;
}

/** The newest list of one authority, for the broker. */
export interface RevocationList {
  readonly authorityKeyIdHex: string;
  readonly number: number;
  readonly der: Bytes;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
}

/** Whose certificate it is, as one text; for otherCertificates the name stands after "other:". */
export type CertificateOwner =
  `authority:${AuthorityRole}` | 'broker:device' | 'broker:web' | `device:${DeviceId}` | `other:${string}`;

/** A certificate that a newer one replaced: good until it ends or is revoked. */
export interface ReplacedCertificate {
  readonly owner: CertificateOwner;
  readonly certificate: CertificateRecord;
  readonly replacedAtMs: number;
  /** It never was in use: made for a key that its device lost before. */
  readonly isUnused?: boolean;
}

/** Node-RED, Home Assistant, a dashboard, or anything that a person wants a certificate for. */
export interface OtherCertificate {
  readonly name: string;
  readonly kind: 'nodered' | 'homeassistant' | 'dashboard' | 'custom';
  /** Which authority signs it; only under `client` have `rights` a meaning. */
  readonly role: AuthorityRole;
  /** Under `client` its user name on the broker, and there its client id too. */
  readonly commonName: string;
  readonly rights: ClientRights;
  readonly certificate: CertificateRecord;
  /** Null where a request was signed: the key never was here. */
  readonly keyRecord: RecordId | null;
  readonly createdAtMs: number;
}

export interface Broker {
  /** Canonical host names and IP literals (`parseHost`); the first is what devices connect to. */
  readonly hosts: readonly string[];
  readonly devicePort: number;
  readonly webPort: number;
  /** Shown on 8883, issued by the server authority. */
  readonly deviceListener: Credential;
  /** Shown on the WSS port, issued by the web authority. */
  readonly webListener: Credential;
  /** UTF-8 text, sealed. */
  readonly dashboardPasswordRecord: RecordId;
  readonly access: BrokerAccess;
  /** Somebody else's broker, which devices and this page use instead; null for the project's own. */
  readonly hosted: HostedBroker | null;
  /** The machine that the broker's files were made for last. */
  readonly system: BrokerSystem;
  /** Null before the first download. */
  readonly lastDownload: BundleDigests | null;
}

/** A broker that somebody else runs, with names and passwords of theirs. */
export interface HostedBroker {
  readonly host: string;
  readonly port: number;
  /** `wss://…` for this page; null where it cannot read along. */
  readonly webUrl: string | null;
  /** DER of the one or two authorities that devices believe. */
  readonly authorities: readonly Bytes[];
  /** One for everybody; null for none. */
  readonly login: { readonly user: string; readonly passwordRecord: RecordId } | null;
}

/** What the broker runs on: decides which files start it. */
export type BrokerSystem = 'debian' | 'docker' | 'openwrt' | 'macos' | 'windows';

/** What was downloaded last, file by file, so that the next download can say what is new. */
export interface BundleDigests {
  readonly atMs: number;
  /** 32 random bytes, sealed: without them a digest tells nothing about a file's secrets. */
  readonly keyRecord: RecordId;
  /** HMAC-SHA-256 of each file's bytes, hex, by its path. */
  readonly digests: Readonly<Record<string, string>>;
}

export interface WifiNetwork {
  readonly ssid: string;
  /** UTF-8 text, sealed; empty text for an open network. */
  readonly pskRecord: RecordId;
}

/** A command key beside the page's own: who else may tell a device to do what. */
export interface NamedCommandKey {
  /** Stands in the device's key file and in each command: `[a-z0-9-]{1,16}`. */
  readonly name: string;
  /** 32 random bytes, sealed. */
  readonly keyRecord: RecordId;
  /** The commands it may give, by their names in docs/contracts.md. */
  readonly allow: readonly string[];
}

/** Where a device's credentials are known to be. */
export type CredentialState = 'made' | 'written' | 'in-use';

/** A device's; the key may have been born on its chip (a rotation), and then never was here. */
export interface DeviceCredential {
  readonly certificate: CertificateRecord;
  readonly keyRecord: RecordId | null;
}

export interface Device {
  readonly id: DeviceId;
  /** Where a device's names differ; absent in Signet's own mode, in which all three are its id. */
  readonly login?: { readonly commonName: string; readonly clientId: string };
  readonly credential: DeviceCredential;
  /** 32 random bytes of the `app` command key, sealed. */
  readonly commandKeyRecord: RecordId;
  /** Others than the page's own; at most three, which is what a device takes. */
  readonly commandKeys: readonly NamedCommandKey[];
  /** `commandKeys` as they were when its board was written last; `generation` says nothing of them. */
  readonly writtenCommandKeys: readonly NamedCommandKey[];
  readonly settings: DeviceSettings;
  /** Its own networks instead of the project's; absent for those. */
  readonly wifi?: readonly WifiNetwork[];
  /** Where it hangs, whom it belongs to: for people. */
  readonly notes?: string;
  readonly credentialState: CredentialState;
  /** Layout name the device was last flashed with, for example "4m2m"; null before the first flash. */
  readonly layout: string | null;
  /** `gen` of the slot that was last written, 8 hex; null before the first flash. */
  readonly generation: string | null;
  /** SHA-256 fingerprints of the server authorities that it was given last; absent where that was not noted. */
  readonly writtenAnchors?: readonly string[];
  readonly createdAtMs: number;
}

/** A broker of somebody else's that is looked at in Live. */
export interface LiveBroker {
  readonly id: string;
  /** wss://host:port/path */
  readonly url: string;
  /** Empty for none. */
  readonly username: string;
  /** UTF-8 text, sealed for operating; an empty text for none. */
  readonly passwordRecord: RecordId;
  readonly topics: readonly string[];
}

/** What a person set for Live; everything is absent until it was. */
export interface LiveSettings {
  readonly brokers?: readonly LiveBroker[];
  /** Devices of the form iot-2 take LED, display and interval without a signature. */
  readonly allowsUnsigned?: boolean;
}

export interface Project {
  readonly schema: 3;
  readonly id: ProjectId;
  readonly name: string;
  readonly createdAtMs: number;
  /** One for all jobs stands here three times, with the same key. */
  readonly authorities: Readonly<Record<AuthorityRole, Authority>>;
  readonly previousAuthorities: readonly PreviousAuthority[];
  readonly broker: Broker;
  readonly wifi: readonly WifiNetwork[];
  readonly devices: readonly Device[];
  readonly otherCertificates: readonly OtherCertificate[];
  readonly replacedCertificates: readonly ReplacedCertificate[];
  readonly revocations: readonly Revocation[];
  /** Empty until something was revoked. */
  readonly revocationLists: readonly RevocationList[];
  readonly live?: LiveSettings;
  /** The last one of each device, in the order they began. */
  readonly rotations: readonly Rotation[];
}

export interface SealedRecord {
  readonly id: RecordId;
  readonly tier: Tier;
  /** Format version of the record. */
  readonly version: 1;
  readonly nonce: Bytes;
  readonly ciphertext: Bytes;
}

export type ProjectChange =
  | { readonly kind: 'put-project'; readonly project: Project }
  | { readonly kind: 'put-record'; readonly record: SealedRecord }
  | { readonly kind: 'delete-record'; readonly id: RecordId }
  | { readonly kind: 'put-vault'; readonly header: VaultHeader };

export interface JournalEntry {
  readonly atMs: number;
  readonly deviceId: DeviceId | null;
  /** A short noun phrase, for example "project created". No secrets. */
  readonly what: string;
  readonly details: Readonly<Record<string, string | number>>;
}

/** An entry as it is kept: in a chain with those before it (journal/chain.ts). */
export interface ChainedEntry extends JournalEntry {
  /** SHA-256 over the hash before and this entry, 64 hex. */
  readonly hash: string;
}

/** How a project's data keys are locked. Stored beside the project, holds no usable key when `kind` is passphrase. */
export type VaultHeader =
  | {
      readonly kind: 'browser-key';
      readonly version: 1;
      /** Names the non-extractable key in the browser's store; random, so that no project can take another's. */
      readonly keyId: string;
    }
  | {
      readonly kind: 'passphrase';
      readonly version: 1;
      readonly kdf: 'PBKDF2-HMAC-SHA-256';
      readonly iterations: number;
      readonly salt: Bytes;
      /** The tier's random data key under the passphrase key (AES-256-GCM). */
      readonly wrapped: WrappedDataKeys;
      /** The same data keys under other keys; absent for none. */
      readonly otherWays?: readonly UnlockWay[];
    };

export type WrappedDataKeys = Readonly<Record<Tier, { readonly nonce: Bytes; readonly ciphertext: Bytes }>>;

/** A second way into a project with a passphrase. */
export interface UnlockWay {
  readonly kind: 'recovery-code' | 'passkey';
  /** Which passkey of the authenticator; empty for a recovery code. */
  readonly credentialId: Bytes;
  /** 32 random bytes: of the key derivation, and what the passkey is asked with. */
  readonly salt: Bytes;
  readonly wrapped: WrappedDataKeys;
  readonly madeAtMs: number;
}
