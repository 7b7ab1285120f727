/**
 * The published list: one real fault each. `knowable` ones must be named first; of the others, which browsers do not tell
 * apart, the cause must be among the first three. Only this file and who runs it know which fault was made.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brokerPaths } from '../../../../src/broker/bundle-layout.ts';
import type { Cause } from '../../../../src/doctor/causes.ts';
import { dayMs, names, type Fault, type Findings, type MadeProject } from './doctor-world.ts';
import { takeWithHttps, takeWithOtherWebSocket, takeWithPlainHttp, takeWithSilence } from './port-takers.ts';

export interface DoctorCase {
  readonly name: string;
  readonly cause: Cause;
  readonly kind: 'knowable' | 'opaque';
  readonly fault: Fault;
  /** Before the person trusted the web authority. */
  readonly isUntrusted?: boolean;
}

/** Changes one file of an unpacked bundle. */
const edited =
  (file: string, change: (text: string) => string): NonNullable<Fault['spoil']> =>
  (folder) => {
    const target = path.join(folder, 'mosquitto', file);
    writeFileSync(target, change(readFileSync(target, 'utf8')));
  };

/** Changes the part of mosquitto.conf that follows the browser port's own line. */
const webListener = (
  change: (lines: string, project: MadeProject) => string,
): NonNullable<Fault['spoil']> => {
  return (folder, project) => {
    const target = path.join(folder, 'mosquitto', 'mosquitto.conf');
    const [before = '', after = ''] = readFileSync(target, 'utf8').split(`listener ${project.webPort}`);
    writeFileSync(target, before + change(`listener ${project.webPort}${after}`, project));
  };
};

const otherPassword: NonNullable<Fault['spoil']> = (folder) => {
  const file = path.join(folder, 'mosquitto', brokerPaths.passwords);
  execFileSync('mosquitto_passwd', ['-b', file, 'dashboard', 'another password']);
};

/** With certificate and key of the project's own browser port, so that the browser trusts it. */
const ownKey = ({ folder }: MadeProject) => ({
  keyFile: path.join(folder, 'mosquitto', brokerPaths.webListenerKey),
  certificateFile: path.join(folder, 'mosquitto', brokerPaths.webListener),
});

function foreignKey({ folder }: MadeProject): { keyFile: string; certificateFile: string } {
  const [keyFile, certificateFile] = [path.join(folder, 'foreign.key'), path.join(folder, 'foreign.crt')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  const into = ['-keyout', keyFile, '-out', certificateFile, '-subj', '/CN=router'];
  execFileSync('openssl', ['req', '-x509', ...key, ...into], { stdio: 'pipe' });
  return { keyFile, certificateFile };
}

const movedPort = (project: MadeProject): number => project.webPort + 1;

export const doctorCases: readonly DoctorCase[] = [
  {
    name: 'the host name is not in the certificate',
    kind: 'knowable',
    cause: 'host-not-listed',
    fault: { host: names.unlisted },
  },
  {
    name: 'the certificate has expired',
    kind: 'knowable',
    cause: 'certificate-expired',
    fault: { project: 'past' },
  },
  {
    name: 'the certificate is not yet valid',
    kind: 'knowable',
    cause: 'certificate-not-yet-valid',
    fault: { project: 'future' },
  },
  {
    name: "this computer's clock is ahead",
    kind: 'knowable',
    cause: 'clock-ahead',
    fault: { project: 'past', hostBehindMs: 200 * dayMs },
  },
  {
    name: "this computer's clock is behind",
    kind: 'knowable',
    cause: 'clock-behind',
    fault: { project: 'future', hostBehindMs: -60 * dayMs },
  },
  {
    name: 'Local Network Access was refused',
    kind: 'knowable',
    cause: 'local-network-refused',
    fault: { permission: 'denied' },
  },
  {
    name: 'Local Network Access was never asked for',
    kind: 'knowable',
    cause: 'local-network-unasked',
    fault: { permission: 'prompt' },
  },
  {
    name: "the page's host forbids the local network",
    kind: 'knowable',
    cause: 'local-network-forbidden',
    fault: {
      // Nobody was asked before: what was granted earlier would still hold.
      permission: 'prompt',
      headers: { 'Permissions-Policy': 'local-network=(), loopback-network=(), local-network-access=()' },
    },
  },
  {
    name: "the page's host forbids secure WebSockets",
    kind: 'knowable',
    cause: 'blocked-by-page-host',
    fault: { headers: { 'Content-Security-Policy': "connect-src 'self'" } },
  },
  {
    name: 'the page was opened without encryption',
    kind: 'knowable',
    cause: 'insecure-page',
    fault: { project: 'insecure' },
  },
  {
    name: 'the port is one that browsers refuse',
    kind: 'knowable',
    cause: 'blocked-port',
    fault: { project: 'blocked' },
  },
  { name: 'the password is refused', kind: 'knowable', cause: 'password', fault: { spoil: otherPassword } },
  {
    name: 'the access list refuses commands',
    kind: 'knowable',
    cause: 'may-not-command',
    fault: { spoil: edited(brokerPaths.webAccess, (text) => text.replaceAll(/^topic write .*\n/gm, '')) },
  },
  {
    name: 'the access list refuses reading',
    kind: 'knowable',
    cause: 'may-not-read',
    fault: { spoil: edited(brokerPaths.webAccess, (text) => text.replaceAll(/^topic read .*\n/gm, '')) },
  },
  {
    name: 'a trusted WebSocket server that is no broker',
    kind: 'knowable',
    cause: 'not-mqtt',
    fault: { instead: (project) => takeWithOtherWebSocket(project.webPort, ownKey(project)) },
  },
  {
    name: 'the browser does not trust the web authority',
    kind: 'opaque',
    cause: 'authority-untrusted',
    isUntrusted: true,
    fault: {},
  },
  {
    name: 'the broker is not running',
    kind: 'opaque',
    cause: 'port-closed',
    fault: { isBrokerStopped: true },
  },
  {
    name: 'the broker listens on another port',
    kind: 'opaque',
    cause: 'port-closed',
    fault: {
      spoil: webListener((lines, project) =>
        lines.replace(String(project.webPort), String(movedPort(project))),
      ),
      listensOn: (project) => [project.devicePort, movedPort(project)],
    },
  },
  {
    name: 'the name is not known, its broker known by other names too',
    kind: 'opaque',
    cause: 'name-unknown',
    fault: { host: names.unknown },
  },
  {
    name: 'the name is not known, and is the only one',
    kind: 'opaque',
    cause: 'name-unknown',
    fault: { project: 'lonely', host: names.unknown },
  },
  {
    name: "the broker's computer is off",
    kind: 'opaque',
    cause: 'host-silent',
    fault: { host: names.silent, isBrokerStopped: true },
  },
  {
    name: 'a firewall swallows the port',
    kind: 'opaque',
    cause: 'firewall',
    fault: { host: names.walled, instead: ({ webPort }) => takeWithSilence('127.0.0.7', webPort) },
  },
  {
    name: "another program's certificate on the port",
    kind: 'opaque',
    cause: 'other-service',
    fault: { instead: (project) => takeWithHttps(project.webPort, foreignKey(project)) },
  },
  {
    name: 'a program without encryption on the port',
    kind: 'opaque',
    cause: 'other-service',
    fault: { instead: ({ webPort }) => takeWithPlainHttp(webPort) },
  },
  {
    name: 'MQTT without WebSocket on the port',
    kind: 'opaque',
    cause: 'other-service',
    fault: { spoil: webListener((lines) => lines.replace('protocol websockets\n', '')) },
  },
  {
    name: 'the broker still runs with an older bundle',
    kind: 'opaque',
    cause: 'older-bundle',
    fault: { project: 'renewed', host: names.late },
  },
];

/** Everything that was said, in the order it was said. */
export const saidIn = ({ known, likely }: Findings): readonly string[] => [...known, ...likely];

/** A knowable cause stands first; another one among the first three. */
export const isRight = ({ kind, cause }: DoctorCase, findings: Findings): boolean =>
  saidIn(findings)
    .slice(0, kind === 'knowable' ? 1 : 3)
    .includes(cause);
