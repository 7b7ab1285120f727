/** Block ciphers in CBC mode with PKCS#7 padding: by WebCrypto where it has them, the old ones by a library on demand. */
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';

export interface Cipher {
  readonly name: 'AES-128-CBC' | 'AES-192-CBC' | 'AES-256-CBC' | '3DES-CBC' | 'DES-CBC' | 'RC2-CBC';
  readonly keyBytes: number;
  readonly blockBytes: 8 | 16;
  /** RC2 only: how many bits of the key count. */
  readonly effectiveBits?: number;
}

export const ciphers = {
  aes128: { name: 'AES-128-CBC', keyBytes: 16, blockBytes: 16 },
  aes192: { name: 'AES-192-CBC', keyBytes: 24, blockBytes: 16 },
  aes256: { name: 'AES-256-CBC', keyBytes: 32, blockBytes: 16 },
  tripleDes: { name: '3DES-CBC', keyBytes: 24, blockBytes: 8 },
  des: { name: 'DES-CBC', keyBytes: 8, blockBytes: 8 },
  rc2With40: { name: 'RC2-CBC', keyBytes: 5, blockBytes: 8, effectiveBits: 40 },
  rc2With128: { name: 'RC2-CBC', keyBytes: 16, blockBytes: 8, effectiveBits: 128 },
} as const satisfies Record<string, Cipher>;

export interface Sealed {
  readonly cipher: Cipher;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/**
 * The plain bytes. Throws pki.import-password-wrong where the padding does not come out (a wrong password may pass by
 * chance: callers parse before they believe), pki.import-damaged where no password could help.
 */
export async function decrypt(sealed: Sealed, key: Bytes, crypto: Crypto): Promise<Bytes> {
  const { cipher, iv, ciphertext } = sealed;
  if (
    iv.length !== cipher.blockBytes ||
    ciphertext.length === 0 ||
    ciphertext.length % cipher.blockBytes !== 0
  ) {
    throw new AppError('pki.import-damaged', {
      details: { what: 'the encrypted part', why: 'its length does not fit its cipher' },
    });
  }
  // Chromium has no AES with 192 bits.
  if (cipher.name === 'AES-128-CBC' || cipher.name === 'AES-256-CBC') return decryptAes(sealed, key, crypto);
  const { decryptOld } = await import('./old-ciphers.ts');
  const plain = decryptOld(sealed, key);
  if (plain === null) throw new AppError('pki.import-password-wrong');
  return plain;
}

async function decryptAes({ iv, ciphertext }: Sealed, key: Bytes, crypto: Crypto): Promise<Bytes> {
  const aes = await crypto.subtle.importKey('raw', key, 'AES-CBC', false, ['decrypt']);
  try {
    const how = { name: 'AES-CBC', iv: Uint8Array.from(iv) };
    return new Uint8Array(await crypto.subtle.decrypt(how, aes, Uint8Array.from(ciphertext)));
  } catch {
    throw new AppError('pki.import-password-wrong');
  }
}
