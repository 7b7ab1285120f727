// The library's reading beside our own: alike for what is sound, refused where it is not.
import { describe, expect, it } from 'vitest';
import { createRequest, readRequest } from '../../src/pki/request.ts';
import { generateKey } from '../../src/pki/key-pair.ts';
import { readCertificateAgain, readRequestAgain } from '../../src/pki/second-reader.ts';
import { testCertificate } from '../fixtures/test-certificate.ts';

const { crypto } = globalThis;
const wanted = { subject: { CN: 'porch-1' }, names: [] };

describe('a second reading', () => {
  it('finds the same in a certificate', async () => {
    const { der } = await testCertificate();
    expect(() => readCertificateAgain(der)).not.toThrow();
  });

  for (const algorithm of ['p256', 'p384', 'rsa2048'] as const) {
    it(`finds the same in a request for a key of the kind ${algorithm}, and not where a byte of it was changed`, async () => {
      const der = await createRequest(await generateKey(crypto, algorithm), wanted, crypto);
      const { publicKeyInfo } = await readRequest(der, crypto);
      await expect(readRequestAgain(der, publicKeyInfo, crypto)).resolves.toBeUndefined();
      const changed = der.slice();
      changed[changed.length - 3] = (changed[changed.length - 3] ?? 0) ^ 1;
      const other = publicKeyInfo.slice();
      other[other.length - 3] = (other[other.length - 3] ?? 0) ^ 1;
      for (const [bytes, key] of [
        [changed, publicKeyInfo],
        [der, other],
        [der.slice(0, 40), publicKeyInfo],
      ] as const)
        await expect(readRequestAgain(bytes, key, crypto)).rejects.toMatchObject({
          code: 'pki.readers-differ',
        });
    });
  }
});
