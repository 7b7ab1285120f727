// A project's lock: another passphrase, a recovery code, a passkey; and that nothing of an old lock opens anything.
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import type { Passkeys } from '../../src/ports/passkeys.ts';
import type { VaultHeader } from '../../src/project/entities.ts';
import { fromUtf8, toHex } from '../../src/shared/bytes.ts';
import { cancelled, done, type RunOptions } from '../../src/shared/outcome.ts';
import { newRecoveryCode, readRecoveryCode } from '../../src/vault/other-ways.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import { relockProject } from '../../src/workflows/lock/relock-project.ts';
import {
  addPasskey,
  addRecoveryCode,
  removeWay,
  unlockWithCode,
  unlockWithPasskey,
  waysOf,
  type WayEnvironment,
} from '../../src/workflows/lock/unlock-ways.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const passphrase = 'copper window marathon biscuit';
const another = 'velvet harbour sixteen pickle';
const options: RunOptions = { signal: new AbortController().signal, timeoutMs: 60_000 };
const { crypto } = globalThis;

/** Gives the same secret for the same credential and salt, as an authenticator does. */
class FakePasskeys implements Passkeys {
  isWilling = true;
  made = 0;

  isOffered = () => Promise.resolve(true);

  create: Passkeys['create'] = (_label, salt) => {
    this.made++;
    return this.ask(Uint8Array.from([this.made]), salt);
  };

  ask: Passkeys['ask'] = async (credentialId, salt) => {
    if (!this.isWilling) return cancelled;
    const mixed = Uint8Array.from([...credentialId, ...salt]);
    return done({ credentialId, secret: new Uint8Array(await crypto.subtle.digest('SHA-256', mixed)) });
  };
}

let store: MemoryProjectStore;
let keys: MemoryBrowserKeys;
let passkeys: FakePasskeys;
let tab: WayEnvironment;
let stored: { header: VaultHeader; psk: string };

/** A tab that was opened anew: locked. */
const newTab = (): WayEnvironment => {
  const clock = new ManualClock();
  return {
    store,
    clock,
    crypto,
    vaults: createVaults({ store, keys, crypto, clock }),
    passkeys: () => Promise.resolve(passkeys),
  };
};

async function wifiPassword(env: WayEnvironment): Promise<string> {
  const { value } = await env.store.load('porch');
  const record = await env.store.record('porch', value.wifi[0]?.pskRecord ?? '');
  return fromUtf8(await (await env.vaults.of('porch')).open(record));
}

async function make(lock: string | null): Promise<void> {
  store = new MemoryProjectStore();
  keys = new MemoryBrowserKeys();
  passkeys = new FakePasskeys();
  tab = newTab();
  const form = {
    projectName: 'Porch',
    hosts: ['pi.local'],
    wifiSsid: 'Attic',
    wifiPassword: 'wlan-canary-7431',
    deviceName: 'porch-1',
    sensor: 'none',
    passphrase: lock,
  } as const;
  await createProject(tab, form, options);
  stored = { header: await store.vaultHeader('porch'), psk: await wifiPassword(tab) };
}

describe('another lock', () => {
  it('opens with the new passphrase only, and every secret is sealed anew', async () => {
    await make(passphrase);
    const before = await store.records('porch');
    await relockProject(tab, 'porch', another);
    expect(await wifiPassword(tab)).toBe(stored.psk);
    const after = await store.records('porch');
    expect(after.map(({ id, tier }) => [id, tier])).toEqual(before.map(({ id, tier }) => [id, tier]));
    after.forEach((record, i) => expect(record.ciphertext).not.toEqual(before[i]?.ciphertext));
    const later = newTab();
    const vault = await later.vaults.of('porch');
    await expect(vault.unlock('authority', passphrase)).rejects.toMatchObject({
      code: 'vault.wrong-passphrase',
    });
    await vault.unlock('authority', another);
    expect(await wifiPassword(later)).toBe(stored.psk);
  });

  it('can be put on a project that had none, whose browser key then goes, and be taken off again', async () => {
    await make(null);
    const { keyId } = stored.header as Extract<VaultHeader, { kind: 'browser-key' }>;
    await relockProject(tab, 'porch', passphrase);
    expect((await store.vaultHeader('porch')).kind).toBe('passphrase');
    expect((await newTab().vaults.of('porch')).state.kind).toBe('locked');
    await relockProject(tab, 'porch', null);
    expect(await wifiPassword(newTab())).toBe(stored.psk);
    expect((await store.journal('porch')).map(({ what }) => what).slice(1)).toEqual([
      'lock changed',
      'lock changed',
    ]);
    expect(keyId).not.toBe('');
  });

  it('is refused when it is weak or the keys are locked: the old one stays', async () => {
    await make(passphrase);
    await expect(relockProject(tab, 'porch', 'porch porch 1')).rejects.toMatchObject({
      code: 'vault.weak-passphrase',
    });
    (await tab.vaults.of('porch')).lock('authority');
    await expect(relockProject(tab, 'porch', another)).rejects.toMatchObject({ code: 'vault.locked' });
    expect(await store.vaultHeader('porch')).toEqual(stored.header);
  });

  it('leaves another tab locked, not with damaged secrets', async () => {
    await make(passphrase);
    const other = newTab();
    await (await other.vaults.of('porch')).unlock('authority', passphrase);
    await relockProject(tab, 'porch', another);
    const refreshed = await other.vaults.refreshed('porch');
    expect(refreshed.state).toEqual({ kind: 'locked' });
    await refreshed.unlock('authority', another);
    expect(await wifiPassword(other)).toBe(stored.psk);
    expect(await tab.vaults.refreshed('porch')).toBe(await tab.vaults.of('porch'));
  });
});

describe('a recovery code', () => {
  let code = '';
  beforeAll(async () => {
    await make(passphrase);
    code = await addRecoveryCode(tab, 'porch', passphrase);
  });

  it('opens a locked project, however it is typed', async () => {
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$/);
    for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ' '), code.replaceAll('0', 'o')]) {
      const later = newTab();
      await unlockWithCode(later, 'porch', typed);
      expect((await later.vaults.of('porch')).state.kind).toBe('unlocked-for-signing');
      expect(await wifiPassword(later)).toBe(stored.psk);
    }
  });

  it('is stored nowhere, and a thousand wrong ones teach and lose nothing', async () => {
    const later = newTab();
    const inStore = JSON.stringify([await store.vaultHeader('porch'), await store.journal('porch')]);
    expect(inStore).not.toContain(code);
    for (let i = 0; i < 1_000; i++)
      await expect(unlockWithCode(later, 'porch', newRecoveryCode(crypto))).rejects.toMatchObject({
        code: 'vault.wrong-secret',
      });
    expect((await later.vaults.of('porch')).state.kind).toBe('locked');
    await unlockWithCode(later, 'porch', code);
    expect(await wifiPassword(later)).toBe(stored.psk);
  });

  it('that is none is told apart from a wrong one', async () => {
    for (const typed of ['', 'hello', `${code}A`, code.replace(/.$/, 'U')])
      await expect(unlockWithCode(newTab(), 'porch', typed)).rejects.toMatchObject({
        code: 'vault.not-a-code',
      });
  });

  it('needs the passphrase to be made, and a new one ends the old', async () => {
    await expect(addRecoveryCode(tab, 'porch', another)).rejects.toMatchObject({
      code: 'vault.wrong-passphrase',
    });
    const next = await addRecoveryCode(tab, 'porch', passphrase);
    expect(waysOf(await store.vaultHeader('porch'))).toHaveLength(1);
    await expect(unlockWithCode(newTab(), 'porch', code)).rejects.toMatchObject({
      code: 'vault.wrong-secret',
    });
    await unlockWithCode(newTab(), 'porch', next);
  });

  it('goes with the passphrase it was made for', async () => {
    const next = await addRecoveryCode(tab, 'porch', passphrase);
    await relockProject(tab, 'porch', another);
    await expect(unlockWithCode(newTab(), 'porch', next)).rejects.toMatchObject({ code: 'vault.not-a-code' });
  });

  it('is read back from any typing of it', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom('', ' ', '-'), { minLength: 32, maxLength: 32 }), (gaps) => {
        const fresh = newRecoveryCode(crypto);
        const plain = fresh.replaceAll('-', '');
        const typed = gaps.map((gap, i) => `${plain[i] ?? ''}${gap}`).join('');
        expect(readRecoveryCode(typed)).toEqual(readRecoveryCode(fresh));
        expect(toHex(readRecoveryCode(typed) ?? new Uint8Array(0))).toHaveLength(64);
      }),
    ));
});

describe('a passkey', () => {
  beforeEach(() => make(passphrase));

  it('opens a locked project; several can be added, and taken away one by one', async () => {
    expect(await addPasskey(tab, 'porch', passphrase)).toEqual(done(undefined));
    await addPasskey(tab, 'porch', passphrase);
    const [first, second] = waysOf(await store.vaultHeader('porch'));
    if (!first || !second) throw new Error('two were added');
    const later = newTab();
    await unlockWithPasskey(later, 'porch', second);
    expect(await wifiPassword(later)).toBe(stored.psk);
    await removeWay(tab, 'porch', first);
    expect(waysOf(await store.vaultHeader('porch'))).toEqual([second]);
  });

  it('that its owner refuses changes nothing; nor does a wrong passphrase make one', async () => {
    passkeys.isWilling = false;
    expect(await addPasskey(tab, 'porch', passphrase)).toEqual(cancelled);
    expect(await store.vaultHeader('porch')).toEqual(stored.header);
    const { made } = passkeys;
    await expect(addPasskey(tab, 'porch', another)).rejects.toMatchObject({ code: 'vault.wrong-passphrase' });
    expect(passkeys.made).toBe(made);
  });

  it('gives another project nothing, and a changed lock is refused', async () => {
    await addPasskey(tab, 'porch', passphrase);
    const [way] = waysOf(await store.vaultHeader('porch'));
    if (!way) throw new Error('one was added');
    const forged = { ...way, credentialId: Uint8Array.from([9]) };
    await expect(unlockWithPasskey(newTab(), 'porch', forged)).rejects.toMatchObject({
      code: 'vault.wrong-secret',
    });
    const odd = { ...(await store.vaultHeader('porch')), otherWays: [{ ...way, salt: new Uint8Array(3) }] };
    const { revision } = await store.load('porch');
    await store.commit('porch', revision, [{ kind: 'put-vault', header: odd as VaultHeader }], []);
    await expect(newTab().vaults.of('porch')).rejects.toMatchObject({ code: 'vault.header-refused' });
  });
});
