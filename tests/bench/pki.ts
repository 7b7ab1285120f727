// pki.p256.*: devices (P-256 key, certificate, PEM) in Chromium, beside the OpenSSL command line. pki.rsa2048.20: keys in two
// lanes, beside one after another.
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
const RSA_KEYS = 20;
const RSA_RUNS = 5;

const devices = (count: number, runs: { readonly page: number; readonly commandLine: number }): Bench => ({
  name: `pki.p256.${count}`,
  unit: 'ms',
  async run() {
    const folder = await mkdtemp(path.join(tmpdir(), 'signet-pki-bench-'));
    try {
      const value = await inChromium(folder, { devices: count, runs: runs.page });
      const commandLine = await onCommandLine(folder, { devices: count, runs: runs.commandLine });
      return { value, yardstick: { name: 'openssl command line', value: commandLine } };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

export const benches: Bench[] = [
  devices(100, { page: 15, commandLine: 3 }),
  devices(1000, { page: 5, commandLine: 1 }),
  {
    name: `pki.rsa2048.${RSA_KEYS}`,
    unit: 'ms',
    async run() {
      const site = await bundlePage('tests/fixtures/pki-bench-page.ts');
      try {
        const page = await site.open();
        const times: Record<'page' | 'one-thread', number[]> = { page: [], 'one-thread': [] };
        // By turns, so that a busy machine strikes both.
        for (let n = 0; n < RSA_RUNS; n++) {
          for (const way of ['page', 'one-thread'] as const) {
            const result = await page.evaluate(([count, how]) => pkiBenchPage.makeRsaKeys(count, how), [
              RSA_KEYS,
              way,
            ] as const);
            if (result.made !== RSA_KEYS) throw new Error('the page made another number of keys');
            console.error(
              `pki.rsa2048: ${way} ${Math.round(result.ms)} ms, longest frame ${Math.round(result.longestMs)} ms`,
            );
            times[way].push(result.ms);
          }
        }
        return {
          value: median(times.page),
          yardstick: { name: 'one after another in the page', value: median(times['one-thread']) },
        };
      } finally {
        await site.close();
      }
    },
  },
];

interface Work {
  readonly devices: number;
  readonly runs: number;
}

/** Median of the page's runs; the last run's certificates must satisfy OpenSSL, or the figure means nothing. */
async function inChromium(folder: string, { devices: count, runs }: Work): Promise<number> {
  const site = await bundlePage('tests/fixtures/pki-bench-page.ts');
  try {
    const page = await site.open();
    const results = [];
    for (let n = 0; n < runs; n++)
      results.push(await page.evaluate((all) => pkiBenchPage.makeDevices(all), count));
    const last = results.at(-1);
    if (last?.pems.length !== count) throw new Error('the page made another number of devices');
    const frames = results.map(({ longestMs }) => Math.round(longestMs));
    console.error(`pki.p256.${count}: longest frame of each run ${frames.join(', ')} ms`);
    const authority = path.join(folder, 'authority.pem');
    await writeFile(authority, last.authorityPem);
    const files = last.pems.map((_, n) => path.join(folder, `device-${n}.pem`));
    await Promise.all(files.map((file, n) => writeFile(file, last.pems[n] ?? '')));
    await run('openssl', ['verify', '-x509_strict', '-CAfile', authority, ...files]);
    return median(results.map(({ ms }) => ms));
  } finally {
    await site.close();
  }
}

/** What a person following a tutorial runs for each device: key, request, certificate with the same extensions. */
async function onCommandLine(folder: string, { devices: count, runs }: Work): Promise<number> {
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
  for (let n = 0; n < runs; n++) {
    const startedAt = performance.now();
    for (let device = 0; device < count; device++) await makeDevice(folder, device);
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
