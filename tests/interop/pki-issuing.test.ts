// What the workshop issues, of every kind of key: parses back equal and satisfies OpenSSL; requests and revocation lists.
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { altNameText, parseAltNames, writableNames, type AltName } from '../../src/pki/alt-names.ts';
import { signCertificate } from '../../src/pki/certificate.ts';
import { certificateParts } from '../../src/pki/certificate-fields.ts';
import { distinguishedName, writableAttributes } from '../../src/pki/distinguished-name.ts';
import { readCertificateFacts } from '../../src/pki/facts/certificate.ts';
import { issueLeaf, issueRoot, issuerFrom, type Issued, type Issuer } from '../../src/pki/issuing.ts';
import { generateKey, importSigningKey } from '../../src/pki/key-pair.ts';
import { fromPem, toPem } from '../../src/pki/pem.ts';
import { toCertificateRecord } from '../../src/pki/reading.ts';
import { createRequest, readRequest } from '../../src/pki/request.ts';
import { issueRevocationList } from '../../src/pki/revocation-list.ts';
import { subjectAttributes, type SubjectFields } from '../../src/pki/subject-fields.ts';
import type { KeyAlgorithm } from '../../src/project/entities.ts';
import { fromHex, toHex } from '../../src/shared/bytes.ts';
import { context } from '../fixtures/issued-project.ts';
import { OpensslFolder, type Verdict } from './openssl.ts';

const { crypto } = context;
const folder = new OpensslFolder();
afterAll(() => folder.remove());

interface Root {
  readonly issued: Issued;
  readonly issuer: Issuer;
  readonly file: string;
}

async function rootOf(
  algorithm: KeyAlgorithm,
  subject: SubjectFields = { CN: `root ${algorithm}` },
): Promise<Root> {
  const issued = await issueRoot(context, { subject, algorithm });
  const issuer = await issuerFrom(
    issued.certificateDer,
    await importSigningKey(issued.pkcs8, crypto),
    crypto,
  );
  return { issued, issuer, file: folder.save(toPem('CERTIFICATE', issued.certificateDer)) };
}

const verify = (root: Root, der: Uint8Array, ...options: string[]): Promise<Verdict> =>
  folder.openssl(
    'verify',
    '-x509_strict',
    '-check_ss_sig',
    ...options,
    '-CAfile',
    root.file,
    folder.save(toPem('CERTIFICATE', der)),
  );

let root: Root;
beforeAll(async () => {
  root = await rootOf('p256');
});

const leafOf = (subject: SubjectFields, names: readonly AltName[] = []) =>
  ({ subject, names, purposes: ['clientAuth'], days: 30 }) as const;

describe('every kind of key', () => {
  for (const algorithm of ['p256', 'p384', 'rsa2048', 'rsa3072', 'rsa4096'] as const) {
    it(`${algorithm} signs and is signed`, async () => {
      const own = await rootOf(algorithm);
      const server = {
        ...leafOf({ CN: 'broker' }, [{ dns: 'pi.local' }]),
        purposes: ['serverAuth'],
      } as const;
      const leaf = await issueLeaf(context, own.issuer, { ...server, key: { kind: 'new', algorithm } });
      expect(await verify(own, leaf.certificateDer, '-purpose', 'sslserver')).toMatchObject({ ok: true });
      const usages = readCertificateFacts(leaf.certificateDer).extensions.keyUsage?.usages;
      expect(usages).toEqual(
        algorithm.startsWith('rsa') ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'],
      );
      const other = await issueLeaf(context, root.issuer, { ...server, key: { kind: 'new', algorithm } });
      expect(await verify(root, other.certificateDer)).toMatchObject({ ok: true });
    });
  }
});

const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme', minLength: 1, maxLength }).filter((value) => isField(value, maxLength));
const isField = (value: string, limit: number): boolean =>
  value.trim() === value &&
  value !== '' &&
  !/\p{Cc}|\p{Cs}/u.test(value) &&
  Array.from(value).length <= limit;

const subjects = fc.record(
  {
    C: fc.constantFrom('GB', 'DE', 'JP'),
    ST: text(30),
    L: text(30),
    O: text(20),
    OU: text(20),
    CN: text(20),
    E: fc.constant('me@example.org'),
  },
  { requiredKeys: ['CN'] },
);

const typedNames = fc.array(
  fc.oneof(
    fc.domain(),
    fc.constantFrom('pi.local', 'bücher.example', 'localhost', 'single', 'a.b.c.d.example'),
    fc.ipV4(),
    fc.ipV6().filter((ip) => !ip.includes('.')),
    fc.constantFrom('me@example.org', 'https://example.org/me', 'urn:dev:ow:10e2073a01080063'),
  ),
  { maxLength: 5 },
);

const legal = (typed: readonly string[]): AltName[] =>
  typed.flatMap((each) => {
    try {
      return parseAltNames([each]);
    } catch {
      return [];
    }
  });

describe('the record that a project keeps of a certificate', () => {
  it('names subject and names as RFC 4514 and OpenSSL do, whatever signs stand in them', async () => {
    const subject = { C: 'GB', O: 'Söhne, "Vater" + <Co>;', CN: ' #a\\b ', E: 'me@example.org' };
    const names = parseAltNames([
      'pi.local',
      '192.168.1.10',
      'fd00::7',
      'me@example.org',
      'https://a.example/x',
    ]);
    const { certificateDer } = await issueLeaf(context, root.issuer, leafOf(subject, names));
    const file = folder.save(toPem('CERTIFICATE', certificateDer));
    const kept = await toCertificateRecord(certificateDer, crypto);
    const { text } = await folder.openssl(
      'x509',
      '-in',
      file,
      '-noout',
      '-subject',
      '-nameopt',
      'RFC2253,-esc_msb,utf8',
    );
    expect(`subject=${kept.subject.replace(/^E=/, 'emailAddress=')}\n`).toBe(text);
    expect(kept.subjectAltNames).toEqual([
      ...['DNS:pi.local', 'IP:192.168.1.10', 'IP:fd00::7', 'EMAIL:me@example.org', 'URI:https://a.example/x'],
    ]);
  });
});

describe('whatever is issued', () => {
  it('parses back equal and passes openssl verify -x509_strict: names and subjects', async () => {
    await fc.assert(
      fc.asyncProperty(subjects, typedNames, async (subject, typed) => {
        const names = legal(typed);
        const { certificateDer } = await issueLeaf(context, root.issuer, leafOf(subject, names));
        const facts = readCertificateFacts(certificateDer);
        expect(writableAttributes(facts.subject)).toEqual(subjectAttributes(subject));
        const found = writableNames(facts.extensions.subjectAltNames?.names ?? []);
        expect(found.map(altNameText)).toEqual(names.map(altNameText));
        expect(facts.extensions.extendedKeyUsage?.purposes).toEqual(['clientAuth']);
        expect(toHex(facts.issuer.der)).toBe(toHex(root.issuer.subject));
        const kept = await toCertificateRecord(certificateDer, crypto);
        const theirs = new X509Certificate(certificateDer);
        expect(kept.serialNumberHex).toBe(theirs.serialNumber.toLowerCase());
        expect(kept.sha256Fingerprint).toBe(theirs.fingerprint256);
        expect([kept.notBeforeMs, kept.notAfterMs]).toEqual(
          [theirs.validFrom, theirs.validTo].map((text) => Date.parse(text)),
        );
        expect(await verify(root, certificateDer, '-purpose', 'sslclient')).toMatchObject({ ok: true });
      }),
      { numRuns: 25 },
    );
  });

  it('parses back equal and passes openssl verify -x509_strict: authorities of any name', async () => {
    await fc.assert(
      fc.asyncProperty(subjects, async (subject) => {
        const own = await rootOf('p256', { ...subject, O: 'an authority' });
        const { certificateDer } = await issueLeaf(context, own.issuer, leafOf({ CN: 'leaf' }));
        expect(await verify(own, certificateDer)).toMatchObject({ ok: true });
      }),
      { numRuns: 10 },
    );
  });

  it('keeps any serial from 1 to 20 bytes', async () => {
    const { publicKeyInfo } = await generateKey(crypto);
    const serials = fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .filter((bytes) => bytes.some((byte) => byte !== 0) && (bytes.length < 20 || (bytes[0] ?? 0) < 0x80));
    await fc.assert(
      fc.asyncProperty(serials, async (serial) => {
        const der = await signCertificate(
          {
            issuer: root.issuer.subject,
            subject: distinguishedName(['CN', 'leaf']),
            notBeforeMs: context.nowMs - 1000,
            notAfterMs: context.nowMs + 86_400_000,
            subjectPublicKeyInfo: publicKeyInfo,
            extensions: [],
            serial,
          },
          root.issuer.signingKey,
          crypto,
        );
        expect(BigInt(`0x${toHex(certificateParts(der).serial)}`)).toBe(BigInt(`0x${toHex(serial)}`));
        const shown = (
          await folder.openssl('x509', '-in', folder.save(toPem('CERTIFICATE', der)), '-noout', '-serial')
        ).text;
        expect(BigInt(`0x${shown.trim().replace('serial=', '')}`)).toBe(BigInt(`0x${toHex(serial)}`));
      }),
      { numRuns: 15 },
    );
  });
});

describe('certificate requests', () => {
  it('of ours satisfy OpenSSL and read back, with every kind of key', async () => {
    for (const algorithm of ['p256', 'p384', 'rsa2048'] as const) {
      const pair = await generateKey(crypto, algorithm);
      const names = parseAltNames(['pi.local', '192.168.1.10']);
      const der = await createRequest(pair, { subject: { C: 'GB', CN: 'porch-1' }, names }, crypto);
      const file = folder.save(toPem('CERTIFICATE REQUEST', der));
      const shown = await folder.openssl('req', '-in', file, '-verify', '-noout', '-text');
      expect(shown).toMatchObject({ ok: true });
      expect(shown.text).toContain('DNS:pi.local, IP Address:192.168.1.10');
      const read = await readRequest(der, crypto);
      expect(read.attributes).toEqual([
        ['C', 'GB'],
        ['CN', 'porch-1'],
      ]);
      expect(read.names.map(altNameText)).toEqual(['DNS:pi.local', 'IP:192.168.1.10']);
    }
  });

  it('of OpenSSL read, and are refused when one bit was changed', async () => {
    for (const kind of [['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], ['rsa:2048']]) {
      const file = folder.save('');
      const args = ['req', '-new', '-newkey', ...kind, '-nodes', '-keyout', folder.save(''), '-out', file];
      await folder.openssl(...args, '-subj', '/O=Test/CN=dev', '-addext', 'subjectAltName=DNS:dev.local');
      const pem = (await folder.openssl('req', '-in', file)).text;
      const der = fromPem('CERTIFICATE REQUEST', pem);
      const read = await readRequest(der, crypto);
      expect(read.names.map(altNameText)).toEqual(['DNS:dev.local']);
      const touched = der.slice();
      touched[touched.length - 1] = (touched.at(-1) ?? 0) ^ 1;
      await expect(readRequest(touched, crypto)).rejects.toMatchObject({ code: 'pki.request-signature' });
      for (let end = 0; end < der.length; end++) {
        await expect(readRequest(der.slice(0, end), crypto)).rejects.toMatchObject({
          code: 'pki.request-format',
        });
      }
    }
  });
});

describe('revocation lists', () => {
  it('satisfy OpenSSL, carry their number and refuse exactly what they list', async () => {
    for (const algorithm of ['p256', 'p384', 'rsa2048'] as const) {
      const own = await rootOf(algorithm);
      const [bad, good] = [
        await issueLeaf(context, own.issuer, leafOf({ CN: 'bad' })),
        await issueLeaf(context, own.issuer, leafOf({ CN: 'good' })),
      ];
      const serialNumberHex = toHex(certificateParts(bad.certificateDer).serial);
      const list = await issueRevocationList(context, own.issuer, {
        number: 300,
        revoked: [
          { serialNumberHex, atMs: context.nowMs, reason: 'keyCompromise' },
          { serialNumberHex: toHex(fromHex('00ff')), atMs: context.nowMs, reason: 'unspecified' },
        ],
      });
      const file = folder.save(toPem('X509 CRL', list.der));
      expect(
        (await folder.openssl('crl', '-in', file, '-noout', '-verify', '-CAfile', own.file)).text,
      ).toContain('verify OK');
      const shown = (await folder.openssl('crl', '-in', file, '-noout', '-text', '-crlnumber')).text;
      expect(shown).toContain('crlNumber=0x012C');
      expect(shown).toContain('Key Compromise');
      const checked = (der: Uint8Array): Promise<Verdict> => verify(own, der, '-crl_check', '-CRLfile', file);
      expect(await checked(good.certificateDer)).toMatchObject({ ok: true });
      expect((await checked(bad.certificateDer)).text).toContain('certificate revoked');
      expect(list.nextUpdateMs).toBe(own.issuer.notAfterMs);
      expect(list.thisUpdateMs).toBeLessThan(context.nowMs - 86_000_000);
    }
  });

  it('are written when nothing is revoked, too', async () => {
    const list = await issueRevocationList(context, root.issuer, { number: 1, revoked: [] });
    const file = folder.save(toPem('X509 CRL', list.der));
    expect((await folder.openssl('crl', '-in', file, '-noout', '-text')).text).toContain(
      'No Revoked Certificates',
    );
  });
});
