/** The worker jobs in real Chromium, built as the page is, under the page's own policy for scripts and workers. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from '@playwright/test';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OpensslFolder } from '../fixtures/openssl.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types signet-worker-url',
].join('; ');

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const script = `
import { WorkerJobs } from '${source}platform/workers/worker-jobs.ts';
const jobs = new WorkerJobs();
const bytes = new Uint8Array(1_000_000).map((_, i) => i * 7);
const options = () => ({ signal: new AbortController().signal, timeoutMs: 20_000 });
const stop = new AbortController();
const large = new Uint8Array(60_000_000).map((_, i) => (i * i) >> 5);
const cancelled = jobs.run('deflate', { bytes: large }, { signal: stop.signal, timeoutMs: 60_000 });
setTimeout(() => stop.abort(), 50);
globalThis.result = Promise.all([
  jobs.run('md5', { bytes }, options()),
  jobs.run('deflate', { bytes }, options()),
  cancelled,
]).then(([md5, deflated, third]) => ({
  md5: md5.value.hex, deflatedBytes: deflated.value.deflated.length, third: third.kind,
}));
/** Kinds of what a file holds, or the code of what is wrong with it. */
globalThis.importFile = (numbers, password, timeoutMs) =>
  jobs.run('import', { bytes: Uint8Array.from(numbers), password }, { ...options(), timeoutMs }).then(
    ({ value }) => value.items.map(({ kind }) => kind).join(),
    ({ code, details }) => code + (details.isLate ? ' late' : ''),
  );
globalThis.violations = [];
document.addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(event.violatedDirective));
`;

let folder = '';
let server: Server;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'signet-workers-'));
  await writeFile(path.join(folder, 'main.ts'), script);
  await writeFile(
    path.join(folder, 'index.html'),
    '<!doctype html><script type="module" src="./main.ts"></script>',
  );
  await build({
    root: folder,
    base: './',
    configFile: false,
    logLevel: 'error',
    worker: { format: 'es' },
    build: { target: 'es2022', modulePreload: { polyfill: false } },
  });
  server = createServer((request, response) => {
    const name = request.url === '/' ? 'index.html' : (request.url ?? '').slice(1);
    const type = name.endsWith('.js') ? 'text/javascript' : 'text/html';
    readFile(path.join(folder, 'dist', name)).then(
      (body) =>
        response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': policy }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
  });
});

afterAll(async () => {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

it('work in Chromium under Trusted Types, and cancelling ends one in the middle', async () => {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const result = await page.evaluate(() => (globalThis as unknown as { result: Promise<unknown> }).result);
  const bytes = new Uint8Array(1_000_000).map((_, i) => i * 7);
  expect(result).toMatchObject({ md5: createHash('md5').update(bytes).digest('hex'), third: 'cancelled' });
  expect(await page.evaluate(() => (globalThis as unknown as { violations: string[] }).violations)).toEqual(
    [],
  );
  expect(errors).toEqual([]);
});

it('read files that openssl made, those in old ciphers too, and key derivation does not count', async () => {
  const files = new OpensslFolder();
  const page = await browser.newPage();
  const importFile = (name: string, password: string | null, timeoutMs = 5_000): Promise<string> =>
    page.evaluate(
      ([bytes, given, limitMs]) =>
        (
          globalThis as unknown as {
            importFile(bytes: readonly number[], password: string | null, timeoutMs: number): Promise<string>;
          }
        ).importFile(bytes, given, limitMs),
      [[...files.read(name)], password, timeoutMs] as const,
    );
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    files.run('req -x509 -newkey rsa:2048 -keyout des3.key -passout pass:one -subj /CN=ca -out ca.crt');
    files.run('ecparam -name prime256v1 -genkey -noout -out ec.key');
    files.run('ec -in ec.key -aes192 -passout pass:one -out aes192.key');
    files.run('ec -in ec.key -no_public -out half.key');
    files.run('genpkey -algorithm ED25519 -out ed.key');
    files.run('req -x509 -new -key ec.key -subj /CN=leaf -out leaf.crt');
    files.run('pkcs12 -export -legacy -inkey ec.key -in leaf.crt -passout pass:one -out old.p12');
    files.run('pkcs8 -topk8 -in ec.key -iter 3000000 -passout pass:one -out slow.key');
    expect(await importFile('ca.crt', null)).toBe('certificate');
    for (const name of ['des3.key', 'aes192.key', 'half.key', 'ed.key']) {
      expect(await importFile(name, 'one'), name).toBe('private-key');
    }
    expect(await importFile('old.p12', 'one')).toBe('certificate,private-key');
    expect(await importFile('old.p12', 'two')).toBe('pki.import-password-wrong');
    expect(await importFile('slow.key', 'one', 400)).toBe('private-key');
    expect(await importFile('ca.crt', null, 0)).toBe('jobs.failed late');
    expect(await page.evaluate(() => (globalThis as unknown as { violations: string[] }).violations)).toEqual(
      [],
    );
  } finally {
    files.remove();
    await page.close();
  }
});
