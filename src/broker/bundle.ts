/**
 * The broker bundle: every file with its place, mode and purpose, and the .zip of them. Same input, same bytes.
 * Layout: `mosquitto/` is the broker's own folder, around it what starts it and what a person reads.
 */
import { type Zippable, zipSync } from 'fflate';
import { type Bytes, utf8 } from '../shared/bytes.ts';
import { deviceAccessList, webAccessList } from './access-lists.ts';
import { type BundleInput, checkBundleInput } from './bundle-input.ts';
import { composeFile } from './compose-file.ts';
import { brokerPaths, mosquittoConf } from './mosquitto-conf.ts';
import { readmeText } from './readme-text.ts';
import { startScript } from './start-script.ts';

export interface BundleFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly content: Bytes;
  readonly mode: 0o644 | 0o640 | 0o600 | 0o755;
  /** Private key or password hash. */
  readonly secret: boolean;
  /** One line for people. */
  readonly purpose: string;
}

/** All files of the bundle, README.txt first. Throws broker.name, broker.host, broker.port. */
export function buildBundle(input: BundleInput): BundleFile[] {
  checkBundleInput(input);
  const files = [...outerFiles(input), ...brokerFiles(input), ...certificateFiles(input)];
  return [openFile('README.txt', 'this text', readmeText(input, files)), ...files];
}

function outerFiles(input: BundleInput): BundleFile[] {
  const { projectId, devicePort, webPort, certificates } = input;
  const host = input.hosts[0] ?? 'localhost';
  return [
    {
      ...openFile(
        'start.sh',
        'starts the broker on Linux',
        startScript({ projectId, host, devicePort, webPort }),
      ),
      mode: 0o755,
    },
    openFile('docker-compose.yml', 'starts the broker with Docker', composeFile(input)),
    openFile('web-ca.crt', 'the authority the browser must trust', pemText(certificates.webAuthorityPem)),
  ];
}

function brokerFiles(input: BundleInput): BundleFile[] {
  const { projectId, devices, dashboard } = input;
  const { username, passwordHashLine } = dashboard;
  return [
    openFile(
      'mosquitto/mosquitto.conf',
      'ports, certificates, limits',
      mosquittoConf({ ...input, hasRevocationList: input.certificates.revocationListPem !== undefined }),
    ),
    brokerFile('deviceAccess', 'what each device may read and write', deviceAccessList(input)),
    brokerFile(
      'webAccess',
      'what the browser may read and write',
      webAccessList(projectId, username, devices),
    ),
    secretFile('passwords', `the hash of the password of "${username}"`, `${passwordHashLine}\n`),
  ];
}

function certificateFiles({ certificates }: BundleInput): BundleFile[] {
  const certificate = (path: keyof typeof brokerPaths, purpose: string, pem: string): BundleFile =>
    openFile(`mosquitto/${brokerPaths[path]}`, purpose, pemText(pem));
  return [
    certificate('clientAuthority', 'the broker lets in whom this signed', certificates.clientAuthorityPem),
    certificate(
      'serverAuthority',
      'signed the device port; for the test lines',
      certificates.serverAuthorityPem,
    ),
    ...(certificates.revocationListPem === undefined
      ? []
      : [certificate('revocationList', 'whom the broker lets in no more', certificates.revocationListPem)]),
    certificate('deviceListener', 'shown to devices', certificates.deviceListenerPem),
    secretFile('deviceListenerKey', 'its private key', pemText(certificates.deviceListenerKeyPem)),
    certificate('webListener', 'shown to browsers', certificates.webListenerPem),
    secretFile('webListenerKey', 'its private key', pemText(certificates.webListenerKeyPem)),
  ];
}

const openFile = (path: string, purpose: string, text: string): BundleFile => ({
  path,
  purpose,
  content: utf8(text),
  mode: 0o644,
  secret: false,
});

// Mosquitto 2.1 complains about access and password files that others can read.
const brokerFile = (path: keyof typeof brokerPaths, purpose: string, text: string): BundleFile => ({
  ...openFile(`mosquitto/${brokerPaths[path]}`, purpose, text),
  mode: 0o600,
});

const secretFile = (path: keyof typeof brokerPaths, purpose: string, text: string): BundleFile => ({
  ...brokerFile(path, purpose, text),
  secret: true,
});

/** LF line ends and a final one, whatever came in. */
const pemText = (pem: string): string => `${pem.replaceAll('\r', '').trimEnd()}\n`;

const unixRegularFile = 0o100000;
const unixHost = 3;

/** A .zip with Unix modes. The time stamps are fixed, so equal files give equal bytes. */
export function zipBundle(files: readonly BundleFile[]): Bytes {
  const entries: Zippable = {};
  for (const { path, content, mode } of files) {
    const attrs = ((unixRegularFile | mode) << 16) >>> 0;
    // ZIP knows local time only: a date made from local parts is the same text in every time zone.
    entries[path] = [content, { os: unixHost, attrs, mtime: new Date(2020, 0, 1), level: 9 }];
  }
  return new Uint8Array(zipSync(entries));
}
