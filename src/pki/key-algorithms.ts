/**
 * The kinds of keys that authorities and certificates may have, as WebCrypto and X.509 name them. A table; knows no
 * key.
 */
import type { KeyAlgorithm } from '../project/entities.ts';
import type { Bytes } from '../shared/bytes.ts';
import { derNull, objectIdentifier, sequence } from './der.ts';

/** What WebCrypto is told to make or import a key of this kind. */
export type KeyParameters = EcKeyImportParams | RsaHashedKeyGenParams;

/** What WebCrypto is told to sign with it. */
export type SigningParameters = EcdsaParams | Algorithm;

interface AlgorithmFacts {
  readonly name: string;
  readonly parameters: KeyParameters;
  /** The two ends of an ECDSA signature as WebCrypto gives it, in bytes; null for RSA, whose signature is one piece. */
  readonly scalarBytes: number | null;
}

const rsa = (bits: number): AlgorithmFacts => ({
  name: `RSA-${bits}`,
  parameters: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: bits,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
  scalarBytes: null,
});

export const keyAlgorithms: Readonly<Record<KeyAlgorithm, AlgorithmFacts>> = {
  p256: { name: 'P-256', parameters: { name: 'ECDSA', namedCurve: 'P-256' }, scalarBytes: 32 },
  p384: { name: 'P-384', parameters: { name: 'ECDSA', namedCurve: 'P-384' }, scalarBytes: 48 },
  rsa2048: rsa(2048),
  rsa3072: rsa(3072),
  rsa4096: rsa(4096),
};

export const isRsa = (algorithm: KeyAlgorithm): boolean => keyAlgorithms[algorithm].scalarBytes === null;

/** The AlgorithmIdentifier of a signature (RFC 5758, RFC 4055) and how WebCrypto makes it. */
export interface SignatureScheme {
  readonly identifier: Bytes;
  readonly parameters: SigningParameters;
}

const ecdsaWithSha256: SignatureScheme = {
  identifier: sequence(objectIdentifier('1.2.840.10045.4.3.2')),
  parameters: { name: 'ECDSA', hash: 'SHA-256' },
};
const ecdsaWithSha384: SignatureScheme = {
  identifier: sequence(objectIdentifier('1.2.840.10045.4.3.3')),
  parameters: { name: 'ECDSA', hash: 'SHA-384' },
};
const sha256WithRsa: SignatureScheme = {
  identifier: sequence(objectIdentifier('1.2.840.113549.1.1.11'), derNull),
  parameters: { name: 'RSASSA-PKCS1-v1_5' },
};

/** How a key signs certificates: SHA-256, and SHA-384 with P-384. */
export function signatureSchemeOf(key: CryptoKey): SignatureScheme {
  if (key.algorithm.name !== 'ECDSA') return sha256WithRsa;
  return 'namedCurve' in key.algorithm && key.algorithm.namedCurve === 'P-384'
    ? ecdsaWithSha384
    : ecdsaWithSha256;
}
