/** Object identifiers by the names people know from OpenSSL. A table. */

/** How a signature is made: which key, which digest, and its weakness. */
export interface SignatureAlgorithm {
  readonly oid: string;
  /** OpenSSL's name, for example "sha256WithRSAEncryption"; the dotted text where it has none here. */
  readonly name: string;
  readonly key: 'RSA' | 'EC' | 'Ed25519' | 'other';
  /** As WebCrypto spells it; null where the digest is fixed by the key or unknown. */
  readonly digest: 'MD5' | 'SHA-1' | 'SHA-224' | 'SHA-256' | 'SHA-384' | 'SHA-512' | null;
}

type SignatureRow = readonly [oid: string, row: Omit<SignatureAlgorithm, 'oid'>];

const signatures: readonly SignatureRow[] = [
  ['1.2.840.113549.1.1.4', { name: 'md5WithRSAEncryption', key: 'RSA', digest: 'MD5' }],
  ['1.2.840.113549.1.1.5', { name: 'sha1WithRSAEncryption', key: 'RSA', digest: 'SHA-1' }],
  ['1.2.840.113549.1.1.14', { name: 'sha224WithRSAEncryption', key: 'RSA', digest: 'SHA-224' }],
  ['1.2.840.113549.1.1.11', { name: 'sha256WithRSAEncryption', key: 'RSA', digest: 'SHA-256' }],
  ['1.2.840.113549.1.1.12', { name: 'sha384WithRSAEncryption', key: 'RSA', digest: 'SHA-384' }],
  ['1.2.840.113549.1.1.13', { name: 'sha512WithRSAEncryption', key: 'RSA', digest: 'SHA-512' }],
  ['1.2.840.113549.1.1.10', { name: 'rsassaPss', key: 'other', digest: null }],
  ['1.2.840.10045.4.1', { name: 'ecdsa-with-SHA1', key: 'EC', digest: 'SHA-1' }],
  ['1.2.840.10045.4.3.1', { name: 'ecdsa-with-SHA224', key: 'EC', digest: 'SHA-224' }],
  ['1.2.840.10045.4.3.2', { name: 'ecdsa-with-SHA256', key: 'EC', digest: 'SHA-256' }],
  ['1.2.840.10045.4.3.3', { name: 'ecdsa-with-SHA384', key: 'EC', digest: 'SHA-384' }],
  ['1.2.840.10045.4.3.4', { name: 'ecdsa-with-SHA512', key: 'EC', digest: 'SHA-512' }],
  ['1.2.840.10040.4.3', { name: 'dsaWithSHA1', key: 'other', digest: 'SHA-1' }],
  ['2.16.840.1.101.3.4.3.2', { name: 'dsa_with_SHA256', key: 'other', digest: 'SHA-256' }],
  ['1.3.101.112', { name: 'ED25519', key: 'Ed25519', digest: null }],
  ['1.3.101.113', { name: 'ED448', key: 'other', digest: null }],
];

const signatureByOid = new Map(signatures.map(([oid, row]) => [oid, row]));

export function signatureAlgorithm(oid: string): SignatureAlgorithm {
  return { oid, ...(signatureByOid.get(oid) ?? { name: oid, key: 'other', digest: null }) };
}

/** Attribute types of names, short as OpenSSL prints them. */
const attributeTypes = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'street'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.42', 'GN'],
  ['2.5.4.46', 'dnQualifier'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
]);

export const attributeType = (oid: string): string => attributeTypes.get(oid) ?? oid;

const purposes = new Map([
  ['1.3.6.1.5.5.7.3.1', 'serverAuth'],
  ['1.3.6.1.5.5.7.3.2', 'clientAuth'],
  ['1.3.6.1.5.5.7.3.3', 'codeSigning'],
  ['1.3.6.1.5.5.7.3.4', 'emailProtection'],
  ['1.3.6.1.5.5.7.3.8', 'timeStamping'],
  ['1.3.6.1.5.5.7.3.9', 'OCSPSigning'],
  ['2.5.29.37.0', 'anyExtendedKeyUsage'],
]);

export const purposeName = (oid: string): string => purposes.get(oid) ?? oid;

const curves = new Map([
  ['1.2.840.10045.3.1.7', { name: 'P-256', bits: 256 }],
  ['1.3.132.0.34', { name: 'P-384', bits: 384 }],
  ['1.3.132.0.35', { name: 'P-521', bits: 521 }],
  ['1.3.132.0.10', { name: 'secp256k1', bits: 256 }],
  ['1.2.840.10045.3.1.1', { name: 'P-192', bits: 192 }],
  ['1.3.132.0.33', { name: 'P-224', bits: 224 }],
  ['1.3.36.3.3.2.8.1.1.7', { name: 'brainpoolP256r1', bits: 256 }],
  ['1.3.36.3.3.2.8.1.1.11', { name: 'brainpoolP384r1', bits: 384 }],
]);

export const curveOf = (oid: string): { readonly name: string; readonly bits: number | null } =>
  curves.get(oid) ?? { name: oid, bits: null };

const extensionNames = new Map([
  ['2.5.29.14', 'Subject Key Identifier'],
  ['2.5.29.15', 'Key Usage'],
  ['2.5.29.17', 'Subject Alternative Name'],
  ['2.5.29.18', 'Issuer Alternative Name'],
  ['2.5.29.19', 'Basic Constraints'],
  ['2.5.29.20', 'CRL Number'],
  ['2.5.29.21', 'CRL Reason'],
  ['2.5.29.27', 'Delta CRL Indicator'],
  ['2.5.29.28', 'Issuing Distribution Point'],
  ['2.5.29.30', 'Name Constraints'],
  ['2.5.29.31', 'CRL Distribution Points'],
  ['2.5.29.32', 'Certificate Policies'],
  ['2.5.29.35', 'Authority Key Identifier'],
  ['2.5.29.36', 'Policy Constraints'],
  ['2.5.29.37', 'Extended Key Usage'],
  ['2.5.29.54', 'Inhibit Any Policy'],
  ['1.3.6.1.5.5.7.1.1', 'Authority Information Access'],
  ['1.3.6.1.5.5.7.1.24', 'TLS Feature'],
  ['2.16.840.1.113730.1.1', 'Netscape Cert Type'],
  ['2.16.840.1.113730.1.13', 'Netscape Comment'],
  ['1.3.6.1.4.1.11129.2.4.2', 'Signed Certificate Timestamps'],
]);

export const extensionName = (oid: string): string => extensionNames.get(oid) ?? oid;

/** What may be met and cannot be used: named in the error instead of by digits. */
const algorithms = new Map([
  ['1.2.840.10040.4.1', 'DSA'],
  ['1.2.840.113549.1.3.1', 'Diffie-Hellman'],
  ['1.3.101.110', 'X25519'],
  ['1.3.101.111', 'X448'],
  ['1.3.101.113', 'Ed448'],
  ['1.2.840.113549.1.1.10', 'RSA-PSS'],
  ['1.2.840.113549.1.12.1.1', 'RC4 (128 bits)'],
  ['1.2.840.113549.1.12.1.2', 'RC4 (40 bits)'],
  ['1.2.840.113549.1.5.1', 'MD2 with DES'],
  ['1.2.840.113549.1.5.4', 'MD2 with RC2'],
  ['1.2.840.113549.1.5.6', 'MD5 with RC2'],
  ['1.2.840.113549.1.5.11', 'SHA-1 with RC2'],
  ['1.3.6.1.4.1.11591.4.11', 'scrypt'],
  ['1.2.840.113549.1.5.14', 'PBMAC1'],
  ['1.2.840.113549.3.2', 'RC2'],
  ['1.2.840.113549.3.4', 'RC4'],
  ['1.2.392.200011.61.1.1.1.2', 'Camellia-128'],
  ['1.2.392.200011.61.1.1.1.3', 'Camellia-192'],
  ['1.2.392.200011.61.1.1.1.4', 'Camellia-256'],
  ['1.2.410.200004.1.4', 'SEED'],
  ['1.2.410.200046.1.1.2', 'ARIA-128'],
  ['1.2.410.200046.1.1.12', 'ARIA-256'],
  ['2.16.840.1.101.3.4.1.6', 'AES-128-GCM'],
  ['2.16.840.1.101.3.4.1.46', 'AES-256-GCM'],
  ['1.2.840.113549.2.8', 'HMAC-SHA-224'],
  ['1.2.643.7.1.1.4.2', 'GOST'],
]);

export const algorithmName = (oid: string): string => algorithms.get(oid) ?? `the algorithm ${oid}`;
