/**
 * What the evidence proves: from the page itself outwards to the broker's access list. Once the socket has opened,
 * nothing before it can be the cause any more.
 */
import { isBlockedPort } from './blocked-ports.ts';
import type { KnownCause } from './causes.ts';
import { isReached, type Evidence, type SessionEvidence } from './evidence.ts';
import { mayBeAsked } from './places.ts';

/** Clocks of computers that ask the network for the time agree better than this; Date headers are whole seconds. */
export const clockToleranceMs = 2 * 60_000;

/** Reason codes of MQTT 5, then return codes of 3.1.1: the user name or password, or "not authorised". */
const loginRefusals = new Set([134, 135, 140, 4, 5]);
const notAuthorised = 135;

/** All that is certain, the one to mend first in front. */
export function knownCauses(evidence: Evidence): KnownCause[] {
  if (isReached(evidence)) return evidence.session ? inSession(evidence.session) : behindTheLock(evidence);
  return [...onThePage(evidence), ...onTheWay(evidence), ...inTheCertificate(evidence)];
}

const when = (holds: boolean, cause: KnownCause): KnownCause[] => (holds ? [cause] : []);

function onThePage({ page, dials, place }: Evidence): KnownCause[] {
  const isBlocked = dials?.target.some(({ end }) => end === 'blocked') ?? false;
  return [
    ...when(!page.isSecure, 'insecure-page'),
    ...when(isBlocked, 'blocked-by-page-host'),
    ...when(page.localNetwork.isForbidden && mayBeAsked(page.place, place), 'local-network-forbidden'),
  ];
}

function onTheWay(evidence: Evidence): KnownCause[] {
  const { page, place, webPort, dials } = evidence;
  const { state, isForbidden } = page.localNetwork;
  // An insecure page, or one that may not ask, always reads "denied": the person has refused nothing.
  const isAsked = page.isSecure && !isForbidden && mayBeAsked(page.place, place);
  return [
    ...when(!page.isOnline && place !== 'this-computer', 'offline'),
    ...when(isBlockedPort(webPort), 'blocked-port'),
    ...when(isAsked && state === 'denied', 'local-network-refused'),
    ...when(
      isAsked && state === 'prompt' && (dials === null || isCutShort(evidence)),
      'local-network-unasked',
    ),
  ];
}

/** The browser has asked, and the question was closed or still stands: no answer, while the state stays "prompt". */
const isCutShort = ({ dials }: Evidence): boolean =>
  dials !== null && dials.target.every(({ end }) => end === 'silent');

function inTheCertificate({ certificate, clock }: Evidence): KnownCause[] {
  const trueMs = clock.nowMs - (clock.aheadMs ?? 0);
  const isOff = clock.aheadMs !== null && Math.abs(clock.aheadMs) > clockToleranceMs;
  const endMs = Math.min(certificate.notAfterMs, certificate.authorityNotAfterMs);
  const startMs = Math.max(certificate.notBeforeMs, certificate.authorityNotBeforeMs);
  const isOver = clock.nowMs > endMs;
  const isEarly = clock.nowMs < startMs;
  const isClockAhead = isOver && isOff && trueMs <= endMs;
  const isClockBehind = isEarly && (isOff ? trueMs >= startMs : isBeforeItsProject(clock));
  return [
    ...when(isClockAhead, 'clock-ahead'),
    ...when(isClockBehind, 'clock-behind'),
    ...when(isOver && !isClockAhead && certificate.notAfterMs < clock.nowMs, 'certificate-expired'),
    ...when(isOver && !isClockAhead && certificate.authorityNotAfterMs < clock.nowMs, 'authority-expired'),
    ...when(isEarly && !isClockBehind, 'certificate-not-yet-valid'),
    ...when(!certificate.coversHost, 'host-not-listed'),
    ...when(certificate.coversHost && certificate.objection !== null, 'certificate-refused'),
  ];
}

/** Only where no other clock is at hand: it may as well have run ahead when the project was made. */
const isBeforeItsProject = ({ nowMs, aheadMs, projectMadeAtMs }: Evidence['clock']): boolean =>
  aheadMs === null && nowMs < projectMadeAtMs - clockToleranceMs;

const behindTheLock = ({ isLocked }: Evidence): KnownCause[] => (isLocked ? ['locked'] : ['not-mqtt']);

function inSession({ connackCode, isLoggedIn, ...rights }: SessionEvidence): KnownCause[] {
  if (connackCode !== null) return [loginRefusals.has(connackCode) ? 'password' : 'login-refused'];
  if (rights.areSubscriptionsRefused) return ['may-not-read'];
  if (!isLoggedIn) return ['not-mqtt'];
  // What may not be sent does not come back either.
  if (rights.publishCode === notAuthorised) return ['may-not-command'];
  return when(rights.isEchoed === false, 'may-not-read');
}
