import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SealedRecord, Tier, VaultHeader } from '../../src/project/entities.ts';
import { fromUtf8, utf8 } from '../../src/shared/bytes.ts';
import { newVaultHeader } from '../../src/vault/header.ts';
import { judgePassphrase } from '../../src/vault/passphrase-strength.ts';
import { createVault } from '../../src/vault/tiered-vault.ts';
import type { Vault, VaultState } from '../../src/vault/vault.ts';
import { MemoryBrowserKeys } from '../../src/platform/storage/memory-project-store.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const passphrase = 'copper window marathon biscuit';
const keys = new MemoryBrowserKeys();
const crypto = globalThis.crypto;
const MINUTE_MS = 60_000;
type Locked = Extract<VaultHeader, { kind: 'passphrase' }>;

let header: Locked;
let clock: ManualClock;
let vault: Vault;

const vaultOn = (on: VaultHeader): Vault => createVault({ header: on, keys, crypto, clock });

beforeAll(async () => {
  header = (await newVaultHeader(passphrase, { crypto, keys })) as Locked;
});

beforeEach(() => {
  clock = new ManualClock();
  vault = vaultOn(header);
});

describe('a vault with a passphrase', () => {
  it('begins locked: nothing can be sealed or opened', async () => {
    expect(vault.state).toEqual({ kind: 'locked' });
    await expect(vault.seal('r', 'operate', utf8('x'))).rejects.toMatchObject({ code: 'vault.locked' });
  });

  it('keeps a million rounds and a 16-byte salt, and no two locks alike', async () => {
    const other = (await newVaultHeader(passphrase, { crypto, keys })) as Locked;
    expect(header.iterations).toBe(1_000_000);
    expect(header.salt).toHaveLength(16);
    expect(other.salt).not.toEqual(header.salt);
    expect(other.wrapped.operate.ciphertext).not.toEqual(header.wrapped.operate.ciphertext);
    expect(header.wrapped.authority.ciphertext).not.toEqual(header.wrapped.operate.ciphertext);
  });

  it('opens on another day what it sealed, with the same passphrase', async () => {
    await vault.unlock('authority', passphrase);
    const record = await vault.seal('wifi', 'authority', utf8('garden gate'));
    const later = vaultOn(header);
    await later.unlock('authority', passphrase);
    expect(fromUtf8(await later.open(record))).toBe('garden gate');
  });

  it('takes the passphrase however its accents are typed', async () => {
    const composed = 'caf\u00e9 window marathon biscuit';
    const accented = await newVaultHeader(composed, { crypto, keys });
    await expect(vaultOn(accented).unlock('operate', composed.normalize('NFD'))).resolves.toBeUndefined();
  });

  it('refuses a wrong passphrase and loses nothing', async () => {
    await vault.unlock('operate', passphrase);
    const record = await vault.seal('r', 'operate', utf8('kept'));
    await expect(vault.unlock('authority', `${passphrase} `)).rejects.toMatchObject({
      code: 'vault.wrong-passphrase',
    });
    expect(vault.state).toEqual({ kind: 'ready-for-live' });
    expect(fromUtf8(await vault.open(record))).toBe('kept');
    await vault.unlock('authority', passphrase);
    expect(vault.state.kind).toBe('unlocked-for-signing');
  });

  it('opens only its own tier for Live', async () => {
    await vault.unlock('authority', passphrase);
    const record = await vault.seal('ca', 'authority', utf8('key'));
    const live = vaultOn(header);
    await live.unlock('operate', passphrase);
    await expect(live.open(record)).rejects.toMatchObject({ code: 'vault.locked' });
    // Relabelling the record does not help: the tier is bound into it.
    await expect(live.open({ ...record, tier: 'operate' })).rejects.toMatchObject({ code: 'vault.damaged' });
  });

  it('is not opened by a lock pressed while the passphrase was being checked', async () => {
    const unlocking = vault.unlock('authority', passphrase);
    vault.lock('all');
    await unlocking;
    expect(vault.state).toEqual({ kind: 'locked' });
  });
});

describe('locking', () => {
  beforeEach(() => vault.unlock('authority', passphrase));

  it('drops the signing keys after five idle minutes and keeps Live going', async () => {
    const record = await vault.seal('live', 'operate', utf8('password'));
    const states: VaultState[] = [];
    vault.onState((state) => states.push(state));
    await clock.advance(5 * MINUTE_MS - 1);
    expect(vault.state.kind).toBe('unlocked-for-signing');
    await clock.advance(1);
    expect(states.at(-1)).toEqual({ kind: 'ready-for-live' });
    await expect(vault.seal('ca', 'authority', utf8('k'))).rejects.toMatchObject({ code: 'vault.locked' });
    expect(fromUtf8(await vault.open(record))).toBe('password');
  });

  it('puts it off while signing goes on, not while Live goes on', async () => {
    await clock.advance(4 * MINUTE_MS);
    await vault.seal('ca', 'authority', utf8('k'));
    expect(vault.state).toEqual({ kind: 'unlocked-for-signing', locksAtMs: clock.nowMs() + 5 * MINUTE_MS });
    await clock.advance(4 * MINUTE_MS);
    expect(vault.state.kind).toBe('unlocked-for-signing');
    await vault.seal('live', 'operate', utf8('k'));
    await clock.advance(MINUTE_MS);
    expect(vault.state.kind).toBe('ready-for-live');
  });

  it('refuses at the next use when the timer slept through the limit', async () => {
    clock.setWall(clock.nowMs() + 60 * MINUTE_MS);
    await expect(vault.seal('ca', 'authority', utf8('k'))).rejects.toMatchObject({ code: 'vault.locked' });
  });

  it('is not put off by a wall clock set back', async () => {
    clock.setWall(clock.nowMs() - 60 * MINUTE_MS);
    await clock.advance(5 * MINUTE_MS);
    expect(vault.state.kind).toBe('ready-for-live');
  });

  it('obeys on demand, by tier and all', async () => {
    vault.lock('authority');
    expect(vault.state.kind).toBe('ready-for-live');
    await vault.unlock('authority', passphrase);
    vault.lock('all');
    expect(vault.state.kind).toBe('locked');
  });
});

describe('sealed records', () => {
  beforeAll(async () => {
    clock = new ManualClock();
    const open = vaultOn(header);
    await open.unlock('authority', passphrase);
    shared = open;
  });
  let shared: Vault;

  it('give back any bytes, never twice under the same nonce', async () => {
    const nonces = new Set<string>();
    const tier = fc.constantFrom<Tier>('authority', 'operate');
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }),
        tier,
        fc.uint8Array({ maxLength: 300 }),
        async (id, at, plain) => {
          const record = await shared.seal(id, at, Uint8Array.from(plain));
          nonces.add(record.nonce.join());
          expect(Array.from(await shared.open(record))).toEqual(Array.from(plain));
        },
      ),
      { numRuns: 100 },
    );
    expect(nonces.size).toBe(100);
  });

  it('refuse every changed bit, another id, another tier, another nonce, another length', async () => {
    const record = await shared.seal('r', 'operate', utf8('secret'));
    const flip = (bytes: SealedRecord['nonce'], at: number, bit: number): SealedRecord['nonce'] =>
      bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte));
    const forgeries: SealedRecord[] = [
      { ...record, id: 'r2' },
      { ...record, tier: 'authority' },
      { ...record, version: 2 as 1 },
      { ...record, ciphertext: record.ciphertext.slice(0, -1) },
      { ...record, nonce: record.nonce.slice(1) },
      { ...record, ciphertext: new Uint8Array(0) },
    ];
    for (let bit = 0; bit < 8; bit++) {
      record.ciphertext.forEach((_, at) =>
        forgeries.push({ ...record, ciphertext: flip(record.ciphertext, at, bit) }),
      );
      record.nonce.forEach((_, at) => forgeries.push({ ...record, nonce: flip(record.nonce, at, bit) }));
    }
    for (const forged of forgeries) {
      await expect(shared.open(forged)).rejects.toMatchObject({ code: 'vault.damaged' });
    }
  });

  it('hold nothing of the plain text', async () => {
    const record = await shared.seal('r', 'operate', utf8('garden gate'));
    expect(new TextDecoder('latin1').decode(record.ciphertext)).not.toContain('garden');
  });

  it('lend a signing key that cannot be exported', async () => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ]);
    const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
    const record = await shared.seal('ca', 'authority', pkcs8);
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    await shared.withSigningKey(record, async (key) => {
      expect(key.extractable).toBe(false);
      const signature = await crypto.subtle.sign(algorithm, key, utf8('x'));
      expect(await crypto.subtle.verify(algorithm, pair.publicKey, signature, utf8('x'))).toBe(true);
    });
    const noKey = await shared.seal('text', 'authority', utf8('not a key: canary'));
    const error: unknown = await shared
      .withSigningKey(noKey, () => Promise.resolve())
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'vault.damaged' });
    expect(JSON.stringify(error) + String(error)).not.toContain('canary');
  });
});

describe('a lock from elsewhere', () => {
  const refuses = (changed: VaultHeader): void => {
    expect(() => vaultOn(changed)).toThrow(
      expect.objectContaining({ code: 'vault.header-refused' }) as Error,
    );
  };

  it('is refused below 600,000 and above 5,000,000 rounds, or with other parameters', () => {
    for (const iterations of [0, 599_999, 5_000_001, 700_000.5, Number.NaN])
      refuses({ ...header, iterations });
    refuses({ ...header, salt: header.salt.slice(1) });
    refuses({ ...header, version: 2 as 1 });
    refuses({ ...header, kdf: 'PBKDF2-HMAC-SHA-1' as 'PBKDF2-HMAC-SHA-256' });
    refuses({
      ...header,
      wrapped: { ...header.wrapped, operate: { ...header.wrapped.operate, ciphertext: utf8('x') } },
    });
    expect(vaultOn({ ...header, iterations: 600_000 }).state.kind).toBe('locked');
  });

  it('with its tiers exchanged or its rounds changed opens nothing', async () => {
    const { authority, operate } = header.wrapped;
    const exchanged = vaultOn({ ...header, wrapped: { authority: operate, operate: authority } });
    await expect(exchanged.unlock('operate', passphrase)).rejects.toMatchObject({
      code: 'vault.wrong-passphrase',
    });
    const cheaper = vaultOn({ ...header, iterations: 600_000 });
    await expect(cheaper.unlock('operate', passphrase)).rejects.toMatchObject({
      code: 'vault.wrong-passphrase',
    });
  });
});

describe('a vault without a passphrase', () => {
  it('is not locked, opens without asking, and its key cannot be exported', async () => {
    const open = (await newVaultHeader(null, { crypto, keys })) as Extract<
      VaultHeader,
      { kind: 'browser-key' }
    >;
    const first = vaultOn(open);
    expect(first.state).toEqual({ kind: 'not-locked' });
    await first.unlock('authority');
    const record = await first.seal('r', 'authority', utf8('kept'));
    const later = vaultOn(open);
    await later.unlock('operate');
    expect(fromUtf8(await later.open(record))).toBe('kept');
    expect((await keys.load(open.keyId))?.extractable).toBe(false);
    // Both tiers share the key here: only the bound label keeps their records apart.
    await expect(later.open({ ...record, tier: 'operate' })).rejects.toMatchObject({ code: 'vault.damaged' });
  });

  it('says so when the browser has lost the key', async () => {
    const open = await newVaultHeader(null, { crypto, keys: new MemoryBrowserKeys() });
    await expect(vaultOn(open).unlock('operate')).rejects.toMatchObject({
      code: 'vault.browser-key-missing',
    });
  });
});

describe('the strength of a passphrase', () => {
  const weak = [
    '',
    'password',
    'Password123!',
    'qwertyuiop123',
    'aaaaaaaaaaaaaaaa',
    'abcdefghijklmnop',
    'garagedoor2024',
    'iloveyou2024!',
    'hello hello hello hello',
    '12345678901234567890',
    '2024-2024-2024-2024',
    'x7$Kq',
  ];
  const strong = [
    passphrase,
    'aB3xK9mQ2pL7vR4t',
    'Trzy zielone kaczki w ogrodzie',
    '7f3a-91c2-e05b-44d8-ba17',
    'mein fahrrad quietscht dienstags',
  ];

  it('refuses what everybody tries', () => {
    for (const text of weak) expect(judgePassphrase(text, []), text).toMatchObject({ kind: 'weak' });
  });

  it('accepts words by chance and random characters', () => {
    for (const text of strong) expect(judgePassphrase(text, []), text).toMatchObject({ kind: 'strong' });
  });

  it("counts the person's own words for nothing", () => {
    expect(judgePassphrase('wintergarten fritzbox porch', [])).toMatchObject({ kind: 'strong' });
    expect(judgePassphrase('wintergarten fritzbox porch', ['Wintergarten', 'FritzBox 7590'])).toMatchObject({
      kind: 'weak',
    });
  });

  it('never repeats the passphrase in its reason', async () => {
    const error: unknown = await newVaultHeader('canary1', { crypto, keys }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'vault.weak-passphrase' });
    expect(JSON.stringify(error) + String(error)).not.toContain('canary1');
  });
});
