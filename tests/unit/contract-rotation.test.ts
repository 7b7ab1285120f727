import { createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxParts, newKeySeed, partSizeBytes, slotParts } from '../../src/contract/rotation.ts';
import { fromBase64, toHex, type Bytes } from '../../src/shared/bytes.ts';

const topic = 'signet/porch/porch-1/cmd';
const commandKey = new Uint8Array(32).fill(0x6b);
const target = { topic, commandKey };
const sealKey = Buffer.from(hkdfSync('sha256', commandKey, '', 'signet-seal-1', 32));

function open(part: { f: string; i: number; of: number; b64: string }): Buffer {
  const bytes = fromBase64(part.b64);
  const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, 12));
  decipher.setAAD(Buffer.from(`signet-seal-1\n${topic}\n${part.f}\n${part.i}\n${part.of}`));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
}

const contents = fc.uint8Array({ minLength: 1, maxLength: partSizeBytes * maxParts }) as fc.Arbitrary<Bytes>;

describe('the parts of a file', () => {
  it('put together again are a public file, and name its SHA-256', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const parts = await slotParts('crt', content, target);
        expect(Buffer.concat(parts.map(({ b64 }) => fromBase64(b64)))).toEqual(Buffer.from(content));
        expect(parts.map(({ i, of }) => [i, of])).toEqual(parts.map((_, i) => [i, parts.length]));
        expect(new Set(parts.map(({ sha }) => sha))).toEqual(
          new Set([createHash('sha256').update(content).digest('hex')]),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('of a secret file are opened by another AES-GCM, each for its own place only', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const parts = await slotParts('cfg', content, target);
        expect(Buffer.concat(parts.map(open))).toEqual(Buffer.from(content));
        expect(parts[0]?.sha).toBe(createHmac('sha256', sealKey).update(content).digest('hex'));
        for (const part of parts) expect(() => open({ ...part, i: part.i + 1 })).toThrow();
      }),
      { numRuns: 30 },
    );
  });

  it('never use a nonce twice', async () => {
    const content = new Uint8Array(partSizeBytes * maxParts);
    const all = (await Promise.all([1, 2, 3].map(() => slotParts('mac', content, target)))).flat();
    expect(new Set(all.map(({ b64 }) => toHex(fromBase64(b64).subarray(0, 12)))).size).toBe(all.length);
  });

  it('are refused for a file that no slot could hold', async () => {
    await expect(slotParts('ca', new Uint8Array(0), target)).rejects.toThrow(RangeError);
    await expect(slotParts('ca', new Uint8Array(partSizeBytes * maxParts + 1), target)).rejects.toThrow(
      RangeError,
    );
  });
});

it('a seed is 64 hex digits and another one each time', () => {
  expect(newKeySeed()).toMatch(/^[0-9a-f]{64}$/);
  expect(newKeySeed()).not.toBe(newKeySeed());
});
