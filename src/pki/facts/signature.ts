/** Whether a public key made a signature, by WebCrypto. */
import type { Bytes } from '../../shared/bytes.ts';
import { TAG } from '../der.ts';
import type { SignedParts } from './structure.ts';
import { wholeSequence } from './fields.ts';
import type { PublicKeyFacts } from './public-key.ts';

/** `unknown`: the algorithm is one that WebCrypto does not have, such as MD5 or a rare curve. */
export type SignatureVerdict = 'good' | 'bad' | 'unknown';

const curveBytes: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

export async function checkSignature(
  parts: SignedParts,
  key: PublicKeyFacts,
  crypto: Crypto,
): Promise<SignatureVerdict> {
  const { key: expected, digest } = parts.signatureAlgorithm;
  if (expected === 'other' || digest === 'MD5' || digest === 'SHA-224') return 'unknown';
  if (expected !== key.kind) return 'bad';
  try {
    const how = algorithmOf(key, digest ?? '');
    const publicKey = await crypto.subtle.importKey('spki', key.spki, how, false, ['verify']);
    const signature =
      key.kind === 'EC' ? rawSignature(parts.signature, curveBytes[key.curve ?? '']) : parts.signature;
    return (await crypto.subtle.verify(how, publicKey, signature, parts.signed)) ? 'good' : 'bad';
  } catch (thrown) {
    return thrown instanceof RangeError ? 'bad' : 'unknown';
  }
}

function algorithmOf(key: PublicKeyFacts, hash: string): { name: string; hash: string; namedCurve?: string } {
  if (key.kind === 'RSA') return { name: 'RSASSA-PKCS1-v1_5', hash };
  if (key.kind === 'EC') return { name: 'ECDSA', hash, namedCurve: key.curve ?? '' };
  return { name: 'Ed25519', hash };
}

/** SEQUENCE { r, s } as WebCrypto's r ‖ s. */
function rawSignature(der: Uint8Array, sizeBytes = 0): Bytes {
  const fields = wholeSequence(der);
  const raw = new Uint8Array(2 * sizeBytes);
  for (const end of [sizeBytes, 2 * sizeBytes]) {
    const { content } = fields.take(TAG.INTEGER);
    const number = content.subarray(Math.max(content.length - sizeBytes, 0));
    raw.set(number, end - number.length);
  }
  return raw;
}
