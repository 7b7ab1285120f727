/** The words of each cause that a browser does not tell from others, with what decides. A table. */
import type { LikelyCause } from './causes.ts';
import { isNewerThanFiles, type Evidence } from './evidence.ts';
import { timingOf } from './timing.ts';
import type { LineCheck, Verdict } from './verdict.ts';
import { day, hostAndPort, pingLine, tabAddress } from './words.ts';

type LikelyVerdict = Omit<Verdict, 'link'> & { readonly says: string };

const newFiles = 'Get the broker files again, put them in place of the old ones, and start the broker again.';

const onBroker = (command: string, expected: string): LineCheck => ({
  where: "the broker's computer",
  command,
  expected,
});

const here = (command: string, expected: string): LineCheck => ({
  where: 'this computer',
  command,
  expected,
});

const listeners = ({ webPort }: Evidence): string => `sudo ss -ltnp | grep ':${webPort} '`;

const fingerprintLine = (evidence: Evidence): string =>
  `openssl s_client -connect ${hostAndPort(evidence)} -servername ${evidence.host} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256`;

const text = {
  trustedBefore: ({ memory }: Evidence): string =>
    memory?.hasSameAuthority
      ? `This browser trusted it on ${day(memory.atMs)}; it may have been removed since.`
      : memory
        ? 'This browser trusted an earlier authority; the present one is another.'
        : 'This browser never reached the broker yet.',
};

export const likelyTexts: Record<LikelyCause, (evidence: Evidence) => LikelyVerdict> = {
  'authority-untrusted': (evidence) => ({
    title: 'This browser does not trust the web authority',
    because: `Somebody answers at ${hostAndPort(evidence)} and is turned down. ${text.trustedBefore(evidence)}`,
    remedy: ['Download the web authority in Trust and let this browser trust it.', 'Restart the browser.'],
    action: 'trust',
    says: 'ERR_CERT_AUTHORITY_INVALID, or SEC_ERROR_UNKNOWN_ISSUER in Firefox',
    line: null,
  }),
  'older-bundle': (evidence) => ({
    title: 'The broker shows an older certificate',
    because: olderReason(evidence),
    remedy: [newFiles],
    action: 'broker-files',
    says: 'ERR_CERT_DATE_INVALID, ERR_CERT_COMMON_NAME_INVALID or ERR_CERT_AUTHORITY_INVALID',
    line: here(
      fingerprintLine(evidence),
      `sha256 Fingerprint=${evidence.certificate.sha256Fingerprint} (another one: this is the cause)`,
    ),
  }),
  'other-service': (evidence) => ({
    title: `Another program answers on port ${evidence.webPort}`,
    because: 'It has a certificate of its own, or speaks something else than secure WebSockets.',
    remedy: [
      'Stop that program, or give the broker another browser port.',
      `If ${evidence.host} leads to another computer, mend the name.`,
    ],
    action: null,
    says: 'ERR_SSL_PROTOCOL_ERROR, ERR_CERT_AUTHORITY_INVALID with a strange issuer, or a page that is not yours',
    line: onBroker(listeners(evidence), 'a line that ends in mosquitto (or docker-proxy)'),
  }),
  'port-closed': (evidence) => ({
    title: runsBeside(evidence)
      ? `The broker runs, but not on port ${evidence.webPort}`
      : 'The broker is not running, or listens on another port',
    because: closedReason(evidence),
    remedy: [
      'Start it as the broker files say. If it stops again, its last lines say why.',
      `If it runs: compare the browser port in mosquitto.conf (docker-compose.yml) with ${evidence.webPort}.`,
    ],
    action: 'broker-files',
    says: 'ERR_CONNECTION_REFUSED',
    line: onBroker(
      'sudo ss -ltnp | grep mosquitto',
      `a line with :${evidence.webPort} (nothing: it does not run; other numbers: another port)`,
    ),
  }),
  'name-unknown': (evidence) => ({
    title: `This computer does not find ${evidence.host}`,
    because: nameReason(evidence),
    remedy: nameRemedy(evidence),
    action: null,
    says: 'ERR_NAME_NOT_RESOLVED, or DNS_PROBE_FINISHED_NXDOMAIN',
    line: here(pingLine(evidence), "the broker's own address and answers from it"),
  }),
  'host-silent': (evidence) => ({
    title: `No computer answers as ${evidence.host}`,
    because:
      'Nothing came back, not even a refusal: it is off, in another network, or has another address now.',
    remedy: [
      "Switch the broker's computer on, and bring this one into the same network (not a guest Wi-Fi).",
      ...(evidence.browser.system === 'macOS'
        ? [`On a Mac: System Settings, Privacy & Security, Local Network, ${evidence.browser.family}: on.`]
        : []),
    ],
    action: null,
    says: 'ERR_CONNECTION_TIMED_OUT or ERR_ADDRESS_UNREACHABLE',
    line: here(pingLine(evidence), "answers from the broker's address"),
  }),
  firewall: (evidence) => ({
    title: `A firewall swallows port ${evidence.webPort}`,
    because: 'The computer is there, but this port neither opens nor refuses.',
    remedy: [
      `Let TCP port ${evidence.webPort} in on the broker's computer, for example: sudo ufw allow ${evidence.webPort}/tcp`,
    ],
    action: null,
    says: 'ERR_CONNECTION_TIMED_OUT',
    line: onBroker('sudo ufw status', `${evidence.webPort}/tcp ALLOW, or "inactive"`),
  }),
};

function olderReason(evidence: Evidence): string {
  const { certificate, filesTakenAtMs } = evidence;
  const changedAtMs = Math.max(certificate.renewedAtMs ?? 0, certificate.authorityReplacedAtMs ?? 0);
  if (changedAtMs === 0) return 'It may run with files of an earlier project.';
  return isNewerThanFiles(evidence)
    ? `The certificate was made anew on ${day(changedAtMs)}; the broker files were downloaded ${filesTakenAtMs === null ? 'never' : `on ${day(filesTakenAtMs)}, before that`}.`
    : `The certificate was made anew on ${day(changedAtMs)}; the files downloaded since may not have reached the broker.`;
}

/** The device port answers with TLS. */
const runsBeside = ({ dials }: Evidence): boolean =>
  dials !== null && (timingOf(dials).deviceHandshake ?? 0) > 0.75;

function closedReason(evidence: Evidence): string {
  const { host, webPort, devicePort, filesTakenAtMs } = evidence;
  const refusal = `${host} refuses port ${webPort} as fast as a port that nobody uses`;
  if (runsBeside(evidence)) return `${refusal}, while port ${devicePort} answers.`;
  return filesTakenAtMs === null ? `The broker files were never downloaded, and ${refusal}.` : `${refusal}.`;
}

function nameReason({ dials, host }: Evidence): string {
  const other = dials?.otherHosts.find(({ dial }) => dial.end === 'opened');
  if (other) return `The broker answers as ${other.host}, but not as ${host}.`;
  return host.endsWith('.local')
    ? 'Names in .local are asked for in the local network alone; VPNs, guest networks and some systems do not pass them.'
    : 'The name is not known, or leads to another computer.';
}

const nameRemedy = ({ host, browser }: Evidence): string[] => [
  ...(host.endsWith('.local')
    ? [
        "The broker's computer must be on and announce itself: sudo apt install avahi-daemon",
        ...(browser.system === 'Android' ? ['Android below 13 knows no .local names: use the address.'] : []),
      ]
    : ["Put the name into the router's or this computer's list of hosts."]),
  "Or use the broker's address instead: check it above.",
];

export const likelyVerdict = (cause: LikelyCause, evidence: Evidence): Verdict => {
  const { says, ...verdict } = likelyTexts[cause](evidence);
  return { ...verdict, link: { address: tabAddress(evidence), says } };
};
