/** A real Mosquitto with a WSS listener on a free port of 127.0.0.1, its certificates made by openssl. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const config = (folder: string, webPort: number, plainPort: number): string => `
per_listener_settings true
persistence false
listener ${plainPort} 127.0.0.1
allow_anonymous false
password_file ${folder}/passwd
acl_file ${folder}/acl
listener ${webPort} 127.0.0.1
protocol websockets
socket_domain ipv4
allow_anonymous false
certfile ${folder}/broker.crt
keyfile ${folder}/broker.key
password_file ${folder}/passwd
acl_file ${folder}/acl
`;

const acl = `
user dashboard
topic read signet/porch/+/tele
topic read signet/porch/+/status
topic write signet/porch/+/cmd
user porch-1
topic write signet/porch/porch-1/tele
topic write signet/porch/porch-1/status
topic read signet/porch/porch-1/cmd
user everybody
topic readwrite #
`;

export class RealBroker {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'signet-mqtt-'));
  webPort = 0;
  #plainPort = 0;
  #process: ChildProcess | null = null;

  get url(): string {
    return `wss://localhost:${this.webPort}/mqtt`;
  }

  get caPem(): string {
    return readFileSync(path.join(this.folder, 'ca.crt'), 'utf8');
  }

  async prepare(): Promise<void> {
    [this.webPort, this.#plainPort] = [await freePort(), await freePort()];
    makeCertificates(this.folder);
    const passwords = path.join(this.folder, 'passwd');
    writeFileSync(passwords, '');
    for (const user of ['dashboard', 'porch-1', 'everybody']) {
      execFileSync('mosquitto_passwd', ['-b', passwords, user, `${user}-secret`]);
    }
    writeFileSync(path.join(this.folder, 'acl'), acl);
    writeFileSync(
      path.join(this.folder, 'mosquitto.conf'),
      config(this.folder, this.webPort, this.#plainPort),
    );
  }

  async start(): Promise<void> {
    const user = process.getuid?.() === 0 ? ['-c', path.join(this.folder, 'root.conf')] : null;
    if (user) {
      const plain = readFileSync(path.join(this.folder, 'mosquitto.conf'), 'utf8');
      writeFileSync(path.join(this.folder, 'root.conf'), `user root\n${plain}`);
    }
    const file = user ?? ['-c', path.join(this.folder, 'mosquitto.conf')];
    this.#process = spawn('mosquitto', file, { stdio: 'ignore' });
    await untilListening(this.webPort);
  }

  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (!running || running.exitCode !== null) return;
    running.kill('SIGTERM');
    await once(running, 'exit');
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The listener without TLS, for programs that only make load. */
  get plainPort(): number {
    return this.#plainPort;
  }

  /** Publishes anything, as a user who may. */
  publish(topic: string, payload: Buffer | string, options: { retain?: boolean } = {}): void {
    const args = [
      '-h',
      '127.0.0.1',
      '-p',
      String(this.#plainPort),
      '-u',
      'everybody',
      '-P',
      'everybody-secret',
    ];
    args.push('-t', topic, '-q', '1', '-s', ...(options.retain ? ['-r'] : []));
    execFileSync('mosquitto_pub', args, { input: payload });
  }

  /** Publishes as the device, over the plain listener. */
  publishAsDevice(leaf: string, payload: Buffer | string, options: { retain?: boolean } = {}): void {
    const args = ['-h', '127.0.0.1', '-p', String(this.#plainPort), '-u', 'porch-1', '-P', 'porch-1-secret'];
    args.push('-t', `signet/porch/porch-1/${leaf}`, '-q', '1', '-s', ...(options.retain ? ['-r'] : []));
    execFileSync('mosquitto_pub', args, { input: payload });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await delay(25);
  }
  throw new Error(`mosquitto does not listen on ${port}`);
}

function makeCertificates(folder: string): void {
  const openssl = (...args: string[]): Buffer =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=test web',
    '-days',
    '2',
  );
  openssl('req', ...key, '-keyout', 'broker.key', '-out', 'broker.csr', '-subj', '/CN=localhost');
  writeFileSync(path.join(folder, 'san'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const ca = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
  openssl('x509', '-req', '-in', 'broker.csr', ...ca, '-extfile', 'san', '-out', 'broker.crt', '-days', '2');
}
