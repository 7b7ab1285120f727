/** The evidence as lines of text, to be copied. Holds no secrets: nothing of a password is in it. */
import type { Dial, Evidence } from '../../doctor/evidence.ts';
import { timingOf, type Timing } from '../../doctor/timing.ts';

const dialText = ({ end, closeCode, tookMs }: Dial): string =>
  `${end}${closeCode === null ? '' : ` ${closeCode}`} after ${tookMs.toFixed(1)} ms`;

const dialsText = (dials: readonly Dial[]): string => dials.map(dialText).join(', ') || 'not dialled';
const iso = (ms: number): string => new Date(ms).toISOString();
const secondsText = (ms: number | null): string => (ms === null ? 'unknown' : `${Math.round(ms / 1000)} s`);

export function evidenceLines(evidence: Evidence): string[] {
  const { page, clock, certificate, memory, browser } = evidence;
  return [
    `browser             ${browser.family} on ${browser.system}`,
    `page                secure ${page.isSecure}, online ${page.isOnline}, served from ${page.place}`,
    `local network       ${page.localNetwork.state}, forbidden by the host ${page.localNetwork.isForbidden}`,
    `broker              ${evidence.host} (${evidence.place}), ports ${evidence.devicePort} and ${evidence.webPort}`,
    `this computer       ${iso(clock.nowMs)}, ahead of the page's host by ${secondsText(clock.aheadMs)}`,
    `certificate         ${iso(certificate.notBeforeMs)} to ${iso(certificate.notAfterMs)}`,
    `                    ${certificate.names.join(' ')}`,
    `                    SHA-256 ${certificate.sha256Fingerprint}`,
    `last reached        ${memory ? `${iso(memory.atMs)}, same authority ${memory.hasSameAuthority}, same certificate ${memory.hasSameCertificate}` : 'never from this browser'}`,
    `files downloaded    ${evidence.filesTakenAtMs === null ? 'never' : iso(evidence.filesTakenAtMs)}`,
    ...dialLines(evidence),
    ...sessionLines(evidence),
  ];
}

function dialLines({ dials, webPort, devicePort }: Evidence): string[] {
  if (!dials) return ['dialled             nothing yet'];
  return [
    `port ${webPort}`.padEnd(20) + dialsText(dials.target),
    'an unused port'.padEnd(20) + dialsText(dials.unused),
    `port ${devicePort}`.padEnd(20) + dialsText(dials.devicePort),
    'held back'.padEnd(20) + (dials.refusedByBrowser ? dialText(dials.refusedByBrowser) : 'not measured'),
    ...dials.otherHosts.map(({ host, dial }) => `as ${host}`.padEnd(20) + dialText(dial)),
    `read as             ${timingText(timingOf(dials))}`,
  ];
}

const percent = (probability: number): string => `${Math.round(100 * probability)} %`;

function timingText({ isSilent, isSlow, handshake, deviceHandshake }: Timing): string {
  if (isSilent) return 'silent';
  const device = deviceHandshake === null ? 'silent' : percent(deviceHandshake);
  return `TLS was begun: ${percent(handshake)}; on the device port: ${device}${isSlow ? '; slow' : ''}`;
}

function sessionLines({ session, isLocked }: Evidence): string[] {
  if (!session) return [`session             ${isLocked ? 'locked' : 'none'}`];
  const { connackCode, isLoggedIn, areSubscriptionsRefused, publishCode, isEchoed } = session;
  return [
    `session             CONNACK ${connackCode ?? (isLoggedIn ? 0 : 'none')}, subscriptions refused ${areSubscriptionsRefused}`,
    `                    PUBACK ${publishCode ?? 'none'}, came back ${isEchoed ?? 'not tried'}`,
  ];
}
