// OpenSSL judges what src/pki issues: chains, purposes, host names, name constraints, key files.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseHosts } from '../../src/pki/hosts.ts';
import type { Host } from '../../src/pki/hosts.ts';
import { issueBrokerCertificates, issueDeviceCertificate } from '../../src/pki/issuing.ts';
import type { BrokerCertificates, Issued, Issuer } from '../../src/pki/issuing.ts';
import { isPermitted } from '../../src/pki/name-constraints.ts';
import { sec1FromPkcs8 } from '../../src/pki/key-pair.ts';
import type { Bytes } from '../../src/shared/bytes.ts';
import { toPem } from '../../src/pki/pem.ts';
import { toCertificateRecord } from '../../src/pki/reading.ts';
import { context, makeAuthority } from '../fixtures/issued-project.ts';
import type { IssuedAuthority } from '../fixtures/issued-project.ts';

const run = promisify(execFile);
const hosts = parseHosts(['pi.local', 'mqtt.example.org', '192.168.1.10', '203.0.113.7', '2001:db8::7']);
let folder: string;
let counter = 0;

interface Verdict {
  readonly ok: boolean;
  readonly text: string;
}

async function openssl(args: readonly string[]): Promise<Verdict> {
  try {
    const { stdout, stderr } = await run('openssl', args);
    return { ok: true, text: stdout + stderr };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { ok: false, text: stdout + stderr };
  }
}

async function save(content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, `f${counter++}`);
  await writeFile(file, content);
  return file;
}

async function verify(authority: Issued, leaf: Issued, ...options: string[]): Promise<Verdict> {
  const anchor = await save(toPem('CERTIFICATE', authority.certificateDer));
  const file = await save(toPem('CERTIFICATE', leaf.certificateDer));
  const strict = ['verify', '-x509_strict', '-no-CApath', '-no-CAstore', '-check_ss_sig'];
  return openssl([...strict, '-CAfile', anchor, ...options, file]);
}

/** Those of the texts that a form would take. */
const legalHosts = (texts: readonly string[]): Host[] =>
  texts.flatMap((text) => {
    try {
      return parseHosts([text]);
    } catch {
      return [];
    }
  });

let server: IssuedAuthority;
let client: IssuedAuthority;
let web: IssuedAuthority;
let broker: BrokerCertificates;
let device: Issued;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'signet-pki-'));
  [server, client, web] = await Promise.all([
    makeAuthority('server', []),
    makeAuthority('client', []),
    makeAuthority('web', hosts),
  ]);
  broker = await issueBrokerCertificates(context, {
    server: server.issuer,
    web: web.issuer,
    projectId: 'porch',
    hosts,
  });
  device = await issueDeviceCertificate(context, client.issuer, { projectId: 'porch', deviceId: 'porch-1' });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('chains under OpenSSL -x509_strict', () => {
  it('accepts each leaf under its own authority for its purpose', async () => {
    expect(await verify(server.issued, broker.deviceListener, '-purpose', 'sslserver')).toMatchObject({
      ok: true,
    });
    expect(await verify(web.issued, broker.webListener, '-purpose', 'sslserver')).toMatchObject({ ok: true });
    expect(await verify(client.issued, device, '-purpose', 'sslclient')).toMatchObject({ ok: true });
  });

  it('refuses a device certificate as a server', async () => {
    const verdict = await verify(client.issued, device, '-purpose', 'sslserver');
    expect(verdict.ok).toBe(false);
    expect(verdict.text).toMatch(/unsuitable certificate purpose|unsupported certificate purpose/);
  });

  it('refuses a device certificate under the server and the web authority', async () => {
    for (const other of [server, web]) {
      const verdict = await verify(other.issued, device);
      expect(verdict.ok).toBe(false);
      expect(verdict.text).toContain('unable to get local issuer certificate');
    }
  });

  it('refuses a broker certificate as a client and under the client authority', async () => {
    expect((await verify(server.issued, broker.deviceListener, '-purpose', 'sslclient')).ok).toBe(false);
    expect((await verify(client.issued, broker.deviceListener)).ok).toBe(false);
  });

  it('refuses a certificate whose signature was touched', async () => {
    const der = device.certificateDer.slice();
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    expect((await verify(client.issued, { ...device, certificateDer: der })).ok).toBe(false);
  });

  it('counts from a day ago to the end of each profile', async () => {
    const valid = (issued: Issued, days: number): Promise<Verdict> =>
      verify(server.issued, issued, '-attime', String(Math.floor(context.nowMs / 1000) + days * 86_400));
    expect((await valid(broker.deviceListener, -0.99)).ok).toBe(true);
    expect((await valid(broker.deviceListener, -1.01)).ok).toBe(false);
    expect((await valid(broker.deviceListener, 395.99)).ok).toBe(true);
    expect((await valid(broker.deviceListener, 396.01)).ok).toBe(false);
  });
});

describe('host names', () => {
  it('serves every host, localhost and address on both listeners', async () => {
    for (const [authority, leaf] of [
      [server.issued, broker.deviceListener],
      [web.issued, broker.webListener],
    ] as const) {
      for (const name of ['pi.local', 'mqtt.example.org', 'localhost']) {
        expect(await verify(authority, leaf, '-verify_hostname', name), name).toMatchObject({ ok: true });
      }
      for (const ip of ['192.168.1.10', '203.0.113.7', '2001:db8::7']) {
        expect(await verify(authority, leaf, '-verify_ip', ip), ip).toMatchObject({ ok: true });
      }
      expect((await verify(authority, leaf, '-verify_hostname', 'other.local')).ok).toBe(false);
      expect((await verify(authority, leaf, '-verify_ip', '192.168.1.11')).ok).toBe(false);
    }
    expect(await verify(web.issued, broker.webListener, '-verify_ip', '127.0.0.1')).toMatchObject({
      ok: true,
    });
  });

  it('answers to Docker’s usual name on the device port, and never on the web port', async () => {
    expect(await verify(server.issued, broker.deviceListener, '-verify_hostname', 'mosquitto')).toMatchObject(
      { ok: true },
    );
    expect((await verify(web.issued, broker.webListener, '-verify_hostname', 'mosquitto')).ok).toBe(false);
    expect(await verify(web.issued, broker.webListener)).toMatchObject({ ok: true });
  });

  it('repeats an address as a DNS name on the device port only', async () => {
    const record = (leaf: Issued) => toCertificateRecord(leaf.certificateDer, context.crypto);
    expect((await record(broker.deviceListener)).subjectAltNames).toContain('DNS:192.168.1.10');
    expect((await record(broker.deviceListener)).subjectAltNames).toContain('IP:192.168.1.10');
    expect((await record(broker.webListener)).subjectAltNames).not.toContain('DNS:192.168.1.10');
    expect((await record(broker.webListener)).subjectAltNames).toContain('IP:192.168.1.10');
  });
});

describe('name constraints of the web authority', () => {
  // Without the page's own check, which would not sign any of these: the verifiers must refuse them.
  const issueFor = async (issuer: Issuer, names: readonly string[]): Promise<Issued> =>
    (
      await issueBrokerCertificates(context, {
        server: server.issuer,
        web: { ...issuer, permittedNames: null },
        projectId: 'porch',
        hosts: parseHosts(names),
      })
    ).webListener;

  it('make a certificate for any other public name or address worthless', async () => {
    for (const name of [
      'bank.example.com',
      'example.org',
      'localhost.example.com',
      '8.8.8.8',
      '2001:db8::8',
    ]) {
      const verdict = await verify(web.issued, await issueFor(web.issuer, [name]));
      expect(verdict.ok, name).toBe(false);
      expect(verdict.text).toContain('permitted subtree violation');
    }
  });

  it('let private addresses and .local names through', async () => {
    const names = [
      'other.local',
      '10.1.2.3',
      '172.31.0.9',
      '192.168.77.1',
      '169.254.3.4',
      '127.0.0.5',
      'fd00::9',
    ];
    for (const name of names) {
      expect(await verify(web.issued, await issueFor(web.issuer, [name])), name).toMatchObject({ ok: true });
    }
    expect((await verify(web.issued, await issueFor(web.issuer, ['172.32.0.9']))).ok).toBe(false);
  });

  it('never cover a public top-level domain or a name that strangers share', async () => {
    const shop = await issueFor(web.issuer, ['www.some-shop.garden']);
    expect((await verify(web.issued, shop)).text).toContain('permitted subtree violation');
    for (const name of ['garden', 'com', 'pi', 'co.uk', 'github.io']) {
      expect(() => parseHosts([name]), name).toThrow();
    }
    // Even where a name came in by another way than a form: no authority is made.
    await expect(makeAuthority('web', [{ kind: 'dns', text: 'garden' }])).rejects.toThrow(RangeError);
  });

  it('cover the names below a host of two labels, and no other name of its domain', async () => {
    const own = await makeAuthority('web', parseHosts(['my-home.garden']));
    expect((await verify(own.issued, await issueFor(own.issuer, ['mqtt.my-home.garden']))).ok).toBe(true);
    for (const name of ['www.some-shop.garden', 'not-my-home.garden']) {
      const verdict = await verify(own.issued, await issueFor(own.issuer, [name]));
      expect(verdict.text, name).toContain('permitted subtree violation');
    }
  });

  it('leave every name outside the hosts of any authority refused', async () => {
    const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);
    const typed = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
    await fc.assert(
      fc.asyncProperty(typed, label, label, async (text, site, topLevel) => {
        const some = legalHosts([text]);
        const own = await makeAuthority('web', some);
        // A stranger's site under the same or any other top-level domain.
        for (const end of [text.split('.').at(-1) ?? '', topLevel]) {
          const stranger = `www.${site}-shop.${end}`;
          if (end === 'local' || some.some((host) => `.${stranger}`.endsWith(`.${host.text}`))) continue;
          const verdict = await verify(own.issued, await issueFor(own.issuer, [stranger]));
          expect(verdict.text, `${stranger} under ${text}`).toContain('permitted subtree violation');
          expect(isPermitted(own.issuer.permittedNames, { dns: stranger })).toBe(false);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('stand on no other authority', async () => {
    for (const { issued } of [server, client]) {
      const file = await save(toPem('CERTIFICATE', issued.certificateDer));
      expect((await openssl(['x509', '-in', file, '-noout', '-text'])).text).not.toContain(
        'Name Constraints',
      );
    }
  });
});

describe('profiles as OpenSSL prints them', () => {
  const print = async (issued: Issued): Promise<string> => {
    const file = await save(toPem('CERTIFICATE', issued.certificateDer));
    return (await openssl(['x509', '-in', file, '-noout', '-text', '-nameopt', 'RFC2253'])).text;
  };

  it('authority: CA, path length 0, certificate and CRL signing, key identifier', async () => {
    const text = await print(web.issued);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
    expect(text).toMatch(/Name Constraints: critical/);
    expect(text).toContain('Subject Key Identifier');
    expect(text).not.toContain('Extended Key Usage');
  });

  it('device: client authentication only, never critical, a name no broker has', async () => {
    const text = await print(device);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/);
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/);
    expect(text).toMatch(/Extended Key Usage: \n\s+TLS Web Client Authentication\n/);
    expect(text).toMatch(/Subject Alternative Name: \n\s+DNS:porch-1\.device\.porch\n/);
    expect(text).toContain('Subject: CN=porch-1,OU=device,O=porch');
    expect(text).toContain('Authority Key Identifier');
  });

  it('gives six certificates six subjects and six positive 16-byte serials', async () => {
    const all = [server.issued, client.issued, web.issued, broker.deviceListener, broker.webListener, device];
    const records = await Promise.all(
      all.map((one) => toCertificateRecord(one.certificateDer, context.crypto)),
    );
    expect(new Set(records.map((record) => record.subject)).size).toBe(6);
    expect(new Set(records.map((record) => record.serialNumberHex)).size).toBe(6);
    for (const record of records) expect(record.serialNumberHex).toMatch(/^[4-7][0-9a-f]{31}$/);
  });

  it('reads back what Node reads: fingerprint, dates, names', async () => {
    const record = await toCertificateRecord(broker.deviceListener.certificateDer, context.crypto);
    const judge = new X509Certificate(broker.deviceListener.certificateDer);
    expect(record.sha256Fingerprint).toBe(judge.fingerprint256);
    expect(record.notAfterMs).toBe(Date.parse(judge.validTo));
    expect(record.serialNumberHex.toUpperCase()).toBe(judge.serialNumber);
    expect(record.subject).toBe('CN=porch broker,O=porch');
  });
});

describe('certificates made elsewhere', () => {
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null'];

  async function selfSigned(subject: string, ...options: string[]): Promise<Bytes> {
    const args = ['req', '-x509', ...newKey, '-utf8', '-subj', subject, ...options, '-outform', 'DER'];
    const { stdout } = await run('openssl', args, { encoding: 'buffer' });
    return Uint8Array.from(stdout);
  }

  it('show the subject that OpenSSL shows, whatever characters it has', async () => {
    for (const subject of [
      '/C=DE/ST=Tirol/L=Wien/O=Gr\u00fcn, Rot + Co/OU=a=b/CN=pi.local',
      '/O=say "hi"/CN=#hash',
      '/O= leading and trailing /CN=<a;b>',
      '/CN=back\\\\slash',
      '/CN=\u6f22\u5b57 \ud83d\ude00',
      '/O=two+OU=in one/CN=x',
    ]) {
      const der = await selfSigned(subject, '-multivalue-rdn');
      const file = await save(der);
      const shown = await openssl([
        ...['x509', '-inform', 'DER', '-in', file, '-noout', '-subject'],
        ...['-nameopt', 'RFC2253,-esc_msb,utf8,sname'],
      ]);
      const record = await toCertificateRecord(der, context.crypto);
      expect(`subject=${record.subject}\n`, subject).toBe(shown.text);
    }
  });

  it('are read also when they are X.509 v1, as the tutorials make them', async () => {
    const request = await save(
      (await run('openssl', ['req', '-new', ...newKey, '-subj', '/CN=dev01'])).stdout,
    );
    const key = await save(
      (await run('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout'])).stdout,
    );
    const certificate = path.join(folder, 'v1.der');
    const authority = await save(
      (await run('openssl', ['req', '-x509', '-new', '-key', key, '-subj', '/CN=ca'])).stdout,
    );
    const issuer = ['-CA', authority, '-CAkey', key, '-set_serial', '131', '-days', '3650'];
    await run('openssl', ['x509', '-req', '-in', request, ...issuer, '-outform', 'DER', '-out', certificate]);
    const record = await toCertificateRecord(Uint8Array.from(await readFile(certificate)), context.crypto);
    expect(record).toMatchObject({ subject: 'CN=dev01', subjectAltNames: [], serialNumberHex: '83' });
  });

  it('are refused by name when they are cut off', async () => {
    const der = await selfSigned('/CN=x');
    for (let end = 0; end < der.length; end += 13) {
      await expect(toCertificateRecord(der.slice(0, end), context.crypto)).rejects.toMatchObject({
        code: 'pki.certificate-format',
      });
    }
  });
});

describe('key files', () => {
  it('SEC1 is byte for byte what openssl ec writes, and both open the certificate', async () => {
    for (const { pkcs8, certificateDer } of [device, broker.deviceListener]) {
      const source = await save(toPem('PRIVATE KEY', pkcs8));
      const { stdout } = await run('openssl', ['ec', '-in', source, '-outform', 'DER'], {
        encoding: 'buffer',
      });
      expect(Buffer.from(sec1FromPkcs8(pkcs8)).equals(stdout)).toBe(true);
      const pem = await save(toPem('EC PRIVATE KEY', sec1FromPkcs8(pkcs8)));
      const certificate = await save(toPem('CERTIFICATE', certificateDer));
      const fromKey = await openssl(['pkey', '-in', pem, '-pubout']);
      const fromCertificate = await openssl(['x509', '-in', certificate, '-noout', '-pubkey']);
      expect(fromKey.ok && fromKey.text).toBe(fromCertificate.text);
    }
  });
});

describe('properties', () => {
  const id = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/);

  it('any legal ids give a certificate that OpenSSL accepts with this very subject', async () => {
    await fc.assert(
      fc.asyncProperty(id, id, async (projectId, deviceId) => {
        const issued = await issueDeviceCertificate(context, client.issuer, { projectId, deviceId });
        const verdict = await verify(
          client.issued,
          issued,
          '-verify_hostname',
          `${deviceId}.device.${projectId}`,
        );
        expect(verdict.text).toContain('OK');
        const record = await toCertificateRecord(issued.certificateDer, context.crypto);
        expect(record.subject).toBe(`CN=${deviceId},OU=device,O=${projectId}`);
      }),
      { numRuns: 15 },
    );
  });

  it('any set of hosts is served on the web port under its own constraints', async () => {
    const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,12}[a-z0-9])?$/);
    const name = fc
      .array(label, { minLength: 2, maxLength: 4 })
      .map((labels) => labels.join('.'))
      .filter((text) => legalHosts([text]).length > 0);
    const host = fc.oneof(
      name,
      fc.ipV4().filter((ip) => /^([1-9]|1\d{1,2}|2[01]\d|22[0-3])\./.test(ip)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(host, { minLength: 1, maxLength: 5 }), async (inputs) => {
        const some = parseHosts(inputs);
        const own = await makeAuthority('web', some);
        const request = { server: server.issuer, web: own.issuer, projectId: 'porch', hosts: some };
        const { webListener } = await issueBrokerCertificates(context, request);
        for (const { kind, text } of some) {
          const option = kind === 'dns' ? '-verify_hostname' : '-verify_ip';
          expect((await verify(own.issued, webListener, option, text)).text).toContain('OK');
        }
      }),
      { numRuns: 10 },
    );
  });
});
