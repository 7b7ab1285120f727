/**
 * What a file that somebody brings turns out to hold. Plain values, so that a worker can hand them over; a private key's
 * bytes are secret: whoever takes them seals or overwrites them.
 */
import type { Bytes } from '../../shared/bytes.ts';
import type { CertificateFacts } from '../facts/certificate.ts';
import type { PublicKeyFacts } from '../facts/public-key.ts';
import type { RequestFacts } from '../facts/request.ts';
import type { RevocationListFacts } from '../facts/revocation-list.ts';

export interface PrivateKeyItem {
  readonly kind: 'private-key';
  /** PKCS#8 DER in one form, whatever it came in: with named curve and public key, without attributes. Secret. */
  readonly pkcs8: Bytes;
  readonly publicKey: PublicKeyFacts;
  /** The form it came in. */
  readonly format: 'PKCS#8' | 'PKCS#1' | 'SEC1';
  /** How it was encrypted, in words; null when it lay open. */
  readonly encryption: string | null;
}

export interface PublicKeyItem {
  readonly kind: 'public-key';
  readonly publicKey: PublicKeyFacts;
}

/** Something that opens with a password that was not given. */
export interface LockedItem {
  readonly kind: 'locked';
  readonly what: 'private key' | 'PKCS#12 file';
  readonly encryption: string;
}

export type ImportedItem =
  CertificateFacts | RequestFacts | RevocationListFacts | PrivateKeyItem | PublicKeyItem | LockedItem;

export interface Pkcs12Facts {
  /** For example "HMAC-SHA-256, 2048 rounds"; null when nothing protects it from changes. */
  readonly integrity: string | null;
  /** Each way of encryption in it once, in words. */
  readonly encryptions: readonly string[];
  /** Names that its maker gave, for example "broker". */
  readonly friendlyNames: readonly string[];
}

export interface ImportedFile {
  readonly encoding: 'PEM' | 'DER' | 'base64';
  readonly container: 'PKCS#12' | 'PKCS#7' | null;
  /** At least one. */
  readonly items: readonly ImportedItem[];
  readonly pkcs12: Pkcs12Facts | null;
  /** What was passed over, for example "EC PARAMETERS". */
  readonly skipped: readonly string[];
}

/** What reading needs from outside. */
export interface ImportContext {
  readonly crypto: Crypto;
  /** Null when none was given (an empty one is a password too). */
  readonly password: string | null;
  /** Runs a key derivation, whose time does not count as the file's. */
  readonly uncounted: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The largest bundles that systems trust hold some 150. */
export const MAX_ITEMS = 300;

/** A file larger than this is none of ours. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;
