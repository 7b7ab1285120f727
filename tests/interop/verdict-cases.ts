// Certificates with one peculiarity each, made by openssl, and what the real verifiers say of them.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { checkServerIdentity, connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type BrowserContext } from '@playwright/test';
import { OpensslFolder } from '../fixtures/openssl.ts';

const run = promisify(execFile);

export interface VerdictCase {
  readonly name: string;
  readonly host: string;
  readonly authority: 'modern' | 'stock' | 'v1' | 'constrained' | 'pathless' | 'old';
  /** Lines of an extension file; null makes a v1 certificate. */
  readonly extensions: string | null;
  readonly key?: 'ec' | 'rsa' | 'rsa1024';
  readonly days?: number;
  readonly digest?: 'sha1' | 'md5';
  /** YYMMDDHHMMSSZ, in place of the days from now on. */
  readonly dates?: readonly [from: string, until: string];
}

const san = (names: string): string => `subjectAltName=${names}\n`;
const serverAuth = 'extendedKeyUsage=serverAuth\n';
const signing = 'keyUsage=critical,digitalSignature\n';
const ids = 'basicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n';
const broker = san('DNS:pi.local,DNS:192.168.1.10,IP:192.168.1.10');
const plain = { host: 'pi.local', authority: 'modern' } as const;

export const verdictCases: readonly VerdictCase[] = [
  { ...plain, name: 'as Signet makes it, by name', extensions: ids + broker + serverAuth + signing },
  { ...plain, name: 'by address', host: '192.168.1.10', extensions: ids + broker + serverAuth + signing },
  {
    ...plain,
    name: 'address only as an address',
    host: '192.168.1.10',
    extensions: ids + san('DNS:pi.local,IP:192.168.1.10') + serverAuth,
  },
  {
    ...plain,
    name: 'address only as a name',
    host: '192.168.1.10',
    extensions: ids + san('DNS:192.168.1.10') + serverAuth,
  },
  { ...plain, name: 'another host', host: 'other.local', extensions: ids + broker + serverAuth },
  { ...plain, name: 'no alternative names', extensions: ids + serverAuth },
  {
    ...plain,
    name: 'only an address as alternative name',
    extensions: ids + san('IP:192.168.1.10') + serverAuth,
  },
  {
    ...plain,
    name: 'critical purposes',
    extensions: ids + broker + `extendedKeyUsage=critical,serverAuth\n`,
  },
  { ...plain, name: 'for clients only', extensions: ids + broker + 'extendedKeyUsage=clientAuth\n' },
  { ...plain, name: 'without purposes', extensions: ids + broker },
  {
    ...plain,
    name: 'RSA without digitalSignature',
    key: 'rsa',
    extensions: ids + broker + serverAuth + 'keyUsage=critical,keyEncipherment\n',
  },
  {
    ...plain,
    name: 'RSA with both usages',
    key: 'rsa',
    extensions: ids + broker + serverAuth + 'keyUsage=critical,digitalSignature,keyEncipherment\n',
  },
  {
    ...plain,
    name: 'expired',
    dates: ['200101000000Z', '210101000000Z'],
    extensions: ids + broker + serverAuth,
  },
  {
    ...plain,
    name: 'not yet valid',
    dates: ['450101000000Z', '460101000000Z'],
    extensions: ids + broker + serverAuth,
  },
  { ...plain, name: 'v1 certificate', extensions: null },
  { ...plain, name: 'wildcard of .local', extensions: ids + san('DNS:*.local') + serverAuth },
  {
    ...plain,
    name: 'wildcard of a domain',
    host: 'mqtt.example.org',
    extensions: ids + san('DNS:*.example.org') + serverAuth,
  },
  { ...plain, name: 'signed with SHA-1', digest: 'sha1', extensions: ids + broker + serverAuth },
  { ...plain, name: 'signed with MD5', digest: 'md5', extensions: ids + broker + serverAuth },
  { ...plain, name: 'RSA with 1024 bits', key: 'rsa1024', extensions: ids + broker + serverAuth },
  {
    ...plain,
    name: 'an authority as server',
    extensions:
      'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' +
      broker +
      serverAuth,
  },
  {
    ...plain,
    name: 'unknown critical extension',
    extensions: ids + broker + serverAuth + '1.2.3.4=critical,ASN1:NULL\n',
  },
  {
    ...plain,
    name: 'no key identifiers',
    extensions:
      'basicConstraints=CA:FALSE\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n' +
      broker +
      serverAuth,
  },
  { ...plain, name: 'valid for ten years', days: 3650, extensions: ids + broker + serverAuth },
  { ...plain, name: 'under a v1 authority', authority: 'v1', extensions: ids + broker + serverAuth },
  {
    ...plain,
    name: 'under the stock authority of openssl req',
    authority: 'stock',
    extensions: ids + broker + serverAuth,
  },
  {
    ...plain,
    name: 'under an authority without CA:TRUE',
    authority: 'pathless',
    extensions: ids + broker + serverAuth,
  },
  { ...plain, name: 'under an expired authority', authority: 'old', extensions: ids + broker + serverAuth },
  {
    ...plain,
    name: 'inside name constraints',
    authority: 'constrained',
    extensions: ids + san('DNS:pi.local,IP:192.168.1.10') + serverAuth,
  },
  {
    ...plain,
    name: 'outside name constraints',
    host: 'bank.example.com',
    authority: 'constrained',
    extensions: ids + san('DNS:bank.example.com') + serverAuth,
  },
  {
    ...plain,
    name: 'address as a name inside name constraints',
    authority: 'constrained',
    extensions: ids + broker + serverAuth,
  },
  { ...plain, name: 'capitals in the name', extensions: ids + san('DNS:PI.Local') + serverAuth },
];

/** `old` has expired; it is made apart. */
const authorities: Readonly<Record<Exclude<VerdictCase['authority'], 'old'>, string>> = {
  modern:
    'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n',
  stock: 'basicConstraints=CA:TRUE\nsubjectKeyIdentifier=hash\n',
  v1: '',
  pathless: 'subjectKeyIdentifier=hash\n',
  constrained:
    'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\nnameConstraints=critical,permitted;DNS:local,permitted;IP:192.168.0.0/255.255.0.0\n',
};

const caConfiguration =
  '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n';

export interface MadeCase {
  readonly authority: Uint8Array<ArrayBuffer>;
  readonly leaf: Uint8Array<ArrayBuffer>;
  /** File names in the folder: PEM and DER of both, and the leaf's key. */
  readonly files: Readonly<Record<'caPem' | 'caDer' | 'pem' | 'der' | 'key', string>>;
}

export type RealVerifier =
  'bearssl' | 'mbedtls' | 'openssl' | 'openssl-strict' | 'node' | 'chrome' | 'gnutls' | 'nss' | 'go' | 'java';

async function judged(program: string, args: readonly string[], cwd: string) {
  try {
    const { stdout, stderr } = await run(program, args, { cwd });
    return { code: 0, stdout: stdout + stderr };
  } catch (thrown) {
    const { stdout, stderr } = thrown as { stdout: string; stderr: string };
    return { code: 1, stdout: stdout + stderr };
  }
}

/** The verifiers, their programs compiled and their trust stores filled. */
export class Verifiers {
  readonly files = new OpensslFolder();
  #browser: BrowserContext | null = null;

  async start(): Promise<void> {
    this.#makeAuthorities();
    this.#makeExpiredAuthority();
    for (const [program, library] of [
      ['bearssl-verify', ['-lbearssl']],
      ['mbedtls-verify', ['-lmbedtls', '-lmbedx509', '-lmbedcrypto']],
    ] as const) {
      const source = fileURLToPath(new URL(`${program}.c`, import.meta.url));
      await run('cc', ['-O1', '-o', this.files.file(program), source, ...library]);
    }
    await this.#buildGoAndJava();
    await this.#startBrowser();
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    this.files.remove();
  }

  make(
    number: number,
    { authority, extensions, key = 'ec', days = 397, digest, dates }: VerdictCase,
  ): MadeCase {
    const { files } = this;
    const name = `case${number}`;
    files.run(`req -new -key ${key}.key -subj /CN=pi.local -out leaf.csr`);
    // A v1 authority has no key identifier to point to.
    const lines = (extensions ?? '').replace(
      authority === 'v1' ? 'authorityKeyIdentifier=keyid\n' : '\0',
      '',
    );
    files.write('leaf.cfg', lines);
    const hash = digest ? `-${digest}` : '-sha256';
    const extfile = extensions === null ? '' : '-extfile leaf.cfg';
    if (dates) {
      files.write('index.txt', '');
      files.write('serial', '05\n');
      files.write('ca.cnf', caConfiguration);
      files.run(
        `ca -config ca.cnf -batch -notext -cert ${authority}.pem -keyfile ca.key -in leaf.csr -startdate ${dates[0]} -enddate ${dates[1]} ${extfile} -out ${name}.pem`,
      );
    } else {
      files.run(
        `x509 -req -in leaf.csr -CA ${authority}.pem -CAkey ca.key -set_serial ${number + 100} -days ${days} ${hash} ${extfile} -out ${name}.pem`,
      );
    }
    files.run(`x509 -in ${name}.pem -outform DER -out ${name}.der`);
    return {
      authority: files.read(`${authority}.der`),
      leaf: files.read(`${name}.der`),
      files: {
        caPem: `${authority}.pem`,
        caDer: `${authority}.der`,
        pem: `${name}.pem`,
        der: `${name}.der`,
        key: `${key}.key`,
      },
    };
  }

  /** "ok", or what the verifier has against it. */
  async ask(verifier: RealVerifier, made: MadeCase, host: string): Promise<string> {
    const { files } = this;
    const { caDer, caPem, der, pem } = made.files;
    const inFolder = { cwd: files.path };
    switch (verifier) {
      case 'bearssl': {
        const now = String(Math.floor(Date.now() / 1000));
        const said = await run('./bearssl-verify', [caDer, der, host, now], inFolder).catch(
          (error: unknown) => error as { stdout: string },
        );
        return said.stdout.trim() === '0' ? 'ok' : said.stdout.trim();
      }
      case 'go': {
        const { stdout } = await run('./go-verify', [caDer, der, host], inFolder);
        return stdout.trim() === '0' ? 'ok' : stdout.trim();
      }
      case 'java':
        return this.#withServer(made, (port) => this.#askJava(caPem, port, host));
      case 'gnutls': {
        const anchors = ['--verify', '--load-ca-certificate', caPem, '--infile', pem];
        const purpose = ['--verify-hostname', host, '--verify-purpose', '1.3.6.1.5.5.7.3.1'];
        const { code, stdout } = await judged('certtool', [...anchors, ...purpose], files.path);
        return code === 0 ? 'ok' : stdout.trim().slice(-200);
      }
      case 'nss': {
        const database = `sql:${mkdtempSync(files.file('nss-'))}`;
        await run('certutil', ['-N', '-d', database, '--empty-password'], inFolder);
        await run('certutil', ['-A', '-d', database, '-n', 'a', '-t', 'C,,', '-i', caDer], inFolder);
        const { stdout } = await judged('vfychain', ['-d', database, '-p', '-u', '1', der], files.path);
        return /Chain is good/.test(stdout) ? 'ok' : (/ERROR (-\d+)/.exec(stdout)?.[1] ?? stdout);
      }
      case 'mbedtls': {
        const { stdout } = await run('./mbedtls-verify', [caDer, der, host], inFolder);
        return stdout.trim() === '0' ? 'ok' : stdout.trim();
      }
      case 'openssl':
      case 'openssl-strict': {
        const strict = verifier === 'openssl' ? '' : '-x509_strict';
        const name = /^[\d.]+$/.test(host) ? `-verify_ip ${host}` : `-verify_hostname ${host}`;
        const { ok, text } = files.judge(
          `verify ${strict} -purpose sslserver -auth_level 2 ${name} -no-CApath -no-CAstore -CAfile ${caPem} ${pem}`,
        );
        return ok ? 'ok' : (/lookup: (.*)/.exec(text)?.[1] ?? text);
      }
      case 'node':
        return this.#withServer(made, (port) => nodeVerdict(port, host, files.read(caPem)));
      case 'chrome':
        return this.#withServer(made, (port) => this.#visit(host, port));
    }
  }

  async #buildGoAndJava(): Promise<void> {
    const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    const env = { ...process.env, GOCACHE: this.files.file('go-cache'), GO111MODULE: 'off' };
    await run('go', ['build', '-o', this.files.file('go-verify'), source('go-verify.go')], { env });
    await run('javac', ['-d', this.files.path, source('JavaVerify.java')]);
  }

  async #askJava(caPem: string, port: number, host: string): Promise<string> {
    const inFolder = { cwd: this.files.path };
    const store = `${caPem}.p12`;
    const password = 'trust store';
    const common = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', password, '-noprompt'];
    if (!existsSync(this.files.file(store)))
      await run('keytool', ['-importcert', '-alias', 'authority', '-file', caPem, ...common], inFolder);
    const asked = ['-cp', this.files.path, 'JavaVerify', store, password, String(port), host];
    const { stdout } = await run('java', ['-Xshare:auto', '-XX:TieredStopAtLevel=1', ...asked], inFolder);
    return stdout.trim() === '0' ? 'ok' : stdout.trim();
  }

  #makeAuthorities(): void {
    const { files } = this;
    files.run('genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out ca.key');
    files.run('genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key');
    files.run('genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa1024.key');
    files.run('ecparam -name prime256v1 -genkey -noout -out ec.key');
    for (const [name, extensions] of Object.entries(authorities)) {
      files.run(`req -new -key ca.key -subj {/O=Porch/CN=${name} authority} -out ca.csr`);
      files.write('ca.cfg', extensions);
      const extfile = extensions === '' ? '' : '-extfile ca.cfg';
      files.run(`x509 -req -in ca.csr -signkey ca.key -days 3650 ${extfile} -out ${name}.pem`);
      files.run(`x509 -in ${name}.pem -outform DER -out ${name}.der`);
    }
  }

  /** Only `openssl ca` takes dates. */
  #makeExpiredAuthority(): void {
    const { files } = this;
    files.write('index.txt', '');
    files.write('serial', '05\n');
    files.write('ca.cnf', caConfiguration);
    files.write('ca.cfg', authorities.modern);
    files.run('req -new -key ca.key -subj {/CN=old authority} -out ca.csr');
    files.run(
      'ca -config ca.cnf -batch -notext -selfsign -keyfile ca.key -in ca.csr -startdate 200101000000Z -enddate 210101000000Z -extfile ca.cfg -out old.pem',
    );
    files.run('x509 -in old.pem -outform DER -out old.der');
  }

  async #startBrowser(): Promise<void> {
    const home = mkdtempSync(path.join(this.files.path, 'home-'));
    const nss = path.join(home, '.pki', 'nssdb');
    mkdirSync(nss, { recursive: true });
    await run('certutil', ['-N', '-d', `sql:${nss}`, '--empty-password']);
    for (const name of [...Object.keys(authorities), 'old']) {
      await run('certutil', [
        '-A',
        '-d',
        `sql:${nss}`,
        '-n',
        name,
        '-t',
        'C,,',
        '-i',
        this.files.file(`${name}.pem`),
      ]);
    }
    this.#browser = await chromium.launchPersistentContext(path.join(home, 'profile'), {
      executablePath: '/usr/bin/chromium',
      headless: true,
      chromiumSandbox: false,
      args: [
        ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
        '--host-resolver-rules=MAP * 127.0.0.1',
      ],
      env: { ...process.env, HOME: home },
    });
  }

  async #visit(host: string, port: number): Promise<string> {
    const page = await this.#browser?.newPage();
    try {
      const response = await page?.goto(`https://${host}:${port}/`);
      return (await response?.text()) ?? 'no response';
    } catch (error) {
      return /net::(ERR_\w+)/.exec(String(error))?.[1] ?? String(error);
    } finally {
      await page?.close();
    }
  }

  async #withServer(made: MadeCase, ask: (port: number) => Promise<string>): Promise<string> {
    const { files } = this;
    const options = {
      cert: Buffer.from(files.read(made.files.pem)),
      key: Buffer.from(files.read(made.files.key)),
      // So that the client judges, not the server's own minimum.
      ciphers: 'DEFAULT@SECLEVEL=0',
    };
    const server = createServer(options, (_request, response) => response.end('ok'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await ask((server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  }
}

/** A TLS 1.2 connection of Node's own, as Node-RED's MQTT node makes it. */
function nodeVerdict(port: number, host: string, ca: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const isAddress = /^[\d.]+$/.test(host);
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: Buffer.from(ca),
      ...(isAddress ? {} : { servername: host }),
      // Node checks the host it connects to; the test's server is elsewhere.
      checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
    });
    const finish = (word: string): void => {
      socket.destroy();
      resolve(word);
    };
    socket.on('secureConnect', () => finish('ok'));
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}
