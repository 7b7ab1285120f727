/** The doctor's rounds as a list: what was looked at, in what state it is, with the value that says so. */
import type { KnownCause } from './causes.ts';
import type { Diagnosis } from './diagnosis.ts';
import { isReached, type Evidence, type SessionEvidence } from './evidence.ts';
import { clockToleranceMs } from './known-causes.ts';
import { mayBeAsked } from './places.ts';
import { day, hostAndPort, namesText, span } from './words.ts';

export type CheckState = 'ok' | 'wrong' | 'warn' | 'unknown' | 'not-needed';

export interface CheckRow {
  readonly name: string;
  readonly state: CheckState;
  readonly detail: string;
}

const soonMs = 30 * 86_400_000;

export function checklist(evidence: Evidence, { known }: Diagnosis): CheckRow[] {
  const has = (...causes: readonly KnownCause[]): boolean => known.some((cause) => causes.includes(cause));
  if (evidence.page.isSimulated) return [...simulatedRows(), ...sessionRows(evidence, has)];
  return [
    {
      name: 'Page',
      state: has('insecure-page', 'blocked-by-page-host', 'offline') ? 'wrong' : 'ok',
      detail: evidence.page.isSecure ? 'opened securely, allowed to use wss:' : 'opened without encryption',
    },
    localNetworkRow(evidence, has),
    clockRow(evidence, has),
    nameRow(evidence, has),
    datesRow(evidence, has),
    reachRow(evidence, has),
    ...sessionRows(evidence, has),
  ];
}

type Has = (...causes: readonly KnownCause[]) => boolean;

const simulatedRows = (): CheckRow[] => [
  { name: 'Network and certificate', state: 'not-needed', detail: "the demo's broker is inside this page" },
];

function localNetworkRow({ page, place }: Evidence, has: Has): CheckRow {
  const { state } = page.localNetwork;
  const name = 'Local network';
  if (has('local-network-refused', 'local-network-forbidden'))
    return {
      name,
      state: 'wrong',
      detail: page.localNetwork.isForbidden ? 'forbidden by the host' : 'refused',
    };
  if (has('local-network-unasked')) return { name, state: 'unknown', detail: 'not asked yet' };
  if (state === 'granted') return { name, state: 'ok', detail: 'allowed' };
  const detail = mayBeAsked(page.place, place) ? 'this browser does not ask' : 'not needed from here';
  return { name, state: 'not-needed', detail };
}

function clockRow({ clock }: Evidence, has: Has): CheckRow {
  const name = "This computer's clock";
  const isWrong = has('clock-ahead', 'clock-behind');
  if (clock.aheadMs === null)
    return { name, state: isWrong ? 'wrong' : 'unknown', detail: 'no other clock to compare it with' };
  const isOff = Math.abs(clock.aheadMs) > clockToleranceMs;
  const side = clock.aheadMs > 0 ? 'ahead of' : 'behind';
  return {
    name,
    state: isWrong ? 'wrong' : isOff ? 'warn' : 'ok',
    detail: isOff ? `${span(clock.aheadMs)} ${side} the page's host` : "agrees with the page's host",
  };
}

function nameRow({ host, certificate }: Evidence, has: Has): CheckRow {
  return {
    name: 'Name on the certificate',
    state: has('host-not-listed', 'certificate-refused') ? 'wrong' : certificate.coversHost ? 'ok' : 'warn',
    detail: certificate.coversHost ? `lists ${host}` : `lists only ${namesText(certificate.names)}`,
  };
}

function datesRow({ certificate, clock }: Evidence, has: Has): CheckRow {
  const { notBeforeMs, notAfterMs } = certificate;
  const isWrong = has('certificate-expired', 'certificate-not-yet-valid', 'authority-expired');
  const isSoon = notAfterMs - clock.nowMs < soonMs;
  return {
    name: 'Dates of the certificate',
    state: isWrong ? 'wrong' : isSoon ? 'warn' : 'ok',
    detail: `${day(notBeforeMs)} to ${day(notAfterMs)}`,
  };
}

function reachRow(evidence: Evidence, has: Has): CheckRow {
  const name = 'Connection';
  const address = hostAndPort(evidence);
  if (isReached(evidence))
    return { name, state: 'ok', detail: `${address} opened, its certificate is trusted` };
  if (!evidence.dials) return { name, state: 'unknown', detail: 'not tried yet' };
  const isOurs = has('blocked-by-page-host', 'blocked-port');
  return { name, state: 'wrong', detail: isOurs ? 'stopped inside the browser' : `${address} did not open` };
}

function sessionRows({ session, isLocked }: Evidence, has: Has): CheckRow[] {
  if (!session) {
    const detail = isLocked ? 'the password is locked' : 'not reached';
    return ['Login', 'Rights'].map((name) => ({ name, state: 'unknown', detail }));
  }
  const isRefused = has('password', 'login-refused', 'not-mqtt');
  const mayNot = has('may-not-read', 'may-not-command');
  const login: CheckRow = {
    name: 'Login',
    state: isRefused ? 'wrong' : 'ok',
    detail: isRefused ? `code ${session.connackCode ?? 'none'}` : 'the password of "dashboard" is taken',
  };
  if (isRefused) return [login, { name: 'Rights', state: 'unknown', detail: 'not reached' }];
  return [login, rightsRow(session, mayNot)];
}

function rightsRow({ publishCode, isEchoed }: SessionEvidence, mayNot: boolean): CheckRow {
  const name = 'Rights';
  if (mayNot) return { name, state: 'wrong', detail: `code ${publishCode ?? 'none'}` };
  if (publishCode === null)
    return { name, state: 'not-needed', detail: 'no device that this page may send a message to' };
  return { name, state: 'ok', detail: `an empty message went out${isEchoed ? ' and came back' : ''}` };
}
