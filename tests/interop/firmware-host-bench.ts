/**
 * What the tests of the firmware's Linux home stand on: authorities and certificates made by the openssl command line, a
 * real Mosquitto that demands client certificates, and the program itself with its files in a folder.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createPrivateKey, createHash, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

export type KeyKind = 'ec' | 'rsa';

export interface Leaf {
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly certificateDer: Buffer;
  /** SEC1 or PKCS#1, as the device keeps it. */
  readonly keyDer: Buffer;
}

const newKey: Record<KeyKind, readonly string[]> = {
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
  rsa: ['-newkey', 'rsa:2048', '-nodes'],
};

const derOf = (pem: string): Buffer => new X509Certificate(pem).raw;

/** One certificate authority in a folder of its own. */
export class OpensslAuthority {
  readonly certificatePath: string;
  readonly certificateDer: Buffer;
  readonly #folder: string;

  constructor(folder: string, commonName: string, kind: KeyKind) {
    mkdirSync(folder);
    this.#folder = folder;
    this.certificatePath = path.join(folder, 'ca.crt');
    this.#run(
      'req -x509 -new -keyout ca.key -out ca.crt -days 3650',
      ...newKey[kind],
      ...['-subj', `/O=Test/CN=${commonName}`],
      ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    );
    this.certificateDer = derOf(readFileSync(this.certificatePath, 'utf8'));
  }

  /** A client certificate for a request, whose own signature is checked first; DER. */
  certify(request: Uint8Array, fileName: string): Buffer {
    writeFileSync(path.join(this.#folder, `${fileName}.req`), request);
    this.#run(`req -inform DER -in ${fileName}.req -noout -verify`);
    const extensions = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=clientAuth'];
    writeFileSync(path.join(this.#folder, `${fileName}.ext`), extensions.join('\n'));
    this.#run(
      `x509 -req -inform DER -in ${fileName}.req -out ${fileName}.crt -CA ca.crt -CAkey ca.key -CAcreateserial -days 397 -extfile ${fileName}.ext`,
    );
    return derOf(readFileSync(path.join(this.#folder, `${fileName}.crt`), 'utf8'));
  }

  /** Revokes certificates; the list's path. */
  revoke(...leaves: readonly Leaf[]): string {
    const settings = ['[ca]', 'default_ca=all', '[all]', 'database=index.txt', 'default_md=sha256'];
    settings.push('default_crl_days=30', 'private_key=ca.key', 'certificate=ca.crt');
    writeFileSync(path.join(this.#folder, 'revoke.cnf'), `${settings.join('\n')}\n`);
    writeFileSync(path.join(this.#folder, 'index.txt'), '');
    for (const { certificatePath } of leaves) this.#run('ca -config revoke.cnf -revoke', certificatePath);
    this.#run('ca -config revoke.cnf -gencrl -out ca.crl');
    return path.join(this.#folder, 'ca.crl');
  }

  issue(name: string, usage: 'clientAuth' | 'serverAuth', kind: KeyKind, subjectAltName?: string): Leaf {
    const extensions = [
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      `extendedKeyUsage=${usage}`,
      ...(subjectAltName ? [`subjectAltName=${subjectAltName}`] : []),
    ];
    writeFileSync(path.join(this.#folder, 'leaf.ext'), extensions.join('\n'));
    this.#run(`req -new -keyout ${name}.key -out ${name}.csr`, ...newKey[kind], '-subj', `/CN=${name}`);
    this.#run(
      `x509 -req -in ${name}.csr -out ${name}.crt -CA ca.crt -CAkey ca.key -CAcreateserial -days 397 -extfile leaf.ext`,
    );
    const certificatePath = path.join(this.#folder, `${name}.crt`);
    const keyPath = path.join(this.#folder, `${name}.key`);
    const key = createPrivateKey(readFileSync(keyPath, 'utf8'));
    return {
      certificatePath,
      keyPath,
      certificateDer: derOf(readFileSync(certificatePath, 'utf8')),
      keyDer: key.export({ format: 'der', type: kind === 'ec' ? 'sec1' : 'pkcs1' }),
    };
  }

  #run(command: string, ...more: readonly string[]): void {
    execFileSync('openssl', [...command.split(' '), ...more], { cwd: this.#folder, stdio: 'pipe' });
  }
}

export const sha1Of = (der: Buffer): Buffer => createHash('sha1').update(der).digest();

/** SHA-256 of the SubjectPublicKeyInfo. */
export const spkiPinOf = (der: Buffer): Buffer =>
  createHash('sha256')
    .update(new X509Certificate(der).publicKey.export({ format: 'der', type: 'spki' }))
    .digest();

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'signet-host-'));
  chmodSync(folder, 0o755);
  return folder;
}

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when `holds` does; rejects with `what` after ten seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`did not happen within 10 s: ${what}`);
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });

export interface DeviceListener {
  /** Path of a list of revoked client certificates. */
  readonly revoked?: string;
  /** A user and password instead of client certificates. */
  readonly login?: { readonly user: string; readonly password: string };
}

/** Mosquitto with one listener as the bundle's device port has it, and a plain one for the test's own eyes. */
export class DeviceBroker {
  port = 0;
  plainPort = 0;
  #process: ChildProcess | null = null;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(
    clientAuthority: OpensslAuthority,
    server: Leaf,
    { revoked, login }: DeviceListener = {},
  ): Promise<void> {
    this.port ||= await freePort();
    this.plainPort ||= await freePort();
    const config = path.join(this.#folder, 'mosquitto.conf');
    const lines = [
      'per_listener_settings true',
      `listener ${this.port} 127.0.0.1`,
      'allow_anonymous false',
      `cafile ${clientAuthority.certificatePath}`,
      `certfile ${server.certificatePath}`,
      `keyfile ${server.keyPath}`,
      ...(revoked === undefined ? [] : [`crlfile ${revoked}`]),
      ...(login
        ? [`password_file ${this.#passwordFile(login.user, login.password)}`]
        : ['require_certificate true', 'use_identity_as_username true']),
      'tls_version tlsv1.2',
      `listener ${this.plainPort} 127.0.0.1`,
      'allow_anonymous true',
    ];
    writeFileSync(config, lines.join('\n'));
    chmodSync(server.keyPath, 0o644);
    this.#process = spawn('mosquitto', ['-c', config], { stdio: 'ignore' });
    await until('the broker listens', async () => (await accepts(this.port)) && accepts(this.plainPort));
  }

  #passwordFile(user: string, password: string): string {
    const file = path.join(this.#folder, 'passwords');
    execFileSync('mosquitto_passwd', ['-b', '-c', file, user, password], { stdio: 'pipe' });
    chmodSync(file, 0o644);
    return file;
  }

  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (!running) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  }
}

/** A TLS server that ignores the wish for small fragments and answers everything with a CONNACK. */
export async function startWithoutFragments(
  folder: string,
  leaf: Leaf,
): Promise<{ readonly port: number; stop(): void }> {
  const paths = ['certificate', 'key'].map((name) => path.join(folder, name));
  writeFileSync(paths[0] ?? '', leaf.certificateDer);
  writeFileSync(paths[1] ?? '', leaf.keyDer);
  const server = spawn(buildHost('server'), paths, { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve) =>
    server.stdout.once('data', (text) => resolve(Number(text))),
  );
  return { port, stop: () => server.kill('SIGKILL') };
}

/** Builds the program when it is out of date; its path. */
export const buildHost = (what: 'firmware' | 'driver' | 'server'): string =>
  execFileSync('bash', [path.join(root, 'scripts/firmware-host-build.sh'), what], {
    encoding: 'utf8',
  }).trim();

export interface Ended {
  readonly exitCode: number | null;
  readonly lines: readonly string[];
}

export type Files = Readonly<Record<string, Uint8Array | string>>;

/** A running program with its own folder of files, its console lines and its reported outputs. */
export class HostProgram {
  readonly lines: string[] = [];
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;
  readonly #folder: string;

  constructor(program: string, folder: string, options: readonly string[]) {
    this.#folder = folder;
    mkdirSync(this.stateFolder, { recursive: true });
    const own = ['--state', this.stateFolder, '--events', path.join(folder, 'events')];
    // The sanitizers' exit code, which no program here ends with otherwise.
    const env = { ...process.env, ASAN_OPTIONS: 'exitcode=99', UBSAN_OPTIONS: 'exitcode=99' };
    this.#process = spawn(program, [...own, ...options], { stdio: ['pipe', 'pipe', 'ignore'], env });
    let rest = '';
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      this.lines.push(...parts.map((line) => line.replace(/\r$/, '')));
    });
    this.ended = new Promise((resolve) =>
      this.#process.once('close', (exitCode) => resolve({ exitCode, lines: this.lines })),
    );
  }

  get stateFolder(): string {
    return path.join(this.#folder, 'state');
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  events(): string[] {
    const file = path.join(this.#folder, 'events');
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  }

  type(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }
}

/** Writes `files` (names without the slash) into a folder for `--files`; its path. */
export function writeFiles(folder: string, files: Files): string {
  const target = path.join(folder, 'files');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(target, name), content);
  return target;
}
