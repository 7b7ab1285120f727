// pki.p256.100: a hundred devices (P-256 key, certificate, PEM) in Chromium, beside the OpenSSL command line.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundlePage } from '../fixtures/bundled-page.ts';
import type { PkiBenchPage } from '../fixtures/pki-bench-page.ts';
import { median, type Bench } from './support/bench.ts';

declare const pkiBenchPage: PkiBenchPage;

const run = promisify(execFile);
const DEVICES = 100;
const PAGE_RUNS = 15;
const COMMAND_LINE_RUNS = 3;

export const benches: Bench[] = [
  {
    name: 'pki.p256.100',
    unit: 'ms',
    async run() {
      const folder = await mkdtemp(path.join(tmpdir(), 'signet-pki-bench-'));
      try {
        const value = await inChromium(folder);
        return { value, yardstick: { name: 'openssl command line', value: await onCommandLine(folder) } };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  },
];

/** Median of the page's runs; the last run's certificates must satisfy OpenSSL, or the figure means nothing. */
async function inChromium(folder: string): Promise<number> {
  const site = await bundlePage('tests/fixtures/pki-bench-page.ts');
  try {
    const page = await site.open();
    const once = () => page.evaluate((count) => pkiBenchPage.makeDevices(count), DEVICES);
    const runs = [];
    for (let n = 0; n < PAGE_RUNS; n++) runs.push(await once());
    const last = runs.at(-1);
    if (last?.pems.length !== DEVICES) throw new Error('the page made another number of devices');
    const authority = path.join(folder, 'authority.pem');
    await writeFile(authority, last.authorityPem);
    const files = last.pems.map((_, n) => path.join(folder, `device-${n}.pem`));
    await Promise.all(files.map((file, n) => writeFile(file, last.pems[n] ?? '')));
    await run('openssl', ['verify', '-x509_strict', '-CAfile', authority, ...files]);
    return median(runs.map(({ ms }) => ms));
  } finally {
    await site.close();
  }
}

/** What a person following a tutorial runs for each device: key, request, certificate with the same extensions. */
async function onCommandLine(folder: string): Promise<number> {
  const file = (name: string): string => path.join(folder, name);
  const subject = ['-subj', '/O=porch/CN=porch client authority'];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await run('openssl', [
    'req',
    '-x509',
    ...newKey,
    ...subject,
    '-days',
    '3650',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
  ]);
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=clientAuth',
    'subjectAltName=DNS:device.device.porch',
    'subjectKeyIdentifier=hash',
    'authorityKeyIdentifier=keyid',
  ];
  await writeFile(file('device.cfg'), `${extensions.join('\n')}\n`);
  const times: number[] = [];
  for (let n = 0; n < COMMAND_LINE_RUNS; n++) {
    const startedAt = performance.now();
    for (let device = 0; device < DEVICES; device++) await makeDevice(folder, device);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

async function makeDevice(folder: string, n: number): Promise<void> {
  const file = (name: string): string => path.join(folder, name);
  await run('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file('d.key')]);
  await run('openssl', [
    'req',
    '-new',
    '-key',
    file('d.key'),
    '-subj',
    `/O=porch/OU=device/CN=device-${n}`,
    '-out',
    file('d.csr'),
  ]);
  const authority = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'];
  const options = [...authority, '-days', '825', '-extfile', file('device.cfg'), '-out', file('d.pem')];
  await run('openssl', ['x509', '-req', '-in', file('d.csr'), ...options]);
}
