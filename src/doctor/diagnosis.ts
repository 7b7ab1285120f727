/** From evidence to an ordered verdict: what is certain first, then what is likely. Pure: same evidence, same verdict. */
import { likelyCauses } from './candidates.ts';
import type { KnownCause, LikelyCause } from './causes.ts';
import type { Evidence } from './evidence.ts';
import { knownCauses } from './known-causes.ts';

export interface Diagnosis {
  /** Certain, the one to mend first in front. */
  readonly known: readonly KnownCause[];
  /** At most three, the likeliest first. */
  readonly likely: readonly LikelyCause[];
  /** The broker was reached, and everything that could be tried worked. */
  readonly isWell: boolean;
}

export function diagnose(evidence: Evidence): Diagnosis {
  const known = knownCauses(evidence);
  return {
    known,
    likely: likelyCauses(evidence),
    isWell: known.length === 0 && (evidence.session?.isLoggedIn ?? false),
  };
}
