/**
 * *Will it work?*: what each verifier says of a broker's certificate under a host, with the reason and the mend. The rules
 * of each stand in verifiers.ts. Judges a chain that explain/chain.ts has inspected.
 */
import { checks, type VerdictInput } from './checks.ts';
import { verifiers, type Verifier } from './verifiers.ts';

export type { VerdictInput } from './checks.ts';

export interface Verdict {
  readonly verifier: Verifier;
  readonly outcome: 'works' | 'refuses' | 'unproven';
  readonly reason: string;
  /** What to do; null when it works. */
  readonly mend: string | null;
}

/** One for each verifier, in the table's order. */
export function judge(input: VerdictInput): Verdict[] {
  return verifiers.map((verifier) => judgeFor(verifier, input));
}

function judgeFor(verifier: Verifier, input: VerdictInput): Verdict {
  const [first, ...above] = input.chain;
  const last = input.chain.at(-1);
  if (!first || !last) throw new RangeError('an empty chain');
  const authorities = above.length > 0 ? above.map(({ certificate }) => certificate) : [first.certificate];
  const subject = {
    ...input,
    verifier,
    certificate: first.certificate,
    authorities,
    anchor: last.certificate,
  };
  const objection = checks.map((check) => check(subject)).find((found) => found !== null);
  if (objection) return { verifier, outcome: 'refuses', ...objection };
  if (last.signedBy === 'missing') {
    const reason = `The authority "${last.certificate.issuer.commonName ?? last.certificate.issuer.text}" is not here.`;
    return {
      verifier,
      outcome: 'unproven',
      reason,
      mend: "Add the authority's certificate to what you read.",
    };
  }
  return {
    verifier,
    outcome: 'works',
    reason: `It is trusted as "${input.host}" once the authority is.`,
    mend: null,
  };
}
