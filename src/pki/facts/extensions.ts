/** X.509 v3 extensions read (RFC 5280 4.2.1): those that decide whether a certificate works, the rest by name only. */
import { toHex } from '../../shared/bytes.ts';
import { dottedIdentifier, readAll, readTlv, TAG } from '../der.ts';
import type { Tlv } from '../der.ts';
import { keyUsages, type KeyUsage } from '../extensions.ts';
import { readAltName, readAltNames, type AltNameFacts } from './alt-names.ts';
import { Fields } from './fields.ts';
import { extensionName, purposeName } from './object-identifiers.ts';

interface Critical {
  readonly isCritical: boolean;
}

/** What the known extensions say; null where the certificate has none. */
export interface ExtensionFacts {
  readonly basicConstraints:
    (Critical & { readonly isAuthority: boolean; readonly pathLength: number | null }) | null;
  readonly keyUsage: (Critical & { readonly usages: readonly KeyUsage[] }) | null;
  /** Names as OpenSSL has them: serverAuth, clientAuth …, else dotted. */
  readonly extendedKeyUsage: (Critical & { readonly purposes: readonly string[] }) | null;
  readonly subjectAltNames: (Critical & { readonly names: readonly AltNameFacts[] }) | null;
  readonly nameConstraints:
    | (Critical & { readonly permitted: readonly AltNameFacts[]; readonly excluded: readonly AltNameFacts[] })
    | null;
  readonly subjectKeyIdHex: string | null;
  readonly authorityKeyIdHex: string | null;
  /** All of them in the certificate's order. */
  readonly all: readonly (Critical & {
    readonly oid: string;
    readonly name: string;
    readonly isKnown: boolean;
  })[];
}

export interface RawExtension extends Critical {
  readonly oid: string;
  /** DER inside the OCTET STRING: a view. */
  readonly value: Uint8Array;
}

const knownOids = ['2.5.29.14', '2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.30', '2.5.29.35', '2.5.29.37'];

export const noExtensions: ExtensionFacts = {
  basicConstraints: null,
  keyUsage: null,
  extendedKeyUsage: null,
  subjectAltNames: null,
  nameConstraints: null,
  subjectKeyIdHex: null,
  authorityKeyIdHex: null,
  all: [],
};

/** What the known ones say. Throws RangeError. */
export function readExtensions(raw: readonly RawExtension[]): ExtensionFacts {
  const find = <T>(oid: string, read: (value: Uint8Array) => T): (T & Critical) | null => {
    const found = raw.find((extension) => extension.oid === oid);
    return found ? { ...read(found.value), isCritical: found.isCritical } : null;
  };
  return {
    basicConstraints: find('2.5.29.19', readBasicConstraints),
    keyUsage: find('2.5.29.15', (value) => ({ usages: readKeyUsage(value) })),
    extendedKeyUsage: find('2.5.29.37', (value) => ({
      purposes: readAll(sequenceOf(value)).map((purpose) => purposeName(dottedIdentifier(purpose.content))),
    })),
    subjectAltNames: find('2.5.29.17', (value) => ({ names: readAltNames(sequenceOf(value)) })),
    nameConstraints: find('2.5.29.30', readNameConstraints),
    subjectKeyIdHex: find('2.5.29.14', (value) => ({ hex: toHex(readTlv(value).content) }))?.hex ?? null,
    authorityKeyIdHex: find('2.5.29.35', readAuthorityKeyId)?.hex ?? null,
    all: raw.map(({ oid, isCritical }) => ({
      oid,
      name: extensionName(oid),
      isCritical,
      isKnown: knownOids.includes(oid),
    })),
  };
}

/** `content` is that of the SEQUENCE OF Extension. Throws RangeError. */
export function readRawExtensions(content: Uint8Array): RawExtension[] {
  return readAll(content).map((extension) => {
    const fields = new Fields(extension.content);
    const oid = fields.oid();
    const critical = fields.optional(TAG.BOOLEAN);
    const value = fields.octets();
    fields.end();
    return { oid, isCritical: critical !== null && critical.content[0] !== 0, value };
  });
}

function sequenceOf(value: Uint8Array): Uint8Array {
  const outer = readTlv(value);
  if (outer.tag !== TAG.SEQUENCE) throw new RangeError('a sequence was expected in an extension');
  return outer.content;
}

function readBasicConstraints(value: Uint8Array): { isAuthority: boolean; pathLength: number | null } {
  const fields = new Fields(sequenceOf(value));
  const isAuthority = (fields.optional(TAG.BOOLEAN)?.content[0] ?? 0) !== 0;
  return { isAuthority, pathLength: fields.isAtEnd ? null : fields.count() };
}

function readKeyUsage(value: Uint8Array): KeyUsage[] {
  const { content } = readTlv(value);
  return keyUsages.filter((_, bit) => ((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

function readNameConstraints(value: Uint8Array): { permitted: AltNameFacts[]; excluded: AltNameFacts[] } {
  const groups = readAll(sequenceOf(value));
  const subtrees = (tag: number): AltNameFacts[] =>
    groups.filter((group) => group.tag === tag).flatMap((group) => readAll(group.content).map(subtreeBase));
  return { permitted: subtrees(0xa0), excluded: subtrees(0xa1) };
}

const subtreeBase = (subtree: Tlv): AltNameFacts => readAltName(readTlv(subtree.content));

function readAuthorityKeyId(value: Uint8Array): { hex: string | null } {
  const keyId = readAll(sequenceOf(value)).find((field) => field.tag === 0x80);
  return { hex: keyId ? toHex(keyId.content) : null };
}
