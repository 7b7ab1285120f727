/** Whether an authority's name constraints (RFC 5280 4.2.1.10) let a name through. Knows no profile. */
import { AppError } from '../shared/errors.ts';
import { altNameText, type AltName } from './alt-names.ts';

/** Throws pki.outside-constraints with the first name that none of the subtrees covers; null permits everything. */
export function checkConstraints(permitted: readonly AltName[] | null, names: readonly AltName[]): void {
  const outside = names.find((name) => !isPermitted(permitted, name));
  if (outside) throw new AppError('pki.outside-constraints', { details: { name: altNameText(outside) } });
}

/** A kind of name that no subtree speaks of is not constrained. */
export function isPermitted(permitted: readonly AltName[] | null, name: AltName): boolean {
  if ('dns' in name) return some(permitted, 'dns', (subtree) => isBelow(name.dns, subtree));
  if ('ip' in name) return some(permitted, 'ip', (subtree) => isInRange(name.ip, subtree));
  return true;
}

function some<K extends 'dns' | 'ip'>(
  permitted: readonly AltName[] | null,
  kind: K,
  covers: (subtree: Extract<AltName, Record<K, unknown>>[K]) => boolean,
): boolean {
  const speaking = (permitted ?? []).filter(
    (name): name is Extract<AltName, Record<K, unknown>> => kind in name,
  );
  return speaking.length === 0 || speaking.some((subtree) => covers(subtree[kind]));
}

const isBelow = (name: string, subtree: string): boolean =>
  `.${name}`.endsWith(`.${subtree.replace(/^\./, '')}`);

function isInRange(address: Uint8Array, subtree: Uint8Array): boolean {
  if (subtree.length !== 2 * address.length) return false;
  return address.every((octet, n) => {
    const mask = subtree[address.length + n] ?? 0;
    return (octet & mask) === ((subtree[n] ?? 0) & mask);
  });
}
