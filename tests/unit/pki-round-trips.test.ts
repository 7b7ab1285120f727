/** What src/pki/export writes, src/pki/import reads back the same, whatever the names, keys and passwords. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { traditionalKey } from '../../src/pki/export/key-forms.ts';
import { encryptedPkcs8 } from '../../src/pki/export/password-encryption.ts';
import { writePkcs12 } from '../../src/pki/export/pkcs12.ts';
import { addressText } from '../../src/pki/facts/alt-names.ts';
import { readName } from '../../src/pki/facts/names.ts';
import { derFromBer } from '../../src/pki/import/ber.ts';
import type { ImportedItem } from '../../src/pki/import/items.ts';
import { readFile } from '../../src/pki/import/read-file.ts';
import { dottedIdentifier, objectIdentifier, readTlv, sequence, set, utf8String } from '../../src/pki/der.ts';
import { toPem } from '../../src/pki/pem.ts';
import { toHex, utf8, type Bytes } from '../../src/shared/bytes.ts';
import { AppError } from '../../src/shared/errors.ts';
import { makeProjectCertificates } from '../fixtures/issued-project.ts';

const read = async (bytes: Uint8Array, password: string | null = null): Promise<readonly ImportedItem[]> =>
  (await readFile(bytes, { crypto, password, uncounted: (work) => work() })).items;

async function newKey(kind: 'P-256' | 'P-384' | 'P-521' | 'RSA'): Promise<Bytes> {
  const how =
    kind === 'RSA'
      ? {
          name: 'RSASSA-PKCS1-v1_5',
          modulusLength: 2048,
          publicExponent: Uint8Array.of(1, 0, 1),
          hash: 'SHA-256',
        }
      : { name: 'ECDSA', namedCurve: kind };
  const { privateKey } = await crypto.subtle.generateKey(how, true, ['sign', 'verify']);
  return new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey));
}

describe('keys', () => {
  it.each(['P-256', 'P-384', 'P-521', 'RSA'] as const)(
    'of %s come back the same from every form',
    async (kind) => {
      const pkcs8 = await newKey(kind);
      const { label, der } = traditionalKey(pkcs8);
      for (const bytes of [pkcs8, utf8(toPem('PRIVATE KEY', pkcs8)), der, utf8(toPem(label, der))]) {
        const [item] = await read(bytes);
        expect(item?.kind === 'private-key' && toHex(item.pkcs8)).toBe(toHex(pkcs8));
      }
    },
  );

  it('come back from encryption under any password, and under no other', async () => {
    const pkcs8 = await newKey('P-256');
    const passwords = fc.string({ unit: 'grapheme', maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(passwords, passwords, async (password, other) => {
        const locked = await encryptedPkcs8(pkcs8, password, crypto);
        const [item] = await read(locked, password);
        expect(item?.kind === 'private-key' && toHex(item.pkcs8)).toBe(toHex(pkcs8));
        if (other === password) return;
        await expect(read(locked, other)).rejects.toMatchObject({ code: 'pki.import-password-wrong' });
      }),
      { numRuns: 4 },
    );
  });
});

describe('PKCS#12', () => {
  it.each(['modern', 'compatible'] as const)('%s: key, certificates and name come back', async (kind) => {
    const { device, client } = await makeProjectCertificates(['pi.local']);
    const ascii = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        ascii,
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        async (password, friendlyName) => {
          const content = {
            pkcs8: device.pkcs8,
            certificateDer: device.certificateDer,
            chainDer: [client.issued.certificateDer],
            friendlyName,
          };
          const bytes = await writePkcs12(content, { kind, password, crypto });
          const file = await readFile(bytes, { crypto, password, uncounted: (work) => work() });
          const ders = file.items.flatMap((item) => (item.kind === 'certificate' ? [toHex(item.der)] : []));
          expect(ders).toEqual([toHex(device.certificateDer), toHex(client.issued.certificateDer)]);
          expect(file.items.map((each) => (each.kind === 'private-key' ? toHex(each.pkcs8) : ''))).toContain(
            toHex(device.pkcs8),
          );
          expect(file.pkcs12?.friendlyNames).toEqual([friendlyName]);
        },
      ),
      { numRuns: 6 },
    );
  });
});

describe('reading', () => {
  it('never fails without words, whatever the bytes', async () => {
    const start = fc.constantFrom(
      [],
      [0x30],
      [0x30, 0x80],
      [0x30, 0x82],
      [...utf8('-----BEGIN CERTIFICATE-----\n')],
    );
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 300 }), async (head, tail) => {
        try {
          expect((await read(Uint8Array.from([...head, ...tail]), 'x')).length).toBeGreaterThan(0);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AppError);
          expect((thrown as AppError).code).toMatch(/^pki\.import-/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('names, identifiers and addresses read as they were written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 }), (value) => {
        const name = sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(value))));
        expect(readName(readTlv(name)).commonName).toBe(value);
      }),
    );
    const arc = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 39 }),
        fc.array(arc, { minLength: 1, maxLength: 8 }),
        (second, arcs) => {
          const dotted = [1, second, ...arcs].join('.');
          expect(dottedIdentifier(readTlv(objectIdentifier(dotted)).content)).toBe(dotted);
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.integer({ min: 0, max: 2 ** 16 - 1 }),
        (octets, zeros) => {
          const address = octets.map((octet, i) => ((zeros >> i) & 1 ? 0 : octet));
          const groups = Array.from({ length: 8 }, (_, i) => toHex(address.subarray(2 * i, 2 * i + 2))).join(
            ':',
          );
          expect(`[${addressText(address)}]`).toBe(new URL(`http://[${groups}]`).hostname);
        },
      ),
    );
  });

  it('DER passes the rewriting of BER unchanged', async () => {
    const { device } = await makeProjectCertificates(['pi.local']);
    expect(toHex(derFromBer(device.certificateDer))).toBe(toHex(device.certificateDer));
  });
});
