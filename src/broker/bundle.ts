/**
 * The broker bundle: every file with its place, mode and purpose, and the .zip of them. Same input, same bytes.
 * One folder is the broker's own, around it lies what starts it on the chosen machine and what a person reads.
 */
import { type Zippable, zipSync } from 'fflate';
import { type Bytes, utf8 } from '../shared/bytes.ts';
import { deviceAccessList, webAccessList } from './access-lists.ts';
import { type BundleInput, checkBundleInput } from './bundle-input.ts';
import { type BrokerPaths, guardedPaths, layoutOf } from './bundle-layout.ts';
import { mosquittoConf } from './mosquitto-conf.ts';
import { readmeText } from './readme-text.ts';
import { composeFile } from './systems/docker.ts';
import { installScript } from './systems/install-script.ts';
import { startScript } from './systems/start-script.ts';
import { debian, macos, openwrt } from './systems/unix-systems.ts';
import { windowsScript } from './systems/windows.ts';

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
  const layout = layoutOf(input.system);
  const own = [...brokerFiles(input, layout.paths), ...certificateFiles(input, layout.paths)];
  const files = [
    ...systemFiles(
      input,
      own.map(({ path }) => path),
    ),
    openFile(
      'web-ca.crt',
      'the authority the browser must trust',
      pemText(input.certificates.webAuthorityPem),
    ),
    ...own.map((file) => ({ ...file, path: `${layout.folder}/${file.path}` })),
  ];
  return [openFile('README.txt', 'this text', readmeText(input, files)), ...files];
}

/** What starts the broker on the chosen machine. */
function systemFiles(input: BundleInput, present: readonly string[]): BundleFile[] {
  const { system } = input;
  const guarded = guardedPaths(layoutOf(system).paths, present);
  if (system === 'docker')
    return [openFile('docker-compose.yml', 'starts the broker with Docker', composeFile(input))];
  const parts = { ...input, present, guarded };
  if (system === 'windows')
    return [openFile('install.ps1', 'installs the broker as a service', windowsScript(parts))];
  const install = installScript(parts, unixParts[system](input));
  const scripts = [scriptFile('install.sh', 'installs the broker as a service', install)];
  if (system === 'openwrt') return scripts;
  const host = input.hosts[0] ?? 'localhost';
  const start = startScript({ ...parts, host });
  return [...scripts, scriptFile('start.sh', 'starts the broker in a window, to try it', start)];
}

const unixParts = { debian, openwrt, macos };

/** Paths as mosquitto.conf sees them. */
function brokerFiles(input: BundleInput, paths: BrokerPaths): BundleFile[] {
  const hasRevocationList = input.certificates.revocationListPem !== undefined;
  return [
    openFile(
      'mosquitto.conf',
      'ports, certificates, limits',
      mosquittoConf({ ...input, hasRevocationList, paths }),
    ),
    guardedFile(paths.deviceAccess, 'what each device may read and write', deviceAccessList(input)),
    guardedFile(paths.webAccess, 'what the browser and others with a password may', webAccessList(input)),
    ...passwordFiles(input, paths),
  ];
}

function passwordFiles(input: BundleInput, paths: BrokerPaths): BundleFile[] {
  const { dashboard, users = [], access, devicePasswordLines = [] } = input;
  const others = users.map(({ passwordHashLine }) => passwordHashLine);
  const names = [dashboard.username, ...users.map(({ user }) => user)].join(', ');
  const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');
  const web = secretFile(
    paths.passwords,
    `password hashes of the browser port: ${names}`,
    lines([dashboard.passwordHashLine, ...others]),
  );
  if (access.deviceLogin === 'certificate') return [web];
  const devices = lines([...devicePasswordLines, ...others]);
  return [web, secretFile(paths.devicePasswords, 'password hashes of the device port', devices)];
}

function certificateFiles({ certificates }: BundleInput, paths: BrokerPaths): BundleFile[] {
  const certificate = (path: string, purpose: string, pem: string): BundleFile =>
    openFile(path, purpose, pemText(pem));
  return [
    certificate(
      paths.clientAuthority,
      'the broker lets in whom this signed',
      certificates.clientAuthorityPem,
    ),
    certificate(
      paths.serverAuthority,
      'signed the device port; for the test lines',
      certificates.serverAuthorityPem,
    ),
    ...(certificates.revocationListPem === undefined
      ? []
      : [
          certificate(
            paths.revocationList,
            'whom the broker lets in no more',
            certificates.revocationListPem,
          ),
        ]),
    certificate(paths.deviceListener, 'shown to devices', certificates.deviceListenerPem),
    secretFile(paths.deviceListenerKey, 'its private key', pemText(certificates.deviceListenerKeyPem)),
    certificate(paths.webListener, 'shown to browsers', certificates.webListenerPem),
    secretFile(paths.webListenerKey, 'its private key', pemText(certificates.webListenerKeyPem)),
  ];
}

const openFile = (path: string, purpose: string, text: string): BundleFile => ({
  path,
  purpose,
  content: utf8(text),
  mode: 0o644,
  secret: false,
});

const scriptFile = (path: string, purpose: string, text: string): BundleFile => ({
  ...openFile(path, purpose, text),
  mode: 0o755,
});

// Mosquitto 2.1 complains about access and password files that others can read.
const guardedFile = (path: string, purpose: string, text: string): BundleFile => ({
  ...openFile(path, purpose, text),
  mode: 0o600,
});

const secretFile = (path: string, purpose: string, text: string): BundleFile => ({
  ...guardedFile(path, purpose, text),
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
