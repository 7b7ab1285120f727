/** What is signed and how: the three-part SEQUENCE that certificates, requests and revocation lists share. */
import type { Bytes } from '../shared/bytes.ts';
import { bitString, sequence, unsignedInteger } from './der.ts';
import { signatureSchemeOf } from './key-algorithms.ts';

/** SEQUENCE { body, algorithm, signature }, the body being DER already. */
export async function signed(body: Bytes, signingKey: CryptoKey, crypto: Crypto): Promise<Bytes> {
  const { identifier, parameters } = signatureSchemeOf(signingKey);
  const raw = new Uint8Array(await crypto.subtle.sign(parameters, signingKey, body));
  const signature = signingKey.algorithm.name === 'ECDSA' ? derSignature(raw) : raw;
  return sequence(body, identifier, bitString(signature));
}

/** The AlgorithmIdentifier that the body of a certificate or list repeats. */
export const signatureIdentifier = (signingKey: CryptoKey): Bytes => signatureSchemeOf(signingKey).identifier;

/** WebCrypto signs as r ‖ s; certificates carry SEQUENCE { r, s }. */
function derSignature(raw: Uint8Array): Bytes {
  const half = raw.length / 2;
  return sequence(unsignedInteger(raw.subarray(0, half)), unsignedInteger(raw.subarray(half)));
}
