// What src/pki/explain says of certificates, requests, lists and keys that the real openssl made.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAuthority } from '../../src/pki/explain/warnings.ts';
import { readCertificateFacts } from '../../src/pki/facts/certificate.ts';
import type { ImportedItem } from '../../src/pki/import/items.ts';
import { readFile } from '../../src/pki/import/read-file.ts';
import { explainItems, isClassic, type ExplainedItem } from '../../src/workflows/trust/explain-items.ts';
import { OpensslFolder } from '../fixtures/openssl.ts';

let files: OpensslFolder;

const read = async (...names: string[]): Promise<ImportedItem[]> => {
  const all = await Promise.all(
    names.map((name) => readFile(files.read(name), { crypto, password: null, uncounted: (work) => work() })),
  );
  return all.flatMap(({ items }) => items);
};

/** Of the first of the files; `yearsAhead` moves the clock. */
async function explained(names: readonly string[], yearsAhead = 0): Promise<ExplainedItem> {
  const nowMs = Date.now() + yearsAhead * 365.25 * 86_400_000;
  const [first] = await explainItems(await read(...names), { nowMs, crypto });
  if (!first) throw new Error('nothing was read');
  return first;
}

const warningsOf = async (names: readonly string[], yearsAhead = 0): Promise<string[]> =>
  (await explained(names, yearsAhead)).explanation.warnings.map(({ id }) => id);

const rowOf = ({ explanation }: ExplainedItem, term: string): string | undefined =>
  explanation.rows.find((row) => row.term === term)?.value;

function sign(name: string, extensions: string, options = '-days 397'): string {
  files.write('x.cfg', extensions);
  const extfile = extensions === '' ? '' : '-extfile x.cfg';
  files.run(
    `x509 -req -in leaf.csr -CA ca.crt -CAkey ca.key -set_serial 11 ${options} ${extfile} -out ${name}`,
  );
  return name;
}

const server = 'subjectAltName=DNS:pi.local\nextendedKeyUsage=serverAuth\n';

beforeAll(() => {
  files = new OpensslFolder();
  const constraints =
    '-addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign';
  files.run(
    `req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj {/CN=Porch CA} -days 3650 ${constraints} -out ca.crt`,
  );
  files.run('ecparam -name prime256v1 -genkey -noout -out leaf.key');
  files.run('req -new -key leaf.key -subj /CN=pi.local -out leaf.csr');
  sign('leaf.crt', server);
});
afterAll(() => files.remove());

describe('warnings', () => {
  it('there are none for a sound certificate and its authority', async () => {
    expect(await warningsOf(['leaf.crt', 'ca.crt'])).toEqual([]);
    expect(await warningsOf(['ca.crt'])).toEqual([]);
  });

  it.each([
    ['v1', '', '-days 397', ['v1', 'no-names']],
    [
      'critical-eku',
      'subjectAltName=DNS:pi.local\nextendedKeyUsage=critical,serverAuth\n',
      '-days 397',
      ['critical-eku'],
    ],
    ['address-only', 'subjectAltName=DNS:pi.local,IP:10.0.0.1\n', '-days 397', ['address-only']],
    ['address as text too', 'subjectAltName=DNS:10.0.0.1,IP:10.0.0.1\n', '-days 397', []],
    ['no names', 'extendedKeyUsage=serverAuth\n', '-days 397', ['no-names']],
    ['a wildcard', 'subjectAltName=DNS:*.example.org\n', '-days 397', ['wildcard']],
    ['longer than its authority', server, '-days 4000', ['outlives-issuer']],
    ['SHA-1', server, '-days 397 -sha1', ['weak-digest']],
    [
      'an unknown critical extension',
      `${server}1.2.3.4=critical,ASN1:NULL\n`,
      '-days 397',
      ['unknown-critical'],
    ],
    ['ends soon', server, '-days 20', ['expires-soon']],
  ])('%s', async (_, extensions, options, expected) => {
    sign('odd.crt', extensions, options);
    expect(await warningsOf(['odd.crt', 'ca.crt'])).toEqual(expected);
  });

  it('of time: expired, and not yet valid', async () => {
    expect(await warningsOf(['leaf.crt'], 2)).toContain('expired');
    expect(await warningsOf(['leaf.crt'], -1)).toContain('not-yet-valid');
  });

  it('of weak keys', async () => {
    files.run('genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.key');
    expect(await warningsOf(['weak.key'])).toEqual(['weak-key']);
    expect(await warningsOf(['leaf.key'])).toEqual([]);
  });

  it('of authorities: not critical, critical name constraints, may not sign', async () => {
    files.write(
      'ca.cfg',
      'basicConstraints=CA:TRUE\nnameConstraints=critical,permitted;DNS:local\nkeyUsage=digitalSignature\n',
    );
    files.run('req -new -key ca.key -subj /CN=odd -out odd.csr');
    files.run('x509 -req -in odd.csr -signkey ca.key -days 400 -extfile ca.cfg -out odd.crt');
    const found = await warningsOf(['odd.crt']);
    expect(found).toEqual(['authority-may-not-sign', 'constraints-not-critical', 'constraints-mbedtls']);
  });

  it('that show beside others: a foreign key, a signature that does not hold, a revocation', async () => {
    expect(await warningsOf(['ca.key', 'leaf.crt'])).toEqual(['key-mismatch']);
    expect(await warningsOf(['leaf.key', 'leaf.crt'])).toEqual([]);
    files.run(
      'req -x509 -newkey rsa:2048 -nodes -keyout x.key -subj {/CN=Porch CA} -days 3650 -out false.crt',
    );
    sign('plain.crt', `${server}authorityKeyIdentifier=none\n`);
    expect(await warningsOf(['plain.crt', 'false.crt'])).toEqual(['bad-signature']);
    files.write('index.txt', '');
    files.write(
      'ca.cnf',
      '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=30\n',
    );
    files.run('ca -config ca.cnf -cert ca.crt -keyfile ca.key -revoke leaf.crt -crl_reason superseded');
    files.run('ca -config ca.cnf -cert ca.crt -keyfile ca.key -gencrl -out ca.crl');
    const { explanation } = await explained(['leaf.crt', 'ca.crt', 'ca.crl']);
    expect(explanation.warnings).toMatchObject([
      { id: 'revoked', text: 'Revoked (superseded) by the list that is here.' },
    ]);
    expect(await warningsOf(['ca.crl', 'ca.crt'])).toEqual([]);
    expect(await warningsOf(['ca.crl', 'false.crt'])).toEqual(['bad-signature']);
    expect(await warningsOf(['ca.crl'], 1)).toEqual(['list-overdue']);
    expect(await warningsOf(['leaf.csr', 'leaf.key'])).toEqual(['key-here']);
  });
});

describe('the chain', () => {
  it('is followed in any order, each signature checked', async () => {
    const { chain } = await explained(['leaf.crt', 'ca.crt']);
    expect(chain.map(({ signedBy, signature }) => [signedBy, signature])).toEqual([
      ['next', 'good'],
      ['itself', 'good'],
    ]);
    expect((await explained(['leaf.crt'])).chain).toMatchObject([
      { signedBy: 'missing', signature: 'unknown' },
    ]);
  });

  it.each(['secp384r1', 'secp521r1'])('is checked under an authority of %s too', async (curve) => {
    files.run(`ecparam -name ${curve} -genkey -noout -out e.key`);
    files.run('req -x509 -new -key e.key -sha512 -subj /CN=e -days 9 -out e.crt');
    expect((await explained(['e.crt'])).chain).toMatchObject([{ signedBy: 'itself', signature: 'good' }]);
  });
});

describe('names', () => {
  it.each([
    '/C=DE/ST=Bavaria/L=Munich/O=Porch/OU=Doors/CN=pi.local',
    '/O=Smith, Jones & Co/CN=a\\+b',
    '/O=a=b;c/CN=<x>',
    '/O=quote"s/CN= leading',
    '/O=back\\\\slash/CN=#hash',
    '/emailAddress=a@b.example/CN=x',
    '/DC=org/DC=example/UID=7/CN=x',
  ])('%s reads as openssl prints it', async (subject) => {
    files.run(`req -x509 -key leaf.key -subj {${subject}} -days 9 -out n.crt`);
    const theirs = files
      .run('x509 -in n.crt -noout -subject')
      .replace(/^subject=/, '')
      .trimEnd();
    expect(rowOf(await explained(['n.crt']), 'Subject')).toBe(theirs);
  });
});

describe('rows', () => {
  it('say what openssl says: serial, times, fingerprints, usages', async () => {
    const leaf = await explained(['leaf.crt', 'ca.crt']);
    const text = files.run('x509 -in leaf.crt -noout -serial -dates -fingerprint -sha256');
    expect(rowOf(leaf, 'Serial number')).toBe(/serial=(\w+)/.exec(text)?.[1]);
    expect(rowOf(leaf, 'SHA-256 fingerprint')).toBe(/Fingerprint=(.*)/.exec(text)?.[1]);
    const until = new Date(/notAfter=(.*)/.exec(text)?.[1] ?? '');
    expect(rowOf(leaf, 'Valid')).toContain(until.toISOString().slice(0, 19).replace('T', ' '));
    expect(rowOf(leaf, 'Purposes')).toBe('serverAuth');
    expect(leaf.hosts).toEqual(['pi.local']);
    const authority = await explained(['ca.crt']);
    expect(rowOf(authority, 'May sign others')).toBe('yes, but no further authorities (critical)');
    expect(rowOf(authority, 'Key usage')).toBe('keyCertSign (critical)');
    expect(authority.explanation.what).toBe('Certificate of an authority');
  });
});

describe('an authority', () => {
  it('counts as classic when its constraints are not critical', async () => {
    files.run('req -x509 -newkey rsa:2048 -nodes -keyout s.key -subj /CN=stock -days 9 -out s.crt');
    files.write('s.cfg', 'basicConstraints=CA:TRUE\n');
    files.run('req -new -key s.key -subj /CN=classic -out s.csr');
    files.run('x509 -req -in s.csr -signkey s.key -days 9 -extfile s.cfg -out classic.crt');
    for (const [name, expected] of [
      ['ca.crt', false],
      ['s.crt', false],
      ['classic.crt', true],
    ] as const) {
      const items = await read(name);
      const { subject } = await explained([name]);
      if (!subject) throw new Error('locked');
      expect(isClassic(subject, items), name).toBe(expected);
      expect(isAuthority(readCertificateFacts((items[0] as { der: Uint8Array }).der))).toBe(true);
    }
  });
});
