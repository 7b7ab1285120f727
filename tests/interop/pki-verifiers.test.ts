// Three more judges of src/pki: BearSSL (the device), NSS (Firefox, certutil) and Chromium (the page's own browser).
import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issued } from '../../src/pki/issuing.ts';
import { toPem } from '../../src/pki/pem.ts';
import { makeProjectCertificates } from '../fixtures/issued-project.ts';
import type { IssuedProject } from '../fixtures/issued-project.ts';

const run = promisify(execFile);
const nowS = Math.floor(Date.now() / 1000);
const DAY_S = 86_400;
let folder: string;
let project: IssuedProject;
/** Its broker has a public name that its web authority was not made for. */
let strayed: IssuedProject;
let counter = 0;

async function save(content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, `f${counter++}`);
  await writeFile(file, content);
  return file;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'signet-verifiers-'));
  project = await makeProjectCertificates(['pi.local', 'mqtt.example.org', '192.168.1.10']);
  strayed = await makeProjectCertificates(['bank.example.com'], ['pi.local', 'mqtt.example.org']);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('BearSSL, as on the device', () => {
  const OK = 0;
  const BAD_TIME = 54;
  const BAD_SERVER_NAME = 56;
  const NOT_TRUSTED = 62;
  let program: string;

  beforeAll(async () => {
    program = path.join(folder, 'bearssl-verify');
    const source = fileURLToPath(new URL('bearssl-verify.c', import.meta.url));
    await run('cc', ['-O1', '-o', program, source, '-lbearssl']);
  });

  async function verdict(authority: Issued, leaf: Issued, host: string, atS = nowS): Promise<number> {
    const files = [await save(authority.certificateDer), await save(leaf.certificateDer)];
    return Number((await run(program, [...files, host, String(atS)])).stdout);
  }

  it('trusts the broker by every name, and by an address because its text is a name too', async () => {
    for (const host of ['pi.local', 'mqtt.example.org', '192.168.1.10', 'localhost']) {
      expect(await verdict(project.server.issued, project.broker.deviceListener, host), host).toBe(OK);
    }
    expect(await verdict(project.server.issued, project.broker.deviceListener, '192.168.1.11')).toBe(
      BAD_SERVER_NAME,
    );
    expect(await verdict(project.server.issued, project.broker.deviceListener, 'pi.lan')).toBe(
      BAD_SERVER_NAME,
    );
  });

  it("is not misled by a device certificate, under its own authority or the broker's", async () => {
    expect(await verdict(project.client.issued, project.device, 'pi.local')).toBe(BAD_SERVER_NAME);
    expect(await verdict(project.client.issued, project.device, 'porch-1')).toBe(BAD_SERVER_NAME);
    const ownName = 'porch-1.device.porch';
    expect(await verdict(project.client.issued, project.device, ownName)).toBe(OK);
    expect(await verdict(project.server.issued, project.device, ownName)).toBe(NOT_TRUSTED);
  });

  it('trusts a day before issue and until 396 days after, not beyond', async () => {
    const at = (days: number): Promise<number> =>
      verdict(
        project.server.issued,
        project.broker.deviceListener,
        'pi.local',
        nowS + Math.round(days * DAY_S),
      );
    expect(await at(-0.99)).toBe(OK);
    expect(await at(-1.01)).toBe(BAD_TIME);
    expect(await at(395.99)).toBe(OK);
    expect(await at(396.01)).toBe(BAD_TIME);
  });
});

describe('NSS', () => {
  const NOT_APPROVED = '-8101';
  /** What NSS says of a constraint's violation, beside the -8080 that is meant for it: "extension not found". */
  const NOT_IN_NAME_SPACE = ['-8080', '-8157'];

  /** "good", or NSS's error number, with this authority as the only one trusted. */
  async function verdict(
    authority: Issued,
    leaf: Issued,
    usage: 'client' | 'server',
  ): Promise<string | undefined> {
    const database = `sql:${await mkdtemp(path.join(folder, 'nss-'))}`;
    await run('certutil', ['-N', '-d', database, '--empty-password']);
    const trust = usage === 'client' ? 'T,,' : 'C,,';
    const anchor = await save(authority.certificateDer);
    await run('certutil', ['-A', '-d', database, '-n', 'authority', '-t', trust, '-i', anchor]);
    const options = [
      '-d',
      database,
      '-p',
      '-u',
      usage === 'client' ? '0' : '1',
      await save(leaf.certificateDer),
    ];
    const said = await run('vfychain', options).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    return /Chain is (good)!|ERROR (-\d+)/
      .exec(said.stdout + said.stderr)
      ?.slice(1)
      .find(Boolean);
  }

  it('accepts the broker as a server and the device as a client, and not the other way round', async () => {
    const { server, web, client, broker, device } = project;
    expect(await verdict(server.issued, broker.deviceListener, 'server')).toBe('good');
    expect(await verdict(web.issued, broker.webListener, 'server')).toBe('good');
    expect(await verdict(client.issued, device, 'client')).toBe('good');
    expect(await verdict(server.issued, broker.deviceListener, 'client')).toBe(NOT_APPROVED);
    expect(await verdict(client.issued, device, 'server')).toBe(NOT_APPROVED);
  });

  it('refuses a certificate for a public name outside the constraints, which without them would pass', async () => {
    expect(NOT_IN_NAME_SPACE).toContain(
      await verdict(strayed.web.issued, strayed.broker.webListener, 'server'),
    );
    expect(await verdict(strayed.server.issued, strayed.broker.deviceListener, 'server')).toBe('good');
  });
});

describe('Chromium', () => {
  /** What a browser that trusts this project's web authority says of its WSS certificate under `host`. */
  async function visit({ web, broker }: IssuedProject, host: string): Promise<string> {
    const home = await mkdtemp(path.join(folder, 'home-'));
    const nss = path.join(home, '.pki', 'nssdb');
    await mkdir(nss, { recursive: true });
    await run('certutil', ['-N', '-d', `sql:${nss}`, '--empty-password']);
    const anchor = await save(web.issued.certificateDer);
    await run('certutil', ['-A', '-d', `sql:${nss}`, '-n', 'web', '-t', 'C,,', '-i', anchor]);
    const server = createServer(
      {
        cert: toPem('CERTIFICATE', broker.webListener.certificateDer),
        key: toPem('PRIVATE KEY', broker.webListener.pkcs8),
      },
      (_request, response) => response.end('reached'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const browser = await chromium.launchPersistentContext(path.join(home, 'profile'), {
      executablePath: '/usr/bin/chromium',
      headless: true,
      chromiumSandbox: false,
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        `--host-resolver-rules=MAP ${host} 127.0.0.1`,
      ],
      env: { ...process.env, HOME: home },
    });
    try {
      const page = await browser.newPage();
      const response = await page.goto(`https://${host}:${port}/`);
      return (await response?.text()) ?? 'no response';
    } catch (error) {
      return /net::(ERR_\w+)/.exec(String(error))?.[1] ?? String(error);
    } finally {
      await browser.close();
      server.close();
    }
  }

  it('reaches the broker under its names', async () => {
    expect(await visit(project, 'pi.local')).toBe('reached');
    expect(await visit(project, 'mqtt.example.org')).toBe('reached');
  });

  it('refuses another public name under the web authority', async () => {
    expect(await visit(strayed, 'bank.example.com')).toBe('ERR_CERT_INVALID');
  });

  it('refuses a name that the certificate does not list', async () => {
    expect(await visit(project, 'other.local')).toBe('ERR_CERT_COMMON_NAME_INVALID');
  });
});
