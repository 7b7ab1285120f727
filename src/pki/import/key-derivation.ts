/**
 * Passwords into keys by the old ways: PBKDF1 (RFC 8018), PKCS#12's own (RFC 7292 B) and OpenSSL's oldest
 * (EVP_BytesToKey, one round of MD5). Decrypts nothing.
 */
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8 } from '../../shared/bytes.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { checkRounds, type Rounds } from './pbkdf2.ts';

interface Digest {
  (bytes: Uint8Array): Uint8Array;
  readonly blockLen: number;
}

export type Pkcs12Digest = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512' | 'MD5';

const digests: Readonly<Record<Pkcs12Digest, Digest>> = {
  MD5: md5,
  'SHA-1': sha1,
  'SHA-256': sha256,
  'SHA-384': sha384,
  'SHA-512': sha512,
};

/** At most 16 (MD5) or 20 bytes. */
export function pbkdf1(password: string, rounds: Rounds & { readonly digest: 'MD5' | 'SHA-1' }): Bytes {
  checkRounds(rounds);
  const hash = digests[rounds.digest];
  let block = hash(concatBytes([utf8(password), rounds.salt]));
  for (let i = 1; i < rounds.iterations; i++) block = hash(block);
  return Uint8Array.from(block);
}

/** One round: the salt is the first 8 bytes of the cipher's initial vector. */
export function evpBytesToKey(password: string, salt: Uint8Array, sizeBytes: number): Bytes {
  const seed = concatBytes([utf8(password), salt]);
  let block: Uint8Array = new Uint8Array();
  let key = new Uint8Array();
  while (key.length < sizeBytes) {
    block = md5(concatBytes([block, seed]));
    key = concatBytes([key, block]);
  }
  return key.slice(0, sizeBytes);
}

/** UTF-16 big-endian with a final zero, as PKCS#12 wants passwords. */
export function bmpPassword(password: string): Bytes {
  const units = Array.from({ length: password.length }, (_, i) => password.charCodeAt(i));
  return Uint8Array.from([...units, 0].flatMap((unit) => [unit >> 8, unit & 0xff]));
}

export const PKCS12_KEY = 1;
export const PKCS12_IV = 2;
export const PKCS12_MAC = 3;

/** RFC 7292 B.2; `purpose` is one of the three above, `password` in {@link bmpPassword}'s form. */
export function pkcs12Kdf(
  password: Uint8Array,
  rounds: Rounds & { readonly digest: Pkcs12Digest; readonly purpose: number; readonly sizeBytes: number },
): Bytes {
  checkRounds(rounds);
  const hash = digests[rounds.digest];
  const { blockLen: blockBytes } = hash;
  const diversifier = new Uint8Array(blockBytes).fill(rounds.purpose);
  const input = concatBytes([fillUp(rounds.salt, blockBytes), fillUp(password, blockBytes)]);
  let out = new Uint8Array();
  while (out.length < rounds.sizeBytes) {
    let block = hash(concatBytes([diversifier, input]));
    for (let i = 1; i < rounds.iterations; i++) block = hash(block);
    out = concatBytes([out, block]);
    addToEach(input, block, blockBytes);
  }
  return out.slice(0, rounds.sizeBytes);
}

/** Repeats `bytes` up to whole blocks. */
function fillUp(bytes: Uint8Array, blockBytes: number): Bytes {
  const sizeBytes = Math.ceil(bytes.length / blockBytes) * blockBytes;
  return Uint8Array.from({ length: sizeBytes }, (_, i) => bytes[i % bytes.length] ?? 0);
}

/** Each block of `input` plus `block` plus one, modulo its size. */
function addToEach(input: Uint8Array, block: Uint8Array, blockBytes: number): void {
  for (let start = 0; start < input.length; start += blockBytes) {
    let carry = 1;
    for (let i = blockBytes - 1; i >= 0; i--) {
      const sum = (input[start + i] ?? 0) + (block[i % block.length] ?? 0) + carry;
      input[start + i] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
