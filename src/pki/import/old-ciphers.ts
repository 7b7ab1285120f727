/**
 * Ciphers that WebCrypto lacks (DES, 3DES, RC2, AES with 192 bits), by node-forge (docs/decisions/0031). Loaded only when
 * a file needs one; for reading, except the compatible PKCS#12's 3DES.
 */
import forge from 'node-forge/lib/forge.js';
import 'node-forge/lib/aes.js';
import 'node-forge/lib/des.js';
import 'node-forge/lib/rc2.js';
import type { Bytes } from '../../shared/bytes.ts';
import type { Cipher, Sealed } from './ciphers.ts';

/** Null where the padding does not come out. */
export function decryptOld({ cipher, iv, ciphertext }: Sealed, key: Bytes): Bytes | null {
  const decipher =
    cipher.name === 'RC2-CBC'
      ? forge.rc2.createDecryptionCipher(binary(key), cipher.effectiveBits ?? 128)
      : forge.cipher.createDecipher(forgeName(cipher), forge.util.createBuffer(binary(key)));
  startWith(decipher, cipher, iv);
  decipher.update(forge.util.createBuffer(binary(ciphertext)));
  return decipher.finish() ? bytesOf(decipher.output.getBytes()) : null;
}

/** 3DES with padding, for PKCS#12 files that old systems open. */
export function encryptTripleDes(plain: Uint8Array, key: Uint8Array, iv: Uint8Array): Bytes {
  const cipher = forge.cipher.createCipher('3DES-CBC', forge.util.createBuffer(binary(key)));
  cipher.start({ iv: binary(iv) });
  cipher.update(forge.util.createBuffer(binary(plain)));
  cipher.finish();
  return bytesOf(cipher.output.getBytes());
}

/** RC2's cipher takes the vector itself, the others take options. */
function startWith(decipher: forge.Cipher, cipher: Cipher, iv: Uint8Array): void {
  decipher.start(cipher.name === 'RC2-CBC' ? binary(iv) : { iv: binary(iv) });
}

const forgeName = (cipher: Cipher): string => (cipher.name.startsWith('AES') ? 'AES-CBC' : cipher.name);

/** forge's strings hold one byte a character. */
const binary = (bytes: Uint8Array): string =>
  Array.from(bytes, (octet) => String.fromCharCode(octet)).join('');
const bytesOf = (text: string): Bytes => Uint8Array.from(text, (character) => character.charCodeAt(0));
