/**
 * A certificate's own bytes taken apart as far as issuing needs it: names, serial, dates, public key, extensions. Judges
 * nothing and shows nothing; that is reading.ts.
 */
import { AppError } from '../shared/errors.ts';
import { readGeneralNames, type AltName } from './alt-names.ts';
import { dottedIdentifier, expectTag, readAll, readTime, readTlv, TAG, type Tlv } from './der.ts';
import { extensionIds, extendedKeyPurposes, keyUsages } from './extensions.ts';
import type { ExtendedKeyPurpose, KeyUsage } from './extensions.ts';

export interface CertificateParts {
  readonly version: 1 | 2 | 3;
  /** The INTEGER's content, as it stands. */
  readonly serial: Uint8Array;
  /** DER of each: verifiers compare names byte for byte. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKeyInfo: Uint8Array;
  readonly extensions: ReadonlyMap<string, ExtensionValue>;
}

export interface ExtensionValue {
  readonly critical: boolean;
  /** DER inside the OCTET STRING. */
  readonly value: Uint8Array;
}

/** Views of `der`. Throws pki.certificate-format. */
export function certificateParts(der: Uint8Array): CertificateParts {
  try {
    const [tbs] = readAll(expectTag(readTlv(der), TAG.SEQUENCE).content);
    const fields = readAll(expectTag(tbs, TAG.SEQUENCE).content);
    const hasVersion = fields[0]?.tag === 0xa0;
    const [serial, , issuer, validity, subject, publicKeyInfo, ...rest] = hasVersion
      ? fields.slice(1)
      : fields;
    const [notBefore, notAfter] = readAll(expectTag(validity, TAG.SEQUENCE).content);
    const extensions = rest.find(({ tag }) => tag === 0xa3);
    return {
      version: ((hasVersion ? (readTlv(fields[0]?.content ?? new Uint8Array(0)).content[0] ?? 0) : 0) + 1) as
        1 | 2 | 3,
      serial: expectTag(serial, TAG.INTEGER).content,
      issuer: expectTag(issuer, TAG.SEQUENCE).whole,
      subject: expectTag(subject, TAG.SEQUENCE).whole,
      notBeforeMs: readTime(notBefore),
      notAfterMs: readTime(notAfter),
      publicKeyInfo: expectTag(publicKeyInfo, TAG.SEQUENCE).whole,
      extensions: extensions ? readExtensions(readTlv(extensions.content)) : new Map(),
    };
  } catch {
    // No cause: what was taken for a certificate may be somebody's key.
    throw new AppError('pki.certificate-format');
  }
}

/** By dotted identifier, from the SEQUENCE OF Extension. Throws RangeError. */
export function readExtensions(list: Tlv): Map<string, ExtensionValue> {
  return new Map(
    readAll(expectTag(list, TAG.SEQUENCE).content).map(({ content }) => {
      const [oid, ...rest] = readAll(content);
      const value = expectTag(rest.at(-1), TAG.OCTET_STRING).content;
      const id = dottedIdentifier(expectTag(oid, TAG.OBJECT_IDENTIFIER).content);
      return [id, { critical: rest.length > 1, value }];
    }),
  );
}

type Extensions = Pick<CertificateParts, 'extensions'>;

const valueOf = ({ extensions }: Extensions, id: string): Uint8Array | undefined => extensions.get(id)?.value;

/** CA:TRUE or not, and its path length; null without the extension, as in X.509 v1. */
export function authorityOf(parts: Extensions): { isAuthority: boolean; pathLength: number | null } | null {
  const value = valueOf(parts, extensionIds.basicConstraints);
  if (!value) return null;
  const [isAuthority, pathLength] = readAll(readTlv(value).content);
  return {
    isAuthority: isAuthority?.tag === TAG.BOOLEAN && isAuthority.content[0] !== 0,
    pathLength: pathLength?.tag === TAG.INTEGER ? (pathLength.content[0] ?? 0) : null,
  };
}

export function altNamesOf(parts: Extensions): AltName[] {
  const value = valueOf(parts, extensionIds.subjectAltName);
  return value ? readGeneralNames(value) : [];
}

/** Null without the extension: every usage. */
export function keyUsageOf(parts: Extensions): KeyUsage[] | null {
  const value = valueOf(parts, extensionIds.keyUsage);
  if (!value) return null;
  const [, bits = 0] = readTlv(value).content;
  return keyUsages.filter((_, n) => (bits & (0x80 >> n)) !== 0);
}

/** Those we know by name; empty without the extension. */
export function extendedKeyUsageOf(parts: Extensions): ExtendedKeyPurpose[] {
  const value = valueOf(parts, extensionIds.extendedKeyUsage);
  const found = value ? readAll(readTlv(value).content).map(({ content }) => dottedIdentifier(content)) : [];
  return (Object.keys(extendedKeyPurposes) as ExtendedKeyPurpose[]).filter((name) =>
    found.includes(extendedKeyPurposes[name]),
  );
}

/** The subject's key identifier; undefined where there is none. */
export function subjectKeyIdOf(parts: Extensions): Uint8Array | undefined {
  const value = valueOf(parts, extensionIds.subjectKeyIdentifier);
  return value && readTlv(value).content;
}

/** Permitted subtrees of the name constraints; null without the extension: every name. */
export function permittedNamesOf(parts: Extensions): AltName[] | null {
  const value = valueOf(parts, extensionIds.nameConstraints);
  if (!value) return null;
  const permitted = readAll(readTlv(value).content).find(({ tag }) => tag === 0xa0);
  return readAll(permitted?.content ?? new Uint8Array(0)).flatMap((subtree) =>
    readGeneralNames(subtree.whole),
  );
}
