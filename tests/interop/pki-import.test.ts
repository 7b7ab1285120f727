// Files that the real openssl writes (3.0's defaults, and 1.1's by its legacy options), brought to src/pki/import.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportedFile, ImportedItem, PrivateKeyItem } from '../../src/pki/import/items.ts';
import { authorityIn, credentialIn } from '../../src/pki/import/pairing.ts';
import { pbkdf2 } from '../../src/pki/import/pbkdf2.ts';
import { readFile } from '../../src/pki/import/read-file.ts';
import { concatBytes, toHex, utf8 } from '../../src/shared/bytes.ts';
import { AppError, type ErrorCode } from '../../src/shared/errors.ts';
import { OpensslFolder } from '../fixtures/openssl.ts';

const password = 'correct horse';
const pass = `{pass:${password}}`;
let files: OpensslFolder;

const read = (bytes: Uint8Array, given: string | null = null): Promise<ImportedFile> =>
  readFile(bytes, { crypto, password: given, uncounted: (work) => work() });
const readNamed = (name: string, given: string | null = null): Promise<ImportedFile> =>
  read(files.read(name), given);

async function codeOf(action: Promise<unknown>): Promise<ErrorCode | null> {
  try {
    await action;
    return null;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.code;
    throw thrown;
  }
}

function keyIn(file: ImportedFile): PrivateKeyItem {
  const key = file.items.find((item): item is PrivateKeyItem => item.kind === 'private-key');
  if (!key) throw new Error(`no key among ${file.items.map(({ kind }) => kind).join()}`);
  return key;
}

/** What openssl says the key's public half is. */
const spkiOf = (keyFile: string): string => {
  files.run(`pkey -in ${keyFile} -passin ${pass} -pubout -outform DER -out spki`);
  return toHex(files.read('spki'));
};

beforeAll(() => {
  files = new OpensslFolder();
  files.run('ecparam -name prime256v1 -genkey -noout -out ec.key');
  files.run('ecparam -name secp384r1 -genkey -noout -out ec384.key');
  files.run('ecparam -name secp521r1 -genkey -noout -out ec521.key');
  files.run('genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key');
  files.run('genpkey -algorithm ED25519 -out ed.key');
  files.run('req -x509 -new -key rsa.key -days 3560 -subj {/C=DE/O=Porch/CN=Porch Root CA} -out ca.crt');
  files.run(
    'req -new -key ec.key -subj {/O=Porch/CN=pi.local} -addext subjectAltName=DNS:pi.local,IP:192.168.1.10 -out leaf.csr',
  );
  files.write('ext.cfg', 'subjectAltName=DNS:pi.local,IP:192.168.1.10\nextendedKeyUsage=serverAuth\n');
  files.run(
    'x509 -req -in leaf.csr -CA ca.crt -CAkey rsa.key -set_serial 11 -days 397 -extfile ext.cfg -out leaf.crt',
  );
  files.run('x509 -req -in leaf.csr -CA ca.crt -CAkey rsa.key -set_serial 12 -days 397 -out v1.crt');
  files.run('req -new -key rsa.key -subj {/CN=Old CA} -out v1ca.csr');
  files.run('x509 -req -in v1ca.csr -signkey rsa.key -days 3650 -out v1ca.crt');
});
afterAll(() => files.remove());

describe('private keys', () => {
  const plain = ['ec.key', 'ec384.key', 'ec521.key', 'rsa.key', 'ed.key'];

  it.each(plain)('%s opens in each open form, as the same key', async (name) => {
    const spki = spkiOf(name);
    files.run(`pkey -in ${name} -out p8.pem`);
    files.run(`pkey -in ${name} -outform DER -out p8.der`);
    files.run(`pkcs8 -topk8 -nocrypt -in ${name} -outform DER -out p8b.der`);
    const forms = ['p8.pem', 'p8.der', 'p8b.der', name];
    if (name !== 'ed.key') {
      files.run(`pkey -in ${name} -traditional -out old.pem`);
      files.run(`pkey -in ${name} -traditional -outform DER -out old.der`);
      forms.push('old.pem', 'old.der');
    }
    for (const form of forms) {
      const key = keyIn(await readNamed(form));
      expect(toHex(key.publicKey.spki), form).toBe(spki);
      expect(key.encryption).toBeNull();
      files.write('ours.der', key.pkcs8);
      files.run('pkey -inform DER -in ours.der -pubout -outform DER -out again');
      expect(toHex(files.read('again')), form).toBe(spki);
    }
  });

  it('of SEC1 open with the parameters before them, within them, and nowhere, with and without the public half', async () => {
    const spki = spkiOf('ec.key');
    files.run('ecparam -name prime256v1 -out params.pem');
    files.write('both.pem', concatBytes([files.read('params.pem'), files.read('ec.key')]));
    files.run('ec -in ec.key -no_public -out nopub.pem');
    files.run('ec -in ec.key -conv_form compressed -out short.pem');
    for (const name of ['both.pem', 'nopub.pem', 'short.pem']) {
      expect(toHex(keyIn(await readNamed(name)).publicKey.spki), name).toBe(spki);
    }
    const der = keyIn(await readNamed('ec.key')).pkcs8;
    // Inside PKCS#8 the SEC1 part stands without its parameters: as it is, a bare SEC1 key.
    const bare = der.subarray(der.length - 109);
    expect(toHex(keyIn(await read(Uint8Array.from(bare))).publicKey.spki)).toBe(spki);
  });

  const encrypted: readonly (readonly [string, string])[] = [
    ['3.0: genpkey -aes256', `genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -aes256 -pass ${pass}`],
    ['3.0: rsa -des3', `rsa -in rsa.key -des3 -passout ${pass}`],
    ['1.1: genrsa or rsa -des3', `rsa -in rsa.key -traditional -des3 -passout ${pass}`],
    ['1.1: genrsa or rsa -aes128', `rsa -in rsa.key -traditional -aes128 -passout ${pass}`],
    ['1.1: genrsa or rsa -aes256', `rsa -in rsa.key -traditional -aes256 -passout ${pass}`],
    ['ec -aes192', `ec -in ec.key -aes192 -passout ${pass}`],
    ['ec -des3', `ec -in ec.key -des3 -passout ${pass}`],
    ['1.0: DES-CBC', `rsa -in rsa.key -traditional -des -passout ${pass} -provider legacy -provider default`],
    ...['aes128', 'aes192', 'aes256', 'des3'].flatMap((cipher) =>
      ['hmacWithSHA1', 'hmacWithSHA256', 'hmacWithSHA384', 'hmacWithSHA512'].map(
        (prf): readonly [string, string] => [
          `pkcs8 -v2 ${cipher} -v2prf ${prf}`,
          `pkcs8 -topk8 -in ec.key -v2 ${cipher} -v2prf ${prf} -passout ${pass}`,
        ],
      ),
    ),
    ...[
      'PBE-MD5-DES',
      'PBE-SHA1-DES',
      'PBE-SHA1-3DES',
      'PBE-SHA1-2DES',
      'PBE-SHA1-RC2-128',
      'PBE-SHA1-RC2-40',
    ].map((scheme): readonly [string, string] => [
      `pkcs8 -v1 ${scheme}`,
      `pkcs8 -topk8 -in ec.key -v1 ${scheme} -passout ${pass} -provider legacy -provider default`,
    ]),
  ];

  it.each(encrypted)(
    '%s opens with its password, says how it is locked without, and refuses others',
    async (_, command) => {
      files.run(`${command} -out locked.pem`);
      const [locked] = (await readNamed('locked.pem')).items;
      expect(locked).toMatchObject({ kind: 'locked', what: 'private key' });
      const legacy = '-provider legacy -provider default';
      files.run(`pkey -in locked.pem -passin ${pass} -pubout -outform DER -out spki ${legacy}`);
      const key = keyIn(await readNamed('locked.pem', password));
      expect(toHex(key.publicKey.spki)).toBe(toHex(files.read('spki')));
      expect(key.encryption).toMatch(/CBC/);
      for (const wrong of ['', 'wrong', 'correct hors', 'Correct horse']) {
        expect(await codeOf(readNamed('locked.pem', wrong)), wrong).toBe('pki.import-password-wrong');
      }
    },
  );

  it('are never taken for opened when a wrong password passes the padding by chance', async () => {
    files.run(`pkcs8 -topk8 -in ec.key -v2 des3 -passout ${pass} -iter 1 -out chance.pem`);
    files.run(`ec -in ec.key -aes128 -passout ${pass} -out chance2.pem`);
    for (const name of ['chance.pem', 'chance2.pem']) {
      const bytes = files.read(name);
      // One in 256 passes the padding: among these, a few do.
      for (let i = 0; i < 700; i++)
        expect(await codeOf(read(bytes, `wrong ${i}`))).toBe('pki.import-password-wrong');
    }
  });

  it.each([
    ['an X25519 key', 'genpkey -algorithm X25519 -out odd.pem', /X25519/],
    ['a secp256k1 key', 'ecparam -name secp256k1 -genkey -noout -out odd.pem', /secp256k1/],
    ['an RSA-PSS key', 'genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out odd.pem', /RSA-PSS/],
    ['a DSA key', 'dsaparam -genkey -noout -out odd.pem 1024', /DSA/],
    ['scrypt', `pkcs8 -topk8 -in ec.key -scrypt -passout ${pass} -out odd.pem`, /scrypt/],
    ['Camellia', `pkcs8 -topk8 -in ec.key -v2 camellia-256-cbc -passout ${pass} -out odd.pem`, /Camellia/],
  ])('that are %s are refused by name', async (_, command, name) => {
    files.run(command);
    await expect(readNamed('odd.pem', password)).rejects.toMatchObject({ code: 'pki.import-unsupported' });
    await expect(readNamed('odd.pem', password)).rejects.toThrow(name);
  });

  it('whose halves do not belong together are refused as damaged', async () => {
    const mine = keyIn(await readNamed('ec.key')).pkcs8;
    mine[mine.length - 1] = (mine.at(-1) ?? 0) ^ 1;
    expect(await codeOf(read(mine))).toBe('pki.import-damaged');
    files.run('pkey -in rsa.key -traditional -outform DER -out rsa.der');
    const rsa = files.read('rsa.der');
    rsa[40] = (rsa[40] ?? 0) ^ 1;
    expect(await codeOf(read(rsa))).toBe('pki.import-damaged');
  });
});

describe('PKCS#12 files', () => {
  const base = `pkcs12 -export -inkey ec.key -in leaf.crt -certfile ca.crt -name broker -passout ${pass} -out all.p12`;
  const kinds: readonly (readonly [string, string])[] = [
    ["3.0's default", base],
    [
      "1.1's default (3DES and RC2-40)",
      `${base} -legacy -provider-path /usr/lib/x86_64-linux-gnu/ossl-modules`,
    ],
    ['AES-128 with SHA-512', `${base} -keypbe AES-128-CBC -certpbe AES-128-CBC -macalg sha512`],
    ['AES-192', `${base} -keypbe AES-192-CBC -certpbe AES-192-CBC`],
    ['3DES', `${base} -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1`],
    ['open certificates', `${base} -certpbe NONE`],
    ['no MAC', `${base} -nomac`],
  ];

  it.each(kinds)(
    '%s: key, certificate and chain come out, and only with the password',
    async (_, command) => {
      files.run(command);
      const file = await readNamed('all.p12', password);
      expect(file).toMatchObject({
        container: 'PKCS#12',
        encoding: 'DER',
        pkcs12: { friendlyNames: ['broker'] },
      });
      expect(file.items.map(({ kind }) => kind).sort()).toEqual([
        'certificate',
        'certificate',
        'private-key',
      ]);
      const credential = credentialIn(file.items);
      expect(credential.certificate.subject.commonName).toBe('pi.local');
      expect(credential.chain.map(({ subject }) => subject.commonName)).toEqual(['Porch Root CA']);
      expect(await codeOf(readNamed('all.p12', 'wrong'))).toBe('pki.import-password-wrong');
      expect((await readNamed('all.p12')).items).toContainEqual(expect.objectContaining({ kind: 'locked' }));
    },
  );

  it('without a password open at once', async () => {
    files.run('pkcs12 -export -inkey ec.key -in leaf.crt -passout pass: -out empty.p12');
    expect((await readNamed('empty.p12')).items).toHaveLength(2);
  });

  it('with letters outside ASCII in the password open', async () => {
    files.run('pkcs12 -export -inkey ec.key -in leaf.crt -passout {pass:Tür 1} -out umlaut.p12');
    expect((await readNamed('umlaut.p12', 'Tür 1')).items).toHaveLength(2);
  });

  it('in BER with open lengths and strings in pieces open all the same', async () => {
    files.run(`pkcs12 -export -inkey ec.key -in leaf.crt -passout ${pass} -out der.p12`);
    expect((await read(openLengths(files.read('der.p12')), password)).items).toHaveLength(2);
  });
});

/** The same value with indefinite lengths wherever a value is constructed. */
function openLengths(der: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < der.length;) {
    const first = der[at + 1] ?? 0;
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    let size = first < 0x80 ? first : 0;
    for (let i = 0; i < lengthBytes; i++) size = size * 256 + (der[at + 2 + i] ?? 0);
    const contentAt = at + 2 + lengthBytes;
    const content = der.subarray(contentAt, contentAt + size);
    const tag = der[at] ?? 0;
    if ((tag & 0x20) !== 0) parts.push(Uint8Array.of(tag, 0x80), openLengths(content), Uint8Array.of(0, 0));
    else if (tag === 4 && size > 300) {
      const half = (piece: Uint8Array): Uint8Array =>
        concatBytes([Uint8Array.of(4, 0x82, piece.length >> 8, piece.length & 255), piece]);
      parts.push(
        Uint8Array.of(0x24, 0x80),
        half(content.subarray(0, 200)),
        half(content.subarray(200)),
        Uint8Array.of(0, 0),
      );
    } else parts.push(der.subarray(at, contentAt + size));
    at = contentAt + size;
  }
  return concatBytes(parts);
}

describe('certificates, requests, lists and public keys', () => {
  const only = async (name: string): Promise<ImportedItem> => {
    const { items } = await readNamed(name);
    expect(items).toHaveLength(1);
    return items[0] as ImportedItem;
  };

  it('open as PEM and DER, with what openssl says of them', async () => {
    files.run('x509 -in leaf.crt -outform DER -out leaf.der');
    files.run('x509 -in leaf.crt -trustout -out trusted.crt');
    for (const name of ['leaf.crt', 'leaf.der', 'trusted.crt']) {
      expect(await only(name), name).toMatchObject({
        kind: 'certificate',
        version: 3,
        serialNumberHex: '0b',
        subject: { text: 'O = Porch, CN = pi.local' },
        issuer: { text: 'C = DE, O = Porch, CN = Porch Root CA' },
        publicKey: { label: 'EC, P-256' },
        extensions: {
          subjectAltNames: {
            names: [
              { kind: 'DNS', value: 'pi.local' },
              { kind: 'IP', value: '192.168.1.10' },
            ],
          },
          extendedKeyUsage: { purposes: ['serverAuth'], isCritical: false },
        },
      });
    }
    expect(await only('v1.crt')).toMatchObject({ kind: 'certificate', version: 1 });
    expect(await only('leaf.csr')).toMatchObject({ kind: 'request', subject: { commonName: 'pi.local' } });
    files.run('rsa -in rsa.key -pubout -out pub.pem');
    files.run('rsa -in rsa.key -RSAPublicKey_out -out pub1.pem');
    for (const name of ['pub.pem', 'pub1.pem']) {
      expect(await only(name)).toMatchObject({
        kind: 'public-key',
        publicKey: { label: 'RSA, 2048 bits', exponent: '65537' },
      });
    }
  });

  it('revocation lists open with their entries and reasons', async () => {
    files.write('index.txt', '');
    files.write('crlnumber', '2A\n');
    files.write(
      'ca.cnf',
      '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ndefault_crl_days=30\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n',
    );
    files.run('ca -config ca.cnf -cert ca.crt -keyfile rsa.key -revoke leaf.crt -crl_reason keyCompromise');
    files.run('ca -config ca.cnf -cert ca.crt -keyfile rsa.key -gencrl -out ca.crl');
    expect(await only('ca.crl')).toMatchObject({
      kind: 'revocation-list',
      number: '42',
      issuer: { commonName: 'Porch Root CA' },
      revoked: [{ serialNumberHex: '0b', reason: 'key compromise' }],
    });
  });

  it('chains open in PEM with anything around them, CRLF, no last line end, UTF-16, in PKCS#7 and as DER in a row', async () => {
    const pem = `Bag Attributes\n  friendlyName: x\n${files.run('x509 -in leaf.crt')}junk: 1\n\n${files.run('x509 -in ca.crt')}`;
    files.run('crl2pkcs7 -nocrl -certfile leaf.crt -certfile ca.crt -out chain.p7b');
    files.run('crl2pkcs7 -nocrl -certfile leaf.crt -certfile ca.crt -outform DER -out chain.der.p7b');
    files.run('x509 -in leaf.crt -outform DER -out leaf.der');
    files.run('x509 -in ca.crt -outform DER -out ca.der');
    const variants: Uint8Array[] = [
      utf8(pem),
      utf8(pem.trimEnd()),
      utf8(pem.replaceAll('\n', '\r\n')),
      utf8(`\ufeff${pem}`),
      Uint8Array.from(Buffer.from(`\ufeff${pem}`, 'utf16le')),
      files.read('chain.p7b'),
      files.read('chain.der.p7b'),
      concatBytes([files.read('leaf.der'), files.read('ca.der')]),
      utf8(files.run('x509 -in leaf.crt -text') + files.run('x509 -in ca.crt -text')),
    ];
    for (const [i, bytes] of variants.entries()) {
      const { items } = await read(bytes);
      const names = items.map((item) => (item.kind === 'certificate' ? item.subject.commonName : item.kind));
      expect(names.sort(), `variant ${i}`).toEqual(['Porch Root CA', 'pi.local']);
    }
  });

  it('open as bare base64, as somebody pastes it', async () => {
    const bare = files.run('x509 -in leaf.crt').split('\n').slice(1, -2).join('\n');
    expect((await read(utf8(bare))).items).toMatchObject([{ kind: 'certificate' }]);
  });
});

describe('an authority that somebody brings', () => {
  it('opens from certificate and encrypted key, as openssl req makes them, and as a v1 certificate', async () => {
    files.run(
      `req -new -x509 -newkey rsa:2048 -keyout own.key -passout ${pass} -subj /CN=Own -days 9 -out own.crt`,
    );
    const items = [...(await readNamed('own.crt')).items, ...(await readNamed('own.key', password)).items];
    expect(authorityIn(items).certificate.subject.commonName).toBe('Own');
    const old = [...(await readNamed('v1ca.crt')).items, ...(await readNamed('rsa.key')).items];
    expect(authorityIn(old).certificate).toMatchObject({ version: 1, isSelfIssued: true });
  });

  it('is refused with the cause: no key, no certificate, the wrong key, locked, or none that may sign', async () => {
    const of = async (...names: string[]): Promise<ErrorCode | undefined> => {
      const items = (await Promise.all(names.map((name) => readNamed(name)))).flatMap((file) => file.items);
      try {
        authorityIn(items);
        return undefined;
      } catch (thrown) {
        return (thrown as AppError).code;
      }
    };
    expect(await of('ca.crt')).toBe('pki.import-no-key');
    expect(await of('rsa.key')).toBe('pki.import-no-certificate');
    expect(await of('ca.crt', 'ec.key')).toBe('pki.key-mismatch');
    expect(await of('leaf.crt', 'ec.key')).toBe('pki.import-not-authority');
    files.run(`pkey -in rsa.key -aes256 -passout ${pass} -out rsa.locked`);
    expect(await of('ca.crt', 'rsa.locked')).toBe('pki.import-password-needed');
  });
});

describe('what is wrong with a file is said', () => {
  it.each([
    ['nothing', '', 'pki.import-empty'],
    ['a letter', 'Dear all,\nhere is the certificate.', 'pki.import-unknown'],
    ['a JSON file', '{"a":1}', 'pki.import-unknown'],
    ['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), 'pki.import-unknown'],
    ['some other DER', Uint8Array.of(0x30, 0x03, 2, 1, 5), 'pki.import-unknown'],
    [
      'text that is not base64',
      '-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n',
      'pki.import-damaged',
    ],
    ['a BEGIN without END', '-----BEGIN CERTIFICATE-----\nMIIB\n', 'pki.import-truncated'],
    [
      'an OpenSSH key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
      'pki.import-unsupported',
    ],
    ['a Java key store', Uint8Array.of(0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2), 'pki.import-unsupported'],
    ['a file of more than 4 MiB', new Uint8Array(4 * 1024 * 1024 + 1), 'pki.import-too-large'],
    ['deep nesting', deep(200), 'pki.import-unknown'],
  ] as const)('%s', async (_, content, code) => {
    expect(await codeOf(read(typeof content === 'string' ? utf8(content) : content))).toBe(code);
  });

  it('more items than anybody brings, and four megabytes made to be slow, at once', async () => {
    const pem = files.run('x509 -in leaf.crt');
    expect((await read(utf8(pem.repeat(300)))).items).toHaveLength(300);
    expect(await codeOf(read(utf8(pem.repeat(301))))).toBe('pki.import-too-many');
    const size = 4 * 1024 * 1024;
    const started = performance.now();
    for (const text of ['-----BEGIN A-----\n', '-', '\n-', '-----BEGIN ', '0\x80', '0', 'M', 'A: b\n']) {
      const begin = text === 'A: b\n' ? '-----BEGIN X-----\n' : '';
      expect(await codeOf(read(utf8(begin + text.repeat(size / text.length).slice(0, size - 100))))).toMatch(
        /^pki/,
      );
    }
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('too many rounds of derivation', async () => {
    const rounds = { salt: new Uint8Array(8), iterations: 10_000_001, hash: 'SHA-256', sizeBytes: 32 };
    expect(await codeOf(pbkdf2(password, rounds, crypto))).toBe('pki.import-derivation');
  });
});

function deep(levels: number): Uint8Array<ArrayBuffer> {
  return concatBytes([
    ...Array.from({ length: levels }, () => Uint8Array.of(0x30, 0x80)),
    new Uint8Array(2 * levels),
  ]);
}

describe('a file cut at every byte', () => {
  const cut = ['pki.import-truncated', 'pki.import-unknown', 'pki.import-damaged', 'pki.import-empty'];

  it.each([
    ['certificate', 'x509 -in leaf.crt -outform DER'],
    ['v1 certificate', 'x509 -in v1.crt -outform DER'],
    ['request', 'req -in leaf.csr -outform DER'],
    ['PKCS#8 key', 'pkcs8 -topk8 -nocrypt -in ec.key -outform DER'],
    ['SEC1 key', 'pkey -in ec.key -traditional -outform DER'],
    ['PKCS#1 key', 'pkey -in rsa.key -traditional -outform DER'],
    ['encrypted key', `pkcs8 -topk8 -in ec.key -v2 aes256 -passout ${pass} -outform DER`],
    ['PKCS#12', `pkcs12 -export -inkey ec.key -in leaf.crt -passout ${pass}`],
    ['chain (PKCS#7)', 'crl2pkcs7 -nocrl -certfile leaf.crt -outform DER'],
    ['public key', 'pkey -in ec.key -pubout -outform DER'],
  ])('%s in DER says so', async (_, command) => {
    files.run(`${command} -out whole`);
    const whole = files.read('whole');
    expect((await read(whole, password)).items.length).toBeGreaterThan(0);
    for (let size = 0; size < whole.length; size++) {
      expect(cut, `${size} bytes`).toContain(await codeOf(read(whole.subarray(0, size), password)));
    }
  });

  it.each([
    ['certificate', 'x509 -in leaf.crt'],
    ['traditional key', `ec -in ec.key -aes256 -passout ${pass}`],
    ['encrypted key', `pkcs8 -topk8 -in ec.key -passout ${pass}`],
  ])('%s in PEM says so', async (_, command) => {
    files.run(`${command} -out whole`);
    const whole = utf8(Buffer.from(files.read('whole')).toString('latin1').trimEnd());
    expect((await read(whole, password)).items).toHaveLength(1);
    for (let size = 0; size < whole.length; size++) {
      expect(cut, `${size} bytes`).toContain(await codeOf(read(whole.subarray(0, size), password)));
    }
  });

  it('or with any one byte changed never hangs, and never fails without words', async () => {
    files.run(`pkcs12 -export -inkey ec.key -in leaf.crt -passout ${pass} -out whole`);
    for (const name of ['whole', 'leaf.crt', 'ec.key']) {
      const whole = files.read(name);
      for (let at = 0; at < whole.length; at += 3) {
        const changed = whole.slice();
        changed[at] = (changed[at] ?? 0) ^ 0x41;
        await codeOf(read(changed, password));
      }
    }
  });
});
