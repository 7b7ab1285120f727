/** Name constraints (RFC 5280 4.2.1.10) of the authorities above a certificate, for DNS names and addresses. */
import type { AltNameFacts } from '../facts/alt-names.ts';
import type { CertificateFacts } from '../facts/certificate.ts';

/** The first name that one of the authorities may not vouch for; null when all are permitted. */
export function refusedName(
  certificate: CertificateFacts,
  authorities: readonly CertificateFacts[],
): AltNameFacts | null {
  const names = certificate.extensions.subjectAltNames?.names ?? [];
  for (const { extensions } of authorities) {
    const constraints = extensions.nameConstraints;
    if (!constraints) continue;
    const refused = names.find(
      (name) =>
        !isPermitted(name, constraints.permitted) || constraints.excluded.some((base) => covers(base, name)),
    );
    if (refused) return refused;
  }
  return null;
}

/** A kind of name that no permitted subtree speaks of is free. */
function isPermitted(name: AltNameFacts, permitted: readonly AltNameFacts[]): boolean {
  const sameKind = permitted.filter(({ kind }) => kind === name.kind);
  return sameKind.length === 0 || sameKind.some((base) => covers(base, name));
}

function covers(base: AltNameFacts, name: AltNameFacts): boolean {
  if (base.kind !== name.kind) return false;
  if (base.kind === 'DNS') return nameCovers(base.value.toLowerCase(), name.value.toLowerCase());
  return base.kind === 'IP' && addressCovers(base.octets, name.octets);
}

const nameCovers = (base: string, name: string): boolean =>
  base === '' || name === base || name.endsWith(base.startsWith('.') ? base : `.${base}`);

function addressCovers(base: readonly number[], address: readonly number[]): boolean {
  const size = address.length;
  if (base.length !== 2 * size) return false;
  return address.every((octet, i) => {
    const mask = base[size + i] ?? 0;
    return (octet & mask) === ((base[i] ?? 0) & mask);
  });
}
