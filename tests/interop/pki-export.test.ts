// Each form of src/workflows/trust/export-file before the programs that must read it: OpenSSL, NSS, GnuTLS, Node, xxd, g++.
import { createHash, createPrivateKey } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateFacts } from '../../src/pki/facts/certificate.ts';
import type { ImportedItem } from '../../src/pki/import/items.ts';
import { certificatesIn, privateKeysIn } from '../../src/pki/import/pairing.ts';
import { readFile } from '../../src/pki/import/read-file.ts';
import { fromUtf8, toHex } from '../../src/shared/bytes.ts';
import { AppError } from '../../src/shared/errors.ts';
import { exportChoices, exportSubject, type ExportFormat } from '../../src/workflows/trust/export-choices.ts';
import { exportFile, type ExportedFile } from '../../src/workflows/trust/export-file.ts';
import { checkExportPassword } from '../../src/workflows/trust/export-password.ts';
import { InPlaceJobs } from '../../src/platform/workers/in-place-jobs.ts';
import { OpensslFolder } from '../fixtures/openssl.ts';

const password = 'correct horse battery';
const pass = `{pass:${password}}`;
const kinds = ['p256', 'p384', 'p521', 'rsa'] as const;
type Kind = (typeof kinds)[number];
const env = { crypto, jobs: () => Promise.resolve(new InPlaceJobs()) };
let files: OpensslFolder;
const items = {} as Record<Kind, readonly ImportedItem[]>;

const read = async (name: string, given: string | null = null): Promise<readonly ImportedItem[]> =>
  (await readFile(files.read(name), { crypto, password: given, uncounted: (work) => work() })).items;

const leafOf = (kind: Kind): CertificateFacts => {
  const leaf = certificatesIn(items[kind])[0];
  if (!leaf) throw new Error('no certificate');
  return leaf;
};

async function taken(kind: Kind, of: 'certificate' | 'key', format: ExportFormat): Promise<ExportedFile> {
  const item = of === 'certificate' ? leafOf(kind) : privateKeysIn(items[kind])[0];
  if (!item) throw new Error('no key');
  const subject = exportSubject(item, items[kind]);
  const choice = exportChoices(subject).find((each) => each.format === format);
  if (!choice) throw new Error(`${format} is not offered`);
  const file = await exportFile({ subject, choice, baseName: kind, password }, env);
  files.write(file.name, file.content);
  return file;
}

const textOf = async (...which: Parameters<typeof taken>): Promise<string> =>
  fromUtf8((await taken(...which)).content);

beforeAll(async () => {
  files = new OpensslFolder();
  files.run('req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj {/CN=Porch CA} -days 99 -out ca.crt');
  files.run('ecparam -name prime256v1 -genkey -noout -out p256.key');
  files.run('ecparam -name secp384r1 -genkey -noout -out p384.key');
  files.run('ecparam -name secp521r1 -genkey -noout -out p521.key');
  files.run('genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key');
  for (const kind of kinds) {
    files.run(`req -new -key ${kind}.key -subj /CN=${kind} -out ${kind}.csr`);
    files.run(`x509 -req -in ${kind}.csr -CA ca.crt -CAkey ca.key -set_serial 7 -days 30 -out ${kind}.crt`);
    items[kind] = [...(await read(`${kind}.crt`)), ...(await read('ca.crt')), ...(await read(`${kind}.key`))];
  }
});
afterAll(() => files.remove());

describe.each(kinds)('of %s', (kind) => {
  it('PEM and DER are byte for byte what openssl writes', async () => {
    expect(await textOf(kind, 'certificate', 'pem')).toBe(files.run(`x509 -in ${kind}.crt`));
    files.run(`x509 -in ${kind}.crt -outform DER -out theirs.der`);
    expect(toHex((await taken(kind, 'certificate', 'der')).content)).toBe(toHex(files.read('theirs.der')));
    expect(await textOf(kind, 'certificate', 'chain-pem')).toBe(
      files.run(`x509 -in ${kind}.crt`) + files.run('x509 -in ca.crt'),
    );
    expect(await textOf(kind, 'key', 'key-pkcs8')).toBe(files.run(`pkcs8 -topk8 -nocrypt -in ${kind}.key`));
    expect(await textOf(kind, 'key', 'key-traditional')).toBe(files.run(`pkey -in ${kind}.key -traditional`));
    files.run(`pkey -in ${kind}.key -traditional -outform DER -out theirs.der`);
    expect(toHex((await taken(kind, 'key', 'key-traditional-der')).content)).toBe(
      toHex(files.read('theirs.der')),
    );
    expect(await textOf(kind, 'key', 'public-key')).toBe(files.run(`pkey -in ${kind}.key -pubout`));
  });

  it('the header is byte for byte what xxd -i writes', async () => {
    await taken(kind, 'certificate', 'der');
    const theirs = execFileSync('xxd', ['-i', `${kind}.der`], { cwd: files.path, encoding: 'latin1' });
    expect(await textOf(kind, 'certificate', 'header')).toBe(theirs);
  });

  it('fingerprints and the pin are those of openssl', async () => {
    const sha1 = /=(.*)/.exec(files.run(`x509 -in ${kind}.crt -noout -fingerprint -sha1`))?.[1] ?? '';
    const sha256 = /=(.*)/.exec(files.run(`x509 -in ${kind}.crt -noout -fingerprint -sha256`))?.[1] ?? '';
    expect(await textOf(kind, 'certificate', 'sha1-text')).toBe(`${sha1}\n`);
    expect(await textOf(kind, 'certificate', 'sha256-text')).toBe(`${sha256}\n`);
    expect(await textOf(kind, 'certificate', 'sha1-spaces')).toBe(`${sha1.replaceAll(':', ' ')}\n`);
    expect(await textOf(kind, 'certificate', 'sha256-spaces')).toBe(`${sha256.replaceAll(':', ' ')}\n`);
    const bytes = sha1.split(':').map((pair) => `0x${pair.toLowerCase()}`);
    expect(await textOf(kind, 'certificate', 'sha1-c')).toContain(`{${bytes.join(',')}};`);
    expect((await textOf(kind, 'certificate', 'sha256-c')).match(/0x/g)).toHaveLength(32);
    files.run(`pkey -in ${kind}.key -pubout -outform DER -out spki.der`);
    const pin = createHash('sha256').update(files.read('spki.der'));
    expect(await textOf(kind, 'certificate', 'pin')).toBe(
      `${toHex(pin.copy().digest())}\nsha256//${pin.digest('base64')}\n`,
    );
  });

  it('the encrypted key opens in OpenSSL, GnuTLS and Node with the password only', async () => {
    const pem = await textOf(kind, 'key', 'key-encrypted');
    expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    const name = `${kind}.key.pem`;
    expect(files.run(`pkey -in ${name} -passin ${pass}`)).toBe(files.run(`pkey -in ${kind}.key`));
    expect(files.judge(`pkey -in ${name} -passin pass:wrong`).ok).toBe(false);
    const { status, stderr } = spawnSync(
      'certtool',
      ['--key-info', '--password', password, '--infile', name],
      {
        cwd: files.path,
        encoding: 'utf8',
      },
    );
    expect(status, stderr).toBe(0);
    const node = createPrivateKey({ key: pem, passphrase: password }).export({
      type: 'pkcs8',
      format: 'pem',
    });
    expect(node).toBe(files.run(`pkcs8 -topk8 -nocrypt -in ${kind}.key`));
    expect(files.run(`asn1parse -in ${name}`)).toMatch(/PBES2[^]*PBKDF2[^]*hmacWithSHA256[^]*aes-256-cbc/);
  });

  it.each(['p12-modern', 'p12-compatible'] as const)(
    '%s opens in OpenSSL, NSS, GnuTLS, Node and here',
    async (format) => {
      const { content } = await taken(kind, 'certificate', format);
      const out = files.run(
        `pkcs12 -in ${kind}.p12 -passin ${pass} -nodes -provider legacy -provider default`,
      );
      expect(out.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
      expect(out).toContain(`friendlyName: ${kind}`);
      expect(files.judge(`pkcs12 -in ${kind}.p12 -passin pass:wrong -nodes`).ok).toBe(false);
      const database = `sql:${mkdtempSync(path.join(files.path, 'nss-'))}`;
      execFileSync('certutil', ['-N', '-d', database, '--empty-password']);
      const imported = spawnSync(
        'pk12util',
        ['-i', files.file(`${kind}.p12`), '-d', database, '-W', password],
        { encoding: 'utf8' },
      );
      expect(imported.stderr + imported.stdout).toContain('PKCS12 IMPORT SUCCESSFUL');
      const listed = execFileSync('certutil', ['-L', '-d', database], { encoding: 'utf8' });
      expect(listed).toMatch(new RegExp(`${kind}\\s+u,u,u`));
      const gnutls = spawnSync(
        'certtool',
        ['--p12-info', '--inder', '--password', password, '--infile', `${kind}.p12`],
        {
          cwd: files.path,
          encoding: 'utf8',
        },
      );
      expect(gnutls.status, gnutls.stderr).toBe(0);
      expect(gnutls.stdout).toContain('BEGIN CERTIFICATE');
      if (format === 'p12-modern') createSecureContext({ pfx: Buffer.from(content), passphrase: password });
      const again = await read(`${kind}.p12`, password);
      expect(privateKeysIn(again).map(({ pkcs8 }) => toHex(pkcs8))).toEqual(
        privateKeysIn(items[kind]).map(({ pkcs8 }) => toHex(pkcs8)),
      );
    },
  );

  it('the texts for a sketch are right C++ and hold what they should', async () => {
    const progmem = await textOf(kind, 'certificate', 'progmem');
    const credentials = await textOf(kind, 'certificate', 'secure-credentials');
    const stubs = fileURLToPath(new URL('../fixtures/arduino-stubs', import.meta.url));
    files.write('sketch.cpp', '#include "p.h"\n#include "secure_credentials.h"\nint main() { return 0; }\n');
    files.write('p.h', progmem);
    const flags = '-std=gnu++17 -fsyntax-only -Wall -Wextra -Werror -Wno-unused-variable'.split(' ');
    const { stderr } = spawnSync('g++', [...flags, '-I', stubs, files.file('sketch.cpp')], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(credentials).toContain(kind === 'rsa' ? 'BEGIN RSA PRIVATE KEY' : 'BEGIN EC PRIVATE KEY');
    expect(credentials).toMatch(/STASSID[^]*STAPSK[^]*CA_CERT_PROG[^]*CLIENT_CERT_PROG[^]*CLIENT_KEY_PROG/);
  });
});

describe('what holds an open key', () => {
  it('says SECRET in its name, and nothing else does', async () => {
    for (const item of items.p256) {
      if (item.kind === 'locked') continue;
      const subject = exportSubject(item, items.p256);
      for (const choice of exportChoices(subject)) {
        const { name, content } = await exportFile({ subject, choice, baseName: 'x', password }, env);
        const isOpen = /-----BEGIN (RSA |EC )?PRIVATE KEY/.test(Buffer.from(content).toString('latin1'));
        if (isOpen) expect(choice.isSecret, choice.format).toBe(true);
        if (choice.format !== 'secure-credentials')
          expect(name.includes('SECRET'), name).toBe(choice.isSecret);
      }
    }
  });
});

describe('the password of an export', () => {
  const check = (given: Partial<Parameters<typeof checkExportPassword>[0]>): string | null => {
    try {
      const all = {
        password,
        repeated: given.password ?? password,
        isClassic: false,
        personalWords: ['porch'],
      };
      return checkExportPassword({ ...all, ...given });
    } catch (thrown) {
      return (thrown as AppError).code;
    }
  };

  it('must be typed twice, and strong for a modern authority; a classic one warns', () => {
    expect(check({ password: 'wall lamp onion tractor' })).toBeNull();
    expect(check({ repeated: 'other' })).toBe('pki.export-passwords-differ');
    expect(check({ password: 'password123' })).toBe('pki.export-password-weak');
    expect(check({ password: 'password123', isClassic: true })).toMatch(/weak/);
    expect(check({ password: '', isClassic: true })).toBe('pki.export-password-weak');
  });

  it('of a PKCS#12 file is plain ASCII', async () => {
    const subject = exportSubject(leafOf('p256'), items.p256);
    const choice = exportChoices(subject).find(({ format }) => format === 'p12-modern');
    if (!choice) throw new Error('not offered');
    await expect(exportFile({ subject, choice, baseName: 'x', password: 'Tür' }, env)).rejects.toMatchObject({
      code: 'pki.export-password-characters',
    });
  });
});
