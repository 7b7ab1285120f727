/** X.509 v3 extensions (RFC 5280 4.2.1) as the project's profiles use them. Knows no profile. */
import { fromHex } from '../shared/bytes.ts';
import type { Bytes } from '../shared/bytes.ts';
import { generalName, type AltName } from './alt-names.ts';
import {
  bitString,
  booleanTrue,
  contextConstructed,
  contextPrimitive,
  objectIdentifier,
  octetString,
  sequence,
  unsignedInteger,
} from './der.ts';
import type { Host } from './hosts.ts';

export type { AltName } from './alt-names.ts';

export const extensionIds = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  crlReason: '2.5.29.21',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

export const extendedKeyPurposes = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

export type ExtendedKeyPurpose = keyof typeof extendedKeyPurposes;

/** In the order of their bits (RFC 5280 4.2.1.3). */
export const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

export type KeyUsage = (typeof keyUsages)[number];

export const extension = (oid: string, critical: boolean, value: Uint8Array): Bytes =>
  sequence(objectIdentifier(oid), ...(critical ? [booleanTrue] : []), octetString(value));

/** CA:TRUE, critical unless told; with a path length when one is given. */
export const authorityConstraints = (pathLength: number | null, critical = true): Bytes =>
  extension(
    extensionIds.basicConstraints,
    critical,
    sequence(booleanTrue, ...(pathLength === null ? [] : [unsignedInteger(Uint8Array.of(pathLength))])),
  );

/** Critical CA:FALSE, which DER writes as an empty sequence. */
export const leafConstraints = (): Bytes => extension(extensionIds.basicConstraints, true, sequence());

/** Critical. Those of the first octet: nobody here needs the ninth. */
export function keyUsage(...usages: readonly Exclude<KeyUsage, 'decipherOnly'>[]): Bytes {
  const bits = usages.reduce((sum, usage) => sum | (0x80 >> keyUsages.indexOf(usage)), 0);
  const unusedBits = 31 - Math.clz32(bits & -bits);
  return extension(extensionIds.keyUsage, true, bitString(Uint8Array.of(bits), unusedBits));
}

/** Never critical: BearSSL refuses a critical one. */
export const extendedKeyUsage = (...purposes: readonly ExtendedKeyPurpose[]): Bytes =>
  extension(
    extensionIds.extendedKeyUsage,
    false,
    sequence(...purposes.map((purpose) => objectIdentifier(extendedKeyPurposes[purpose]))),
  );

export const subjectKeyIdentifier = (keyId: Uint8Array): Bytes =>
  extension(extensionIds.subjectKeyIdentifier, false, octetString(keyId));

export const authorityKeyIdentifier = (keyId: Uint8Array): Bytes =>
  extension(extensionIds.authorityKeyIdentifier, false, sequence(contextPrimitive(0, keyId)));

export const subjectAltName = (names: readonly AltName[]): Bytes =>
  extension(extensionIds.subjectAltName, false, sequence(...names.map(generalName)));

/** Critical permitted subtrees, no excluded ones. */
export const nameConstraints = (permitted: readonly AltName[]): Bytes =>
  extension(
    extensionIds.nameConstraints,
    true,
    sequence(contextConstructed(0, ...permitted.map((name) => sequence(generalName(name))))),
  );

/** `local` and `localhost`, private, loopback, link-local and unique-local addresses with their masks. */
const homeSubtrees: readonly AltName[] = [
  { dns: 'local' },
  { dns: 'localhost' },
  ...['0a000000ff000000', 'ac100000fff00000', 'c0a80000ffff0000', '7f000000ff000000', 'a9fe0000ffff0000'].map(
    (hex) => ({ ip: fromHex(hex) }),
  ),
  ...['0'.repeat(31) + '1' + 'f'.repeat(32), ipv6Subtree('fc', 'fe'), ipv6Subtree('fe80', 'ffc0')].map(
    (hex) => ({
      ip: fromHex(hex),
    }),
  ),
];

function ipv6Subtree(prefix: string, mask: string): string {
  return prefix.padEnd(32, '0') + mask.padEnd(32, '0');
}

/**
 * What the web authority may vouch for: the broker's own hosts, the names below them, and the home's names and
 * addresses. Throws RangeError on a top-level name, below which everybody's names stand.
 */
export function webSubtrees(hosts: readonly Host[]): AltName[] {
  for (const { kind, text } of hosts) {
    if (kind === 'dns' && !text.includes('.') && text !== 'localhost') {
      throw new RangeError('a name without a dot would cover a whole top-level domain');
    }
  }
  const own = hosts.map((host): AltName =>
    host.kind === 'dns'
      ? { dns: host.text }
      : { ip: Uint8Array.from([...host.address, ...host.address.map(() => 0xff)]) },
  );
  return [...own, ...homeSubtrees];
}
