/**
 * A rotation's messages on the page's side (docs/contracts.md, "Rotation"): files cut into parts, the secret ones sealed
 * for the device. Knows nothing of certificates, nor of when what is sent.
 */
import { concatBytes, toBase64, toHex, utf8, type Bytes } from '../shared/bytes.ts';

/** The private key is never sent. */
export type RotatedFile = 'cfg' | 'ca' | 'crt' | 'mac';

/** The arguments of one `slot.put`. */
export type SlotPart = {
  readonly f: RotatedFile;
  readonly i: number;
  readonly of: number;
  readonly sha: string;
  readonly b64: string;
};

/** Bytes of the file in one part; a file has at most maxParts of them. */
export const partSizeBytes = 1024;
export const maxParts = 5;

const sealNonceBytes = 12;
const isSecret = (file: RotatedFile): boolean => file === 'cfg' || file === 'mac';

interface SealKeys {
  readonly encrypt: CryptoKey;
  readonly authenticate: CryptoKey;
}

async function deriveSealKeys(commandKey: Bytes): Promise<SealKeys> {
  const material = await crypto.subtle.importKey('raw', commandKey, 'HKDF', false, ['deriveBits']);
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: utf8('signet-seal-1') };
  const raw = await crypto.subtle.deriveBits(hkdf, material, 256);
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  return {
    encrypt: await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']),
    authenticate: await crypto.subtle.importKey('raw', raw, hmac, false, ['sign']),
  };
}

/** `topic` is the device's `cmd` topic; `commandKey` the 32 bytes that also sign the commands. */
export interface PartTarget {
  readonly topic: string;
  readonly commandKey: Bytes;
}

/**
 * The `slot.put` arguments that bring one file, in order.
 * @throws RangeError when the file is empty or larger than maxParts parts.
 */
export async function slotParts(file: RotatedFile, content: Bytes, target: PartTarget): Promise<SlotPart[]> {
  const of = Math.ceil(content.length / partSizeBytes);
  if (of < 1 || of > maxParts) throw new RangeError(`${file}: ${content.length} bytes`);
  const keys = isSecret(file) ? await deriveSealKeys(target.commandKey) : null;
  const digest = keys
    ? await crypto.subtle.sign('HMAC', keys.authenticate, content)
    : await crypto.subtle.digest('SHA-256', content);
  const sha = toHex(new Uint8Array(digest));
  const parts: SlotPart[] = [];
  for (let i = 0; i < of; i++) {
    const plain = content.slice(i * partSizeBytes, (i + 1) * partSizeBytes);
    const label = `signet-seal-1\n${target.topic}\n${file}\n${i}\n${of}`;
    const bytes = keys ? await sealPart(keys.encrypt, plain, label) : plain;
    parts.push({ f: file, i, of, sha, b64: toBase64(bytes) });
  }
  return parts;
}

async function sealPart(key: CryptoKey, plain: Bytes, label: string): Promise<Bytes> {
  const iv = crypto.getRandomValues(new Uint8Array(sealNonceBytes));
  const options = { name: 'AES-GCM', iv, additionalData: utf8(label) };
  return concatBytes([iv, new Uint8Array(await crypto.subtle.encrypt(options, key, plain))]);
}

/** The seed of `key.new`: 32 fresh random bytes, hex. */
export const newKeySeed = (): string => toHex(crypto.getRandomValues(new Uint8Array(32)));
