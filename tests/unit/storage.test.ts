import { describe, expect, it } from 'vitest';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import { behaviours } from '../fixtures/project-store-behaviour.ts';

describe('the store in memory', () => {
  for (const [name, check] of Object.entries(behaviours)) {
    it(name, () => check(new MemoryProjectStore()));
  }

  it('never replaces a browser key', async () => {
    const keys = new MemoryBrowserKeys();
    const make = () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    const first = await make();
    await keys.keep('a', first);
    await expect(keys.keep('a', await make())).rejects.toMatchObject({ code: 'storage.conflict' });
    expect(await keys.load('a')).toBe(first);
  });
});
