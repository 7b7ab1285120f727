/**
 * What the broker tests stand on: a test PKI made by the openssl command line, a bundle unpacked with unzip, a real
 * Mosquitto started by the bundle's own start.sh, and MQTT clients.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { buildBundle, zipBundle, type BundleFile } from '../../src/broker/bundle.ts';
import type { BundleCertificates, BundleInput } from '../../src/broker/bundle-input.ts';
import { usualAccess } from '../../src/project/access.ts';
import { hashPassword, passwordFileLine } from '../../src/broker/password-file.ts';

export interface Identity {
  readonly certificatePem: string;
  readonly keyPem: string;
}

interface IssueOptions {
  readonly commonName: string;
  readonly usage: 'clientAuth' | 'serverAuth';
  readonly subjectAltName?: string;
  readonly days?: number;
}

/** A certificate authority in a folder, run by the openssl command line. */
export class TestAuthority {
  readonly #folder: string;
  readonly certificatePem: string;

  /** @param present a certificate and key that are there; else new ones are made. */
  constructor(folder: string, commonName: string, present?: Identity) {
    mkdirSync(folder);
    this.#folder = folder;
    if (present) {
      writeFileSync(path.join(folder, 'ca.crt'), present.certificatePem);
      writeFileSync(path.join(folder, 'ca.key'), present.keyPem);
      this.certificatePem = present.certificatePem;
      return;
    }
    const subject = ['-subj', `/O=Test/CN=${commonName}`, '-days', '30'];
    const extensions = [
      '-addext',
      'basicConstraints=critical,CA:TRUE',
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
    ];
    this.#openssl([
      'req',
      '-x509',
      '-new',
      ...newKey,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      ...subject,
      ...extensions,
    ]);
    this.certificatePem = this.#read('ca.crt');
  }

  issue({ commonName, usage, subjectAltName, days = 30 }: IssueOptions): Identity {
    const lines = [
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      `extendedKeyUsage=${usage}`,
    ];
    if (subjectAltName !== undefined) lines.push(`subjectAltName=${subjectAltName}`);
    writeFileSync(path.join(this.#folder, 'leaf.ext'), lines.join('\n'));
    const subject = `/CN=${commonName.replaceAll('/', '\\/')}`;
    this.#openssl(['req', '-new', ...newKey, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', subject]);
    const signing = [
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      String(days),
      '-extfile',
      'leaf.ext',
    ];
    this.#openssl(['x509', '-req', '-in', 'leaf.csr', '-out', 'leaf.crt', ...signing]);
    return { certificatePem: this.#read('leaf.crt'), keyPem: this.#read('leaf.key') };
  }

  #openssl(args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'pipe' });
  }

  #read(name: string): string {
    return readFileSync(path.join(this.#folder, name), 'utf8');
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export interface TestPki {
  readonly folder: string;
  readonly client: TestAuthority;
  readonly server: TestAuthority;
  readonly certificates: BundleCertificates;
}

export const dashboardPassword = 'correct horse "battery" $taple ü';

export function makePki(folder: string): TestPki {
  const client = new TestAuthority(path.join(folder, 'client'), 'client authority');
  const server = new TestAuthority(path.join(folder, 'server'), 'server authority');
  const web = new TestAuthority(path.join(folder, 'web'), 'web authority');
  const subjectAltName = 'DNS:localhost,IP:127.0.0.1';
  const device = server.issue({ commonName: 'localhost', usage: 'serverAuth', subjectAltName });
  const browser = web.issue({ commonName: 'localhost', usage: 'serverAuth', subjectAltName });
  const certificates: BundleCertificates = {
    clientAuthorityPem: client.certificatePem,
    serverAuthorityPem: server.certificatePem,
    webAuthorityPem: web.certificatePem,
    deviceListenerPem: device.certificatePem,
    deviceListenerKeyPem: device.keyPem,
    webListenerPem: browser.certificatePem,
    webListenerKeyPem: browser.keyPem,
  };
  return { folder, client, server, certificates };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'signet-broker-'));
  chmodSync(folder, 0o755);
  return folder;
}

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

export async function freePorts(): Promise<{ devicePort: number; webPort: number }> {
  const servers = [createServer(), createServer()];
  const [devicePort = 0, webPort = 0] = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, () => resolve((server.address() as AddressInfo).port)),
        ),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return { devicePort, webPort };
}

export async function bundleInput(
  certificates: BundleCertificates,
  changes: Partial<BundleInput> = {},
): Promise<BundleInput> {
  const hash = await hashPassword(dashboardPassword, { salt: crypto.getRandomValues(new Uint8Array(12)) });
  return {
    projectId: 'porch',
    hosts: ['localhost'],
    ...(await freePorts()),
    certificates,
    dashboard: { username: 'dashboard', passwordHashLine: passwordFileLine('dashboard', hash) },
    devices: ['porch-1', 'door-1'],
    access: usualAccess,
    system: 'debian',
    ...changes,
  };
}

/** Writes the .zip and unpacks it with unzip, as a person would. */
export const unpackBundle = (input: BundleInput, folder: string): void =>
  unpackFiles(buildBundle(input), folder);

export function unpackFiles(files: readonly BundleFile[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  const zip = path.join(folder, '..', `${path.basename(folder)}.zip`);
  writeFileSync(zip, zipBundle(files));
  execFileSync('unzip', ['-q', '-o', zip, '-d', folder]);
}

export interface RunningBroker {
  readonly pid: number;
  log(): string;
  stop(): Promise<void>;
}

/** Starts a command that becomes Mosquitto; resolves when it says that it runs, rejects with its output otherwise. */
export function startBroker(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<RunningBroker> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return new Promise((resolve, reject) => {
    const collect = (chunk: Buffer): void => {
      log += chunk.toString();
      if (/mosquitto version \S+ running/.test(log)) resolve({ pid: child.pid ?? 0, log: () => log, stop });
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    void exited.then((code) => reject(new Error(`the broker ended with ${String(code)}:\n${log}`)));
  });

  async function stop(): Promise<void> {
    (child as ChildProcess).kill('SIGTERM');
    await exited;
  }
}

interface SpawnOptions {
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** A connected client, or the reason why not. */
export function connect(options: IClientOptions): Promise<MqttClient> {
  return new Promise((resolve, reject) => {
    const client = mqtt.connect({
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      protocolVersion: 5,
      ...options,
    });
    client.once('connect', () => resolve(client));
    client.once('error', (error) => reject(error));
    client.once('close', () => reject(new Error('closed before CONNACK')));
  });
}

export function deviceOptions(input: BundleInput, identity: Identity | null): IClientOptions {
  return {
    protocol: 'mqtts',
    host: 'localhost',
    port: input.devicePort,
    ca: input.certificates.serverAuthorityPem,
    ...(identity === null ? {} : { cert: identity.certificatePem, key: identity.keyPem }),
  };
}

export function webOptions(
  input: BundleInput,
  login: { username?: string; password?: string },
): IClientOptions {
  return {
    protocol: 'wss',
    host: 'localhost',
    port: input.webPort,
    ca: input.certificates.webAuthorityPem,
    ...login,
  };
}

/** MQTT 5 reason code of a QoS 1 publish's PUBACK. */
export function publishReason(
  client: MqttClient,
  topic: string,
  payload: string | Buffer = 'x',
): Promise<number> {
  return new Promise((resolve, reject) => {
    client.publish(topic, payload, { qos: 1 }, (error, packet) => {
      if (!error) resolve((packet as { reasonCode?: number } | undefined)?.reasonCode ?? 0);
      else if ('code' in error && typeof error.code === 'number') resolve(error.code);
      else reject(error);
    });
  });
}
