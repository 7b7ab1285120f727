/** Passwords into keys by PBKDF2 (RFC 8018), and how many rounds any derivation may have. */
import { utf8 } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';

/** More than anybody's files ask for; at most some ten seconds of work. */
const MAX_ROUNDS = 10_000_000;

export interface Rounds {
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** Throws pki.import-derivation. */
export function checkRounds({ iterations }: Rounds): void {
  if (iterations < 1 || iterations > MAX_ROUNDS) {
    throw new AppError('pki.import-derivation', { details: { iterations, limit: MAX_ROUNDS } });
  }
}

export async function pbkdf2(
  password: string,
  rounds: Rounds & { readonly hash: string; readonly sizeBytes: number },
  crypto: Crypto,
): Promise<Bytes> {
  checkRounds(rounds);
  const { hash, iterations, sizeBytes } = rounds;
  const base = await crypto.subtle.importKey('raw', utf8(password), 'PBKDF2', false, ['deriveBits']);
  const how = { name: 'PBKDF2', hash, iterations, salt: Uint8Array.from(rounds.salt) };
  return new Uint8Array(await crypto.subtle.deriveBits(how, base, sizeBytes * 8));
}
