/**
 * The arithmetic of a rotation for the virtual board: what BearSSL does on the chip. WebCrypto has it too, but answers
 * later, and the firmware's loop cannot wait. A bundle of its own: only a board that starts fetches it.
 */
import { gcm } from '@noble/ciphers/aes.js';
import { p256 } from '@noble/curves/nist.js';

/** The uncompressed public point (65 bytes) of a private scalar (32 bytes); null when the number is none. */
export const publicPoint = (scalar: Uint8Array): Uint8Array | null =>
  p256.utils.isValidSecretKey(scalar) ? p256.getPublicKey(scalar, false) : null;

/** Deterministic ECDSA (RFC 6979) over a SHA-256 digest: r and s, 64 bytes. The scalar is one that publicPoint took. */
export const signDigest = (scalar: Uint8Array, digest: Uint8Array): Uint8Array =>
  p256.sign(digest, scalar, { prehash: false, lowS: false });

export interface SealedBytes {
  /** 32 bytes: AES-256. */
  readonly key: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  readonly additional: Uint8Array;
  /** Ciphertext and 16 bytes of tag. */
  readonly sealed: Uint8Array;
}

/** What was sealed by AES-GCM, or null when the tag is wrong. */
export function openSealed({ key, nonce, additional, sealed }: SealedBytes): Uint8Array | null {
  try {
    return gcm(key, nonce, additional).decrypt(sealed);
  } catch {
    return null; // the library throws for a wrong tag and for fewer bytes than a tag
  }
}
