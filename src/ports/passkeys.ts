/** Secrets that an authenticator gives out when its owner is there (WebAuthn PRF). Adapter: platform/keys. */
import type { Bytes } from '../shared/bytes.ts';
import type { Outcome } from '../shared/outcome.ts';

export interface PasskeySecret {
  readonly credentialId: Bytes;
  /** 32 bytes, the same for the same passkey and salt. The caller overwrites it. */
  readonly secret: Bytes;
}

export interface Passkeys {
  /** Whether asking makes sense here at all: a browser may still find no authenticator that can. */
  isOffered(): Promise<boolean>;
  /** Makes one, called `label` in the person's list. Throws vault.no-passkey. */
  create(label: string, salt: Bytes): Promise<Outcome<PasskeySecret>>;
  /** Asks for one that was made. Throws vault.no-passkey. */
  ask(credentialId: Bytes, salt: Bytes): Promise<Outcome<PasskeySecret>>;
}
