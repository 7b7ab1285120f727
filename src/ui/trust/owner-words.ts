/** Owners of certificates as a person would list them. Makes nothing. */
import type { CertificateOwner } from '../../project/entities.ts';

export interface OwnerGroup {
  /** "The broker's certificates", "2 devices" */
  readonly what: string;
  /** Empty where the group says it all. */
  readonly names: string;
}

/** The broker first, then devices, then everybody else; groups without anybody are left out. */
export function ownerGroups(owners: readonly CertificateOwner[]): OwnerGroup[] {
  const namesOf = (kind: string): string[] =>
    owners.flatMap((owner) => (owner.startsWith(`${kind}:`) ? [owner.slice(kind.length + 1)] : []));
  const broker = namesOf('broker');
  return [
    ...(broker.length > 0 ? [{ what: brokerWords(broker), names: '' }] : []),
    ...counted(namesOf('device'), 'device'),
    ...counted(namesOf('other'), 'other certificate'),
  ];
}

const brokerWords = (names: readonly string[]): string =>
  names.length > 1
    ? "The broker's two certificates"
    : `The broker's certificate for ${names[0] === 'web' ? 'browsers' : 'devices'}`;

/** Of a fleet the first few are named. */
function counted(names: readonly string[], one: string): OwnerGroup[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, 8).join(', ');
  const rest = names.length > 8 ? ` and ${names.length - 8} more` : '';
  return [{ what: `${names.length} ${one}${names.length > 1 ? 's' : ''}`, names: shown + rest }];
}
