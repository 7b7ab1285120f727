/**
 * The causes that a browser does not tell apart, in order of likelihood: at most three. How the ports answered says how
 * probable each group is; what the page remembers says how probable each cause within its group.
 */
import type { LikelyCause } from './causes.ts';
import { isNewerThanFiles, isReached, type Evidence } from './evidence.ts';
import { timingOf, type Timing } from './timing.ts';

/** Probabilities, roughly; a missing cause is as good as excluded. */
type Weights = Partial<Record<LikelyCause, number>>;

const shown = 3;

/** Empty once the socket has opened, and when nothing was dialled. */
export function likelyCauses(evidence: Evidence): LikelyCause[] {
  const { dials } = evidence;
  if (!dials || isReached(evidence) || dials.target.some(({ end }) => end === 'blocked')) return [];
  const weights = weightsOf(timingOf(dials), evidence);
  return (Object.entries(weights) as [LikelyCause, number][])
    .filter(([cause, weight]) => weight > 0 && (cause !== 'name-unknown' || isNamed(evidence.host)))
    .sort(([, a], [, b]) => b - a)
    .slice(0, shown)
    .map(([cause]) => cause);
}

function weightsOf(timing: Timing, evidence: Evidence): Weights {
  if (timing.isSilent) return nothingComesBack(timing);
  const runsElsewhere = evidence.dials?.otherHosts.some(({ dial }) => dial.end === 'opened') ?? false;
  if (runsElsewhere) return underThisNameOnly(timing, evidence);
  if (timing.isSlow) return nobodyFound;
  return sum(
    scaled(somebodyAnswers(evidence), timing.handshake),
    scaled(refused(timing), 1 - timing.handshake),
  );
}

/** TLS begins and does not end: it is about a certificate. */
function somebodyAnswers(evidence: Evidence): Weights {
  if (isNewerThanFiles(evidence))
    return { 'older-bundle': 0.7, 'authority-untrusted': 0.2, 'other-service': 0.1 };
  const { renewedAtMs, authorityReplacedAtMs } = evidence.certificate;
  const wasChanged = renewedAtMs !== null || authorityReplacedAtMs !== null;
  if (!evidence.memory?.hasSameAuthority)
    return { 'authority-untrusted': 0.6, 'other-service': 0.2, 'older-bundle': wasChanged ? 0.25 : 0.15 };
  return { 'other-service': 0.4, 'older-bundle': wasChanged ? 0.5 : 0.3, 'authority-untrusted': 0.2 };
}

/** As fast as a port where nobody listens. When the device port answers, the name is right. */
const refused = ({ deviceHandshake }: Timing): Weights =>
  (deviceHandshake ?? 0) > 0.75
    ? { 'port-closed': 0.8, 'name-unknown': 0.15 }
    : { 'port-closed': 0.6, 'name-unknown': 0.35, 'host-silent': 0.02 };

/** Refused, but only after a long search. */
const nobodyFound: Weights = { 'name-unknown': 0.5, 'host-silent': 0.4, 'port-closed': 0.1 };

/** Neither yes nor no. A host that refuses other ports is there. */
const nothingComesBack = ({ deviceHandshake, isSlow }: Timing): Weights =>
  deviceHandshake !== null || !isSlow
    ? { firewall: 0.5, 'other-service': 0.4, 'port-closed': 0.1 }
    : { 'host-silent': 0.5, firewall: 0.3, 'name-unknown': 0.2 };

/** The broker answers under another of its names: it runs, its port is right, and it is trusted. */
const underThisNameOnly = ({ handshake }: Timing, evidence: Evidence): Weights =>
  sum(scaled({ 'name-unknown': 0.9 }, 1 - handshake), {
    'older-bundle': isNewerThanFiles(evidence) ? 0.5 : 0.2,
    'name-unknown': 0.1,
    'other-service': 0.05,
  });

const scaled = (weights: Weights, factor: number): Weights =>
  Object.fromEntries(Object.entries(weights).map(([cause, weight]) => [cause, weight * factor]));

function sum(first: Weights, second: Weights): Weights {
  const all: Weights = { ...first };
  for (const [cause, weight] of Object.entries(second) as [LikelyCause, number][])
    all[cause] = (all[cause] ?? 0) + weight;
  return all;
}

const isNamed = (host: string): boolean =>
  host !== 'localhost' && !/^[\d.]+$/.test(host) && !host.includes(':');
