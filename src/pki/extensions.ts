/** X.509 v3 extensions (RFC 5280 4.2.1) as the project's profiles use them. Knows no profile. */
import { fromHex, utf8 } from '../shared/bytes.ts';
import type { Bytes } from '../shared/bytes.ts';
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

const GENERAL_NAME_DNS = 2;
const GENERAL_NAME_IP = 7;
const purposes = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const;

export type ExtendedKeyPurpose = keyof typeof purposes;

/** One subjectAltName or constraint: a DNS name, or an address (with its mask in a constraint). */
export type AltName = { readonly dns: string } | { readonly ip: Uint8Array };

const extension = (oid: string, critical: boolean, value: Uint8Array): Bytes =>
  sequence(objectIdentifier(oid), ...(critical ? [booleanTrue] : []), octetString(value));

/** Critical CA:TRUE with path length 0. */
export const authorityConstraints = (): Bytes =>
  extension('2.5.29.19', true, sequence(booleanTrue, unsignedInteger(Uint8Array.of(0))));

/** Critical CA:FALSE, which DER writes as an empty sequence. */
export const leafConstraints = (): Bytes => extension('2.5.29.19', true, sequence());

/** Critical keyCertSign and cRLSign (bits 5 and 6). */
export const authorityKeyUsage = (): Bytes => extension('2.5.29.15', true, bitString(Uint8Array.of(0x06), 1));

/** Critical digitalSignature (bit 0). */
export const leafKeyUsage = (): Bytes => extension('2.5.29.15', true, bitString(Uint8Array.of(0x80), 7));

/** Never critical: BearSSL refuses a critical one. */
export const extendedKeyUsage = (purpose: ExtendedKeyPurpose): Bytes =>
  extension('2.5.29.37', false, sequence(objectIdentifier(purposes[purpose])));

export const subjectKeyIdentifier = (keyId: Uint8Array): Bytes =>
  extension('2.5.29.14', false, octetString(keyId));

export const authorityKeyIdentifier = (keyId: Uint8Array): Bytes =>
  extension('2.5.29.35', false, sequence(contextPrimitive(0, keyId)));

export const subjectAltName = (names: readonly AltName[]): Bytes =>
  extension('2.5.29.17', false, sequence(...names.map(generalName)));

/** Critical permitted subtrees, no excluded ones. */
export const nameConstraints = (permitted: readonly AltName[]): Bytes =>
  extension(
    '2.5.29.30',
    true,
    sequence(contextConstructed(0, ...permitted.map((name) => sequence(generalName(name))))),
  );

const generalName = (name: AltName): Bytes =>
  'dns' in name
    ? contextPrimitive(GENERAL_NAME_DNS, utf8(name.dns))
    : contextPrimitive(GENERAL_NAME_IP, name.ip);

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
