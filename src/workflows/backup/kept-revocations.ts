/**
 * What a restored project must not forget: certificates revoked in this browser since the backup was made. Otherwise a lost
 * device would be let in again.
 */
import type { Project, RevocationList } from '../../project/entities.ts';

/** `coming` with what is revoked `here`; of two lists of one authority the newer stays, so that numbers only rise. */
export function withKeptRevocations(
  here: Project,
  coming: Project,
): { readonly project: Project; readonly kept: number } {
  const known = new Set(coming.revocations.map(({ serialNumberHex }) => serialNumberHex));
  const added = here.revocations.filter(({ serialNumberHex }) => !known.has(serialNumberHex));
  if (added.length === 0) return { project: coming, kept: 0 };
  const project = {
    ...coming,
    revocations: [...coming.revocations, ...added],
    revocationLists: newerLists(here.revocationLists, coming.revocationLists),
  };
  return { project, kept: added.length };
}

function newerLists(
  here: readonly RevocationList[],
  coming: readonly RevocationList[],
): readonly RevocationList[] {
  const newest = new Map<string, RevocationList>();
  for (const list of [...coming, ...here]) {
    const other = newest.get(list.authorityKeyIdHex);
    if (!other || other.number < list.number) newest.set(list.authorityKeyIdHex, list);
  }
  return [...newest.values()];
}
