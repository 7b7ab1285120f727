/**
 * The causes that a browser does not tell apart, in order of likelihood: at most three. How the ports answered says which
 * group it is; what the page remembers says which of the group comes first.
 */
import type { LikelyCause } from './causes.ts';
import { isNewerThanFiles, isReached, type Evidence } from './evidence.ts';
import { timingOf, type Timing } from './timing.ts';

/** Relative likelihoods; a missing cause is as good as excluded. */
type Weights = Partial<Record<LikelyCause, number>>;

const shown = 3;

/** Empty once the socket has opened, and when nothing was dialled. */
export function likelyCauses(evidence: Evidence): LikelyCause[] {
  const { dials } = evidence;
  if (!dials || isReached(evidence) || dials.target.some(({ end }) => end === 'blocked')) return [];
  const timing = timingOf(dials);
  const runsElsewhere = dials.otherHosts.some(({ dial }) => dial.end === 'opened');
  const weights = runsElsewhere ? underThisNameOnly(timing, evidence) : groupWeights(timing, evidence);
  return (Object.entries(weights) as [LikelyCause, number][])
    .filter(([cause, weight]) => weight > 0 && (cause !== 'name-unknown' || isNamed(evidence.host)))
    .sort(([, a], [, b]) => b - a)
    .slice(0, shown)
    .map(([cause]) => cause);
}

function groupWeights(timing: Timing, evidence: Evidence): Weights {
  if (timing.target === 'handshake') return somebodyAnswers(evidence);
  if (timing.target === 'refused') return timing.isSlow ? nobodyFound(timing) : portRefused(timing);
  if (timing.target === 'silent') return nothingComesBack(timing);
  return unclear(evidence);
}

/** TLS begins and does not end: it is about a certificate. */
function somebodyAnswers(evidence: Evidence): Weights {
  const wasTrusted = evidence.memory?.hasSameAuthority ?? false;
  return {
    'authority-untrusted': wasTrusted ? 2 : 6,
    'older-bundle': olderBundleWeight(evidence),
    'other-service': wasTrusted ? 3 : 1.5,
  };
}

/** A bundle that was made before the certificate, or its authority, became another one. */
function olderBundleWeight(evidence: Evidence): number {
  if (isNewerThanFiles(evidence)) return 9;
  const { renewedAtMs, authorityReplacedAtMs } = evidence.certificate;
  return renewedAtMs === null && authorityReplacedAtMs === null ? 2.5 : 4;
}

/** As fast as a port where nobody listens. The same three, whatever the device port says. */
const portRefused = ({ devicePort }: Timing): Weights =>
  devicePort === 'handshake'
    ? { 'wrong-port': 5, 'broker-stopped': 3, 'name-unknown': 2, 'host-silent': 1 }
    : { 'broker-stopped': 4, 'name-unknown': 3, 'wrong-port': 2, 'host-silent': 1 };

/** Refused, but only after a long search. */
const nobodyFound = ({ devicePort }: Timing): Weights => ({
  'name-unknown': 5,
  'host-silent': 4,
  'broker-stopped': devicePort === 'handshake' ? 0 : 1,
});

/** Neither yes nor no. A host that refuses other ports is there. */
function nothingComesBack({ devicePort, isSlow }: Timing): Weights {
  const isThere = devicePort === 'refused' || devicePort === 'handshake' || !isSlow;
  return isThere
    ? { firewall: 4, 'other-service': 3, 'broker-stopped': 1 }
    : { 'host-silent': 5, firewall: 3, 'name-unknown': 2 };
}

/** The times say nothing: what is usual, by what happened before. */
function unclear(evidence: Evidence): Weights {
  const { memory, filesTakenAtMs } = evidence;
  if (filesTakenAtMs === null) return { 'broker-stopped': 5, 'authority-untrusted': 3, 'name-unknown': 2 };
  if (!memory?.hasSameAuthority) return { 'authority-untrusted': 4, 'broker-stopped': 3, 'name-unknown': 2 };
  return isNewerThanFiles(evidence)
    ? { 'older-bundle': 4, 'broker-stopped': 3, 'name-unknown': 2 }
    : { 'broker-stopped': 4, 'name-unknown': 3, 'other-service': 2 };
}

/** The broker answers under another of its names: it runs, its port is right, and it is trusted. */
const underThisNameOnly = ({ target }: Timing, evidence: Evidence): Weights => ({
  'name-unknown': target === 'handshake' ? 2 : 6,
  'older-bundle': Math.min(olderBundleWeight(evidence), 5),
  'other-service': 1,
});

const isNamed = (host: string): boolean =>
  host !== 'localhost' && !/^[\d.]+$/.test(host) && !host.includes(':');
