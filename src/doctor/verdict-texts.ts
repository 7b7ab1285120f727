/** Any cause in words. */
import type { Cause, KnownCause } from './causes.ts';
import type { Evidence } from './evidence.ts';
import { knownTexts } from './known-texts.ts';
import { likelyVerdict } from './likely-texts.ts';
import type { Verdict } from './verdict.ts';

export const verdictOf = (cause: Cause, evidence: Evidence): Verdict =>
  isKnown(cause)
    ? { link: null, line: null, ...knownTexts[cause](evidence) }
    : likelyVerdict(cause, evidence);

export const isKnown = (cause: Cause): cause is KnownCause => cause in knownTexts;
