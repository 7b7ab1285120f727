/** An authority as those it signs see it: its name's own bytes, its key's identifier, its end. Signs nothing. */
import { fromHex, type Bytes } from '../shared/bytes.ts';
import { writableNames, type AltName } from './alt-names.ts';
import { certificateParts, extensionsOf } from './certificate-fields.ts';
import { readAll, readTlv } from './der.ts';
import { commonNameOf } from './distinguished-name.ts';

/** What an issuer's certificate hands to those it signs. */
export interface IssuerFacts {
  /** The subject's own DER bytes: verifiers compare names byte for byte. */
  readonly subject: Bytes;
  readonly commonName: string;
  readonly keyId: Bytes;
  readonly notAfterMs: number;
  /** Name constraints; null for none. */
  readonly permittedNames: readonly AltName[] | null;
}

/** An authority ready to sign. */
export interface Issuer extends IssuerFacts {
  readonly signingKey: CryptoKey;
}

/**
 * An authority as an issuer; the key is not extractable. One without a key identifier (X.509 v1) gets the one that its
 * key would have. Throws pki.certificate-format.
 */
export async function issuerFrom(
  authorityDer: Uint8Array,
  signingKey: CryptoKey,
  crypto: Crypto,
): Promise<Issuer> {
  return { ...(await issuerFacts(authorityDer, crypto)), signingKey };
}

/** As {@link issuerFrom}, without the key. */
export async function issuerFacts(authorityDer: Uint8Array, crypto: Crypto): Promise<IssuerFacts> {
  const parts = certificateParts(authorityDer);
  const { subjectKeyIdHex, nameConstraints } = extensionsOf(parts);
  return {
    subject: Uint8Array.from(parts.subject),
    commonName: commonNameOf(parts.subject),
    keyId: subjectKeyIdHex === null ? await keyIdOf(parts.publicKeyInfo, crypto) : fromHex(subjectKeyIdHex),
    notAfterMs: parts.notAfterMs,
    permittedNames: nameConstraints && writableNames(nameConstraints.permitted),
  };
}

/** RFC 5280 4.2.1.2, method 1: SHA-1 over the public key's bits. */
export async function keyIdOf(publicKeyInfo: Uint8Array, crypto: Crypto): Promise<Bytes> {
  const [, key] = readAll(readTlv(publicKeyInfo).content);
  const bits = Uint8Array.from(key?.content.subarray(1) ?? []);
  return new Uint8Array(await crypto.subtle.digest('SHA-1', bits));
}
