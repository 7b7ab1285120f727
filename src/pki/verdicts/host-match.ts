/** Whether a certificate is good for a host, by the rules of one verifier. */
import type { AltNameFacts } from '../facts/alt-names.ts';
import type { CertificateFacts } from '../facts/certificate.ts';
import type { Verifier } from './verifiers.ts';

export type HostMatch =
  | 'match'
  /** The address stands among the names' addresses only, and this verifier reads names. */
  | 'address-not-a-name'
  /** The address stands among the names as text only, and this verifier reads addresses. */
  | 'name-not-an-address'
  /** Only the subject's common name says it. */
  | 'common-name-only'
  /** A wildcard says it that this verifier does not take. */
  | 'shallow-wildcard'
  | 'other-host';

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':');

export function matchHost(certificate: CertificateFacts, host: string, verifier: Verifier): HostMatch {
  const names = certificate.extensions.subjectAltNames?.names ?? [];
  const inNames = ofKind(names, 'DNS').some((name) => sameName(name, host));
  const inAddresses = ofKind(names, 'IP').includes(host.toLowerCase());
  if (isAddress(host) && verifier.hosts === 'names-and-addresses') {
    if (inAddresses) return 'match';
    return inNames ? 'name-not-an-address' : 'other-host';
  }
  if (inNames) return 'match';
  const wildcard = ofKind(names, 'DNS').find((name) => wildcardCovers(name, host));
  if (wildcard !== undefined) {
    return verifier.takesShallowWildcards || labelsOf(wildcard) > 2 ? 'match' : 'shallow-wildcard';
  }
  if (inAddresses) return 'address-not-a-name';
  if (certificate.subject.commonName === null || !sameName(certificate.subject.commonName, host))
    return 'other-host';
  return commonNameCounts(names, verifier) ? 'match' : 'common-name-only';
}

function commonNameCounts(names: readonly AltNameFacts[], { commonName }: Verifier): boolean {
  if (commonName === 'never') return false;
  return commonName === 'without-dns-names' ? ofKind(names, 'DNS').length === 0 : names.length === 0;
}

const ofKind = (names: readonly AltNameFacts[], wanted: AltNameFacts['kind']): string[] =>
  names.flatMap(({ kind, value }) => (kind === wanted ? [value] : []));

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const labelsOf = (name: string): number => name.split('.').length;

/** An asterisk stands for exactly the first label. */
function wildcardCovers(name: string, host: string): boolean {
  if (!name.startsWith('*.')) return false;
  const [, ...rest] = host.split('.');
  return sameName(name.slice(2), rest.join('.'));
}
