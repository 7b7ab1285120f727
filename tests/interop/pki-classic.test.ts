// The tutorials' OpenSSL commands, run by the real openssl from the scripts that the page hands out, against our own
// certificates: the same keys and dates must give the same bytes.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { certificateParts } from '../../src/pki/certificate-fields.ts';
import { makeClassicSet, type ClassicKey } from '../../src/pki/classic/certificates.ts';
import { classicPlan, type ClassicProfile, type ClassicValues } from '../../src/pki/classic/profiles.ts';
import { classicScripts } from '../../src/pki/classic/scripts.ts';
import { publicKeyInfoOf } from '../../src/pki/key-pair.ts';
import { fromPem } from '../../src/pki/pem.ts';
import { toHex, type Bytes } from '../../src/shared/bytes.ts';
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
