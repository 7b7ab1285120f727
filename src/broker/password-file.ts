/**
 * Mosquitto's password file, version 7: `user:$7$<iterations>$<base64 salt>$<base64 hash>`, the hash being
 * PBKDF2-HMAC-SHA-512 with 64 bytes. Randomness is passed in.
 */
import { type Bytes, toBase64, utf8 } from '../shared/bytes.ts';

/** Mosquitto drops an entry whose salt has another length. */
export const passwordSaltSizeBytes = 12;

/**
 * Enough for a generated secret of 256 bits; more would only hold up the broker, which runs in one thread and
 * computes this at every login.
 */
export const passwordIterations = 10_000;

/** For what a person made up; costs the broker some 40 ms more at each login. */
const guessableIterations = 210_000;
/** What 256 random bits are long as base64url. */
const generatedLength = 43;

export const iterationsFor = (password: string): number =>
  password.length >= generatedLength ? passwordIterations : guessableIterations;

const hashSizeBits = 512;

export interface PasswordHashOptions {
  /** Exactly 12 random bytes. */
  readonly salt: Bytes;
  readonly iterations?: number;
}

/** The hash's text as it stands after `user:`. Throws RangeError on a salt of another length than 12. */
export async function hashPassword(password: string, options: PasswordHashOptions): Promise<string> {
  const { salt, iterations = passwordIterations } = options;
  if (salt.length !== passwordSaltSizeBytes) throw new RangeError('the salt must have 12 bytes');
  const key = await crypto.subtle.importKey('raw', utf8(password), 'PBKDF2', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits(
    { name: 'PBKDF2', hash: 'SHA-512', salt, iterations },
    key,
    hashSizeBits,
  );
  return `$7$${iterations}$${toBase64(salt)}$${toBase64(new Uint8Array(bits))}`;
}

/** One line of the file, without its line end. */
export const passwordFileLine = (username: string, hash: string): string => `${username}:${hash}`;
