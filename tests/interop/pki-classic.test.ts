// The tutorials' OpenSSL commands, run by the real openssl from the scripts that the page hands out, against our own
// certificates: the same keys and dates must give the same bytes.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { afterEach, describe, expect, it } from 'vitest';
import { PageKeyMaker } from '../../src/platform/keys/page-key-maker.ts';
import { certificateParts } from '../../src/pki/certificate-fields.ts';
import { makeClassicSet, type ClassicKey } from '../../src/pki/classic/certificates.ts';
import { classicPlan, type ClassicProfile, type ClassicValues } from '../../src/pki/classic/profiles.ts';
import { classicScripts } from '../../src/pki/classic/scripts.ts';
import { publicKeyInfoOf } from '../../src/pki/key-pair.ts';
import { fromPem } from '../../src/pki/pem.ts';
import { toHex, type Bytes } from '../../src/shared/bytes.ts';
import { makeClassicZip, type ClassicZip } from '../../src/workflows/trust/classic-set.ts';
import type { TrustEnvironment } from '../../src/workflows/trust/change.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { OpensslFolder } from './openssl.ts';

const passphrase = "pass'word 123";
const values: ClassicValues = {
  country: 'GB',
  state: 'Dorset',
  town: 'Bournemouth',
  organization: 'Gartenzaun/Süd + Söhne',
  email: 'me@example.org',
  brokerName: 'mosquitto',
  dnsNames: ['localhost', 'pi.local'],
  addresses: ['192.168.1.10', '2001:db8::7'],
  clients: ['dev01', 'd:ESP8266:dev02'],
  uniqueSerials: false,
};

let folder: OpensslFolder;
afterEach(() => folder.remove());

/** Unpacks the scripts and runs the .sh; gives the readers of what it made. */
function runScripts(profile: ClassicProfile, of: ClassicValues) {
  folder = new OpensslFolder();
  for (const { name, text } of classicScripts(profile, of, passphrase)) {
    writeFileSync(path.join(folder.path, name), text);
  }
  execFileSync('sh', ['makeCertificates.sh'], { cwd: folder.path, stdio: 'pipe' });
  const der = (args: readonly string[]): Bytes =>
    Uint8Array.from(execFileSync('openssl', args, { cwd: folder.path }));
  return {
    certificate: (name: string): Bytes => der(['x509', '-in', name, '-outform', 'der']),
    request: (name: string): Bytes => der(['req', '-in', name, '-outform', 'der']),
    pkcs8: (name: string): Bytes =>
      der(['pkcs8', '-topk8', '-nocrypt', '-in', name, '-passin', `pass:${passphrase}`, '-outform', 'der']),
    text: (name: string): string => readFileSync(path.join(folder.path, name), 'utf8'),
  };
}

async function expectTheSame(profile: ClassicProfile, of: ClassicValues): Promise<void> {
  const made = runScripts(profile, of);
  const plan = classicPlan(profile, of);
  const keys = plan.map(({ files }): ClassicKey => {
    const pkcs8 = made.pkcs8(files.key);
    const { notBeforeMs, serial } = certificateParts(made.certificate(files.certificate));
    return {
      pair: { pkcs8, publicKeyInfo: publicKeyInfoOf(pkcs8) },
      notBeforeMs,
      serial: Uint8Array.from(serial),
    };
  });
  const ours = await makeClassicSet(plan, of, keys, crypto);
  expect(ours).toHaveLength(plan.length);
  for (const {
    plan: { files },
    certificateDer,
    requestDer,
  } of ours) {
    expect(toHex(certificateDer), files.certificate).toBe(toHex(made.certificate(files.certificate)));
    if (files.request)
      expect(toHex(requestDer ?? new Uint8Array(0)), files.request).toBe(toHex(made.request(files.request)));
  }
}

describe('classic certificates are byte for byte those of OpenSSL 3.0', () => {
  for (const profile of ['s1', 's2', 's3', 's4', 's5'] as const) {
    it(profile.toUpperCase(), async () => {
      await expectTheSame(profile, values);
    });
  }

  it('with plain values and few names too', async () => {
    await expectTheSame('s5', {
      ...values,
      organization: 'MOSQUITTO',
      state: '',
      dnsNames: [],
      addresses: [],
      clients: ['dev01'],
    });
  });
});

describe('classic scripts', () => {
  it('give S1 its serials, days and extensions, and every device serial 131 unless told otherwise', async () => {
    runScripts('s1', { ...values, uniqueSerials: true });
    const text = async (name: string): Promise<string> =>
      (await folder.openssl('x509', '-in', name, '-noout', '-text', '-serial')).text;
    expect(await text('rootCA_certificate.pem')).toMatch(/CA:TRUE[^]*serial=01\n/);
    expect(await text('rootCA_certificate.pem')).not.toContain('CA:TRUE, critical');
    expect(await text('mqttServer_crt.pem')).toMatch(/Version: 3[^]*DNS:mosquitto[^]*serial=0B\n/);
    expect(await text('SecuredDev01_crt.pem')).toMatch(/Version: 1[^]*serial=83\n/);
    expect(await text('SecuredDev02_crt.pem')).toMatch(/serial=84\n/);
    expect(
      (await folder.openssl('verify', '-CAfile', 'rootCA_certificate.pem', 'mqttServer_crt.pem')).ok,
    ).toBe(true);
  });

  it('make the .h files and the key without its pass phrase', () => {
    const made = runScripts('s1', values);
    expect(made.text('mqttServer_crt.der.h')).toContain('unsigned char mqttServer_crt_der[] = {');
    expect(fromPem('PRIVATE KEY', made.text('mqttServer_key_nopass.pem')).length).toBeGreaterThan(1000);
    expect(made.text('mqttServer_key.pem')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
  });

  it('write a Windows file with its own line ends and quoting', () => {
    folder = new OpensslFolder();
    const bat = classicScripts('s5', { ...values, organization: '100 % "ours"' }, 'a%b').find(
      ({ name }) => name === 'makeCertificates.bat',
    );
    expect(bat?.text).toContain('set "PASSWORD=a%%b"\r\n');
    expect(bat?.text).toContain('/O=100 %% \\"ours\\"');
    expect(bat?.text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });
});

describe('the .zip of keys and certificates made in the page', () => {
  const env = {
    clock: new ManualClock(Date.now()),
    crypto,
    keyMaker: () => Promise.resolve(new PageKeyMaker()),
  } as unknown as TrustEnvironment;

  async function madeZip(
    profile: ClassicProfile,
    password: string,
    repeated = password,
  ): Promise<ClassicZip> {
    const options = { signal: new AbortController().signal, timeoutMs: 60_000, password, repeated };
    const made = await makeClassicZip(env, { profile, values }, options);
    if (made.kind !== 'done') throw new Error('cancelled');
    return made.value;
  }

  it.each(['s4', 's5'] as const)(
    '%s holds the files of the scripts, and each is what its name says',
    async (profile) => {
      runScripts(profile, values);
      const wanted = readdirSync(folder.path).filter((name) => !/\.(sh|bat|cfg|srl)$/.test(name));
      const { content } = await madeZip(profile, passphrase);
      const files = unzipSync(content);
      expect(Object.keys(files).sort()).toEqual(wanted.sort());
      for (const [name, bytes] of Object.entries(files)) {
        folder.save(bytes, name);
        const text = Buffer.from(bytes).toString('latin1');
        if (/key/.test(name) && text.startsWith('-----')) {
          expect(
            (await folder.openssl('pkey', '-in', name, '-noout', '-passin', `pass:${passphrase}`)).ok,
            name,
          ).toBe(true);
          expect(
            (await folder.openssl('pkey', '-in', name, '-noout', '-passin', 'pass:wrong')).ok,
            name,
          ).toBe(!text.includes('ENCRYPTED'));
        }
        if (name.endsWith('.csr'))
          expect((await folder.openssl('req', '-in', name, '-verify', '-noout')).ok).toBe(true);
        if (name.endsWith('.der.h')) {
          const xxd = execFileSync('xxd', ['-i', name.replace(/\.h$/, '')], {
            cwd: folder.path,
            encoding: 'latin1',
          });
          expect(text).toBe(xxd);
        }
      }
      const [authority = '', ...leaves] = classicPlan(profile, values).map(
        ({ files: { certificate } }) => certificate,
      );
      for (const leaf of leaves)
        expect((await folder.openssl('verify', '-CAfile', authority, leaf)).text).toContain(': OK');
    },
    30_000,
  );

  it('asks for the pass phrase twice, and lets the weak one of the tutorials pass with a warning', async () => {
    await expect(madeZip('s1', 'password123', 'password124')).rejects.toMatchObject({
      code: 'pki.export-passwords-differ',
    });
    await expect(madeZip('s1', '123')).rejects.toMatchObject({ code: 'pki.export-password-weak' });
    expect((await madeZip('s2', 'password123')).warning).toContain('weak');
    expect((await madeZip('s2', 'lantern orbit quiet seventeen')).warning).toBeNull();
  });

  it('keeps within its folder and off names that a system refuses, whatever a client is called', () => {
    const names = ['../../etc/passwd', 'd:ESP8266:dev', '..', 'CON?.'].flatMap((name) =>
      Object.values<string>({ ...classicPlan('s4', { ...values, clients: [name] })[2]?.files }),
    );
    expect(names).toHaveLength(20);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
  });
});
