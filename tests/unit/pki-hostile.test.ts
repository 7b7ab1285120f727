/** Files and names that are made to do harm: each is read or refused at once, and what is shown cannot deceive. */
import { describe, expect, it } from 'vitest';
import { signCertificate } from '../../src/pki/certificate.ts';
import {
  bitString,
  derNull,
  objectIdentifier,
  octetString,
  sequence,
  set,
  TAG,
  tlv,
  unsignedInteger,
  utf8String,
} from '../../src/pki/der.ts';
import { distinguishedName } from '../../src/pki/distinguished-name.ts';
import { explain } from '../../src/pki/explain/explain.ts';
import { count } from '../../src/pki/export/numbers.ts';
import { extension, subjectAltName } from '../../src/pki/extensions.ts';
import { readFile } from '../../src/pki/import/read-file.ts';
import type { ImportedItem } from '../../src/pki/import/items.ts';
import { generateKey, importSigningKey } from '../../src/pki/key-pair.ts';
import { toPem } from '../../src/pki/pem.ts';
import { toCertificateRecord } from '../../src/pki/reading.ts';
import { subjectProblems } from '../../src/pki/subject-fields.ts';
import { concatBytes, utf8, type Bytes } from '../../src/shared/bytes.ts';
import { AppError } from '../../src/shared/errors.ts';

const MIB = 1024 * 1024;
const nowMs = Date.UTC(2026, 10, 25);

const read = async (bytes: Uint8Array, password: string | null = null): Promise<readonly ImportedItem[]> =>
  (await readFile(bytes, { crypto, password, uncounted: (work) => work() })).items;

/** The code of the refusal, and that it came within a second or two: the worker would be ended after five. */
async function refusal(bytes: Uint8Array, password: string | null = null): Promise<string> {
  const startedAt = performance.now();
  try {
    await read(bytes, password);
    return 'read';
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(AppError);
    return (thrown as AppError).code;
  } finally {
    expect(performance.now() - startedAt).toBeLessThan(4000);
  }
}

interface Odd {
  readonly subject?: Bytes;
  readonly publicKeyInfo?: Bytes;
  readonly extensions?: readonly Uint8Array[];
}

async function certificate({ subject, publicKeyInfo, extensions = [] }: Odd): Promise<Bytes> {
  const pair = await generateKey(crypto);
  const name = subject ?? distinguishedName(['CN', 'odd']);
  const fields = {
    issuer: name,
    subject: name,
    notBeforeMs: nowMs,
    notAfterMs: nowMs + 86_400_000,
    subjectPublicKeyInfo: publicKeyInfo ?? pair.publicKeyInfo,
    extensions,
  };
  return signCertificate(fields, await importSigningKey(pair.pkcs8, crypto), crypto);
}

const rsaInfo = (modulus: Uint8Array, exponent: Uint8Array): Bytes =>
  sequence(
    sequence(objectIdentifier('1.2.840.113549.1.1.1'), derNull),
    bitString(sequence(unsignedInteger(modulus), unsignedInteger(exponent))),
  );

async function explained(der: Bytes) {
  const [item] = await read(der);
  if (!item) throw new Error('nothing read');
  return explain(item, { nowMs, issuer: null, crypto });
}

describe('a name made to deceive', () => {
  it.each([
    ['markup', '"><img src=x onerror=alert(1)>', '"><img src=x onerror=alert(1)>'],
    ['a turned direction', 'evil\u202egpj.crt', 'evil\\u{202e}gpj.crt'],
    ['an isolate', 'a\u2066b\u2069', 'a\\u{2066}b\\u{2069}'],
    ['a hidden space', 'pi\u200b.local', 'pi\\u{200b}.local'],
    ['a line break', 'one\ntwo', 'one\\u{a}two'],
    ['emoji of several parts', '👩‍🔧 ü', '👩‍🔧 ü'],
    ['a thousand letters', 'x'.repeat(1000), 'x'.repeat(1000)],
  ])('%s is shown as it is, with what cannot be seen spelled out', async (_, name, shown) => {
    const cn = sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(name))));
    const der = await certificate({ subject: cn });
    expect((await explained(der)).title).toBe(shown);
    const kept = await toCertificateRecord(der, crypto);
    expect(kept.subject.replaceAll('\\"', '"').replaceAll('\\>', '>').replaceAll('\\<', '<')).toBe(
      `CN=${shown}`,
    );
  });

  it('is not made here: direction marks, hidden signs and more than 64 characters are refused', () => {
    const problem = (CN: string): string | undefined => subjectProblems({ CN })[0]?.error.code;
    expect(problem('a\u202eb')).toBe('pki.subject-characters');
    expect(problem('a\u200bb')).toBe('pki.subject-characters');
    expect(problem('x'.repeat(65))).toBe('pki.subject-length');
    expect(problem('"><img src=x onerror=alert(1)>')).toBeUndefined();
    expect(problem('👩‍🔧'.repeat(21))).toBeUndefined();
  });

  it('or ten thousand of them in one certificate are read', async () => {
    const names = Array.from({ length: 10_000 }, (_, n) => ({ dns: `host-${n}.local` }));
    const der = await certificate({ extensions: [subjectAltName(names)] });
    expect(await refusal(der)).toBe('read');
  });
});

describe('ASN.1 made to cost time', () => {
  it.each([
    [
      'a hundred thousand levels',
      concatBytes(Array.from({ length: 100_000 }, () => Uint8Array.of(0x30, 0x80))),
    ],
    ['sets in sets, definite', nested(20_000)],
    ['a length of 4 GiB', Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 0)],
    ['a length of 2^63', Uint8Array.of(0x30, 0x88, 0x7f, ...new Uint8Array(7).fill(0xff))],
    [
      'an identifier of 3 MiB',
      sequence(sequence(tlv(TAG.OBJECT_IDENTIFIER, new Uint8Array(3 * MIB).fill(0x81)))),
    ],
  ])('%s is refused in words', async (_, bytes) => {
    expect(await refusal(bytes)).toMatch(/^pki\.import-(damaged|truncated|unknown|unsupported)$/);
  });

  it('a public key of 3 MiB, an exponent of 1 MiB, a serial and an extension of 1 MiB are read at once', async () => {
    const giant = new Uint8Array(3 * MIB).fill(0x5b);
    expect(await refusal(await certificate({ publicKeyInfo: rsaInfo(giant, Uint8Array.of(1, 0, 1)) }))).toBe(
      'read',
    );
    const exponent = rsaInfo(new Uint8Array(256).fill(0xc1), giant.subarray(0, MIB));
    expect(await refusal(await certificate({ publicKeyInfo: exponent }))).toBe('read');
    const big = extension('1.2.3.4', true, octetString(giant.subarray(0, MIB)));
    expect(await refusal(await certificate({ extensions: [big] }))).toBe('read');
  });

  it('a private RSA key of giant numbers is refused before it is multiplied', async () => {
    const number = unsignedInteger(new Uint8Array(MIB / 4).fill(0x5b));
    const key = sequence(count(0), ...Array.from({ length: 8 }, () => number));
    expect(await refusal(key)).toBe('pki.import-unsupported');
  });

  it('2^31 rounds of key derivation are refused, in PBES2 and in PKCS#12', async () => {
    const rounds = count(2 ** 31 - 1);
    const pbkdf2 = sequence(
      objectIdentifier('1.2.840.113549.1.5.12'),
      sequence(octetString(new Uint8Array(16)), rounds),
    );
    const aes = sequence(objectIdentifier('2.16.840.1.101.3.4.1.42'), octetString(new Uint8Array(16)));
    const pbes2 = sequence(objectIdentifier('1.2.840.113549.1.5.13'), sequence(pbkdf2, aes));
    expect(await refusal(sequence(pbes2, octetString(new Uint8Array(32))), 'x')).toBe(
      'pki.import-derivation',
    );
    const mac = sequence(
      sequence(
        sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'), derNull),
        octetString(new Uint8Array(32)),
      ),
      octetString(new Uint8Array(8)),
      rounds,
    );
    const data = sequence(objectIdentifier('1.2.840.113549.1.7.1'), tlv(0xa0, octetString(sequence())));
    expect(await refusal(sequence(count(3), data, mac), 'x')).toBe('pki.import-derivation');
  });

  it('ten thousand PEM blocks are refused by their number', async () => {
    const pem = toPem('CERTIFICATE', Uint8Array.of(0x30, 0));
    expect(await refusal(utf8(pem.repeat(10_000)))).toBe('pki.import-too-many');
  });
});

describe('a key that protects nothing', () => {
  it.each([
    ['1', Uint8Array.of(1), 'weak-exponent'],
    ['65536', Uint8Array.of(1, 0, 0), 'weak-exponent'],
    ['65537', Uint8Array.of(1, 0, 1), null],
  ])('RSA with the exponent %s is judged', async (_, exponent, id) => {
    const publicKeyInfo = rsaInfo(new Uint8Array(256).fill(0xc1), exponent);
    const ids = (await explained(await certificate({ publicKeyInfo }))).warnings.map((warning) => warning.id);
    expect(ids.includes('weak-exponent')).toBe(id !== null);
  });

  it('and a private one with the exponent 1 is refused', async () => {
    const numbers = [15, 1, 1, 3, 5, 1, 1, 2].map((n) => unsignedInteger(Uint8Array.of(n)));
    expect(await refusal(sequence(count(0), ...numbers))).toBe('pki.import-unsupported');
  });
});

function nested(levels: number): Bytes {
  let bytes: Bytes = sequence();
  for (let n = 0; n < levels && bytes.length < 60_000; n++) bytes = set(bytes);
  return sequence(bytes);
}
