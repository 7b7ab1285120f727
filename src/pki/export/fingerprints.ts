/** Fingerprints and pins in the spellings that people compare and paste. */
import { toBase64, toHex } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';

export interface Fingerprint {
  readonly digest: Bytes;
  /** "AB:CD:…" as OpenSSL writes it. */
  readonly colons: string;
  /** "AB CD …", as the sketches of S4 have it. */
  readonly spaces: string;
}

/** Over the certificate's DER. */
export async function fingerprint(
  der: Bytes,
  hash: 'SHA-1' | 'SHA-256',
  crypto: Crypto,
): Promise<Fingerprint> {
  const digest = new Uint8Array(await crypto.subtle.digest(hash, der));
  const pairs = toHex(digest).toUpperCase().match(/../g) ?? [];
  return { digest, colons: pairs.join(':'), spaces: pairs.join(' ') };
}

/** SHA-256 over SubjectPublicKeyInfo: it stays the same when the certificate is renewed with its key. */
export async function publicKeyPin(spki: Bytes, crypto: Crypto): Promise<{ hex: string; base64: string }> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', spki));
  return { hex: toHex(digest), base64: toBase64(digest) };
}
