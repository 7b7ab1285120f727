/** Passkeys by WebAuthn with its PRF extension. Refusing or closing the browser's dialog is an outcome, not an error. */
import type { Passkeys, PasskeySecret } from '../../ports/passkeys.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { cancelled, done, type Outcome } from '../../shared/outcome.ts';

const timeout = 120_000;
const ES256 = -7;
const RS256 = -257;

export class WebAuthnPasskeys implements Passkeys {
  async isOffered(): Promise<boolean> {
    if (!('PublicKeyCredential' in globalThis)) return false;
    try {
      const capabilities = await PublicKeyCredential.getClientCapabilities();
      return capabilities['extension:prf'] !== false;
    } catch {
      // Older than the question; asking will tell.
      return true;
    }
  }

  async create(label: string, salt: Bytes): Promise<Outcome<PasskeySecret>> {
    const made = await attempt(() => navigator.credentials.create({ publicKey: creation(label, salt) }));
    if (made === null) return cancelled;
    const { prf } = made.getClientExtensionResults();
    if (prf?.enabled !== true) throw refusal('no PRF');
    const credentialId = new Uint8Array(made.rawId);
    const secret = secretIn(made);
    // Many authenticators give the secret only when they are asked again.
    return secret ? done({ credentialId, secret }) : this.ask(credentialId, salt);
  }

  async ask(credentialId: Bytes, salt: Bytes): Promise<Outcome<PasskeySecret>> {
    const given = await attempt(() =>
      navigator.credentials.get({
        publicKey: {
          challenge: crypto.getRandomValues(new Uint8Array(32)),
          allowCredentials: [{ type: 'public-key', id: credentialId }],
          userVerification: 'required',
          timeout,
          extensions: { prf: { eval: { first: salt } } },
        },
      }),
    );
    if (given === null) return cancelled;
    const secret = secretIn(given);
    if (!secret) throw refusal('no PRF');
    return done({ credentialId: new Uint8Array(given.rawId), secret });
  }
}

function creation(label: string, salt: Bytes): PublicKeyCredentialCreationOptions {
  return {
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    rp: { name: 'Signet' },
    user: { id: crypto.getRandomValues(new Uint8Array(16)), name: label, displayName: label },
    pubKeyCredParams: [
      { type: 'public-key', alg: ES256 },
      { type: 'public-key', alg: RS256 },
    ],
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    timeout,
    extensions: { prf: { eval: { first: salt } } },
  };
}

/** Null when the person closed the dialog or let it run out. */
async function attempt(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  try {
    return (await ask()) as PublicKeyCredential | null;
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : 'unknown';
    if (name === 'NotAllowedError' || name === 'AbortError') return null;
    throw refusal(name, cause);
  }
}

function secretIn(credential: PublicKeyCredential): Bytes | null {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (!first) return null;
  return first instanceof ArrayBuffer ? new Uint8Array(first) : Uint8Array.from(first as Uint8Array);
}

const refusal = (why: string, cause?: unknown): AppError =>
  new AppError('vault.no-passkey', { details: { why }, cause });
