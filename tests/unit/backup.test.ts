// A project through a backup file and back, into an empty browser and into a used one; and what is refused.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import { checkChain } from '../../src/journal/chain.ts';
import type { Project } from '../../src/project/entities.ts';
import { concatBytes, fromUtf8, toHex, utf8, type Bytes } from '../../src/shared/bytes.ts';
import type { RunOptions } from '../../src/shared/outcome.ts';
import { HEADER_BYTES, openBackup, sealBackup } from '../../src/vault/backup/container.ts';
import { decodeContent, encodeContent } from '../../src/vault/backup/content.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { addDevice } from '../../src/workflows/add-device.ts';
import { makeBackup } from '../../src/workflows/backup/make-backup.ts';
import { presentProject, readBackup, restoreProject } from '../../src/workflows/backup/restore-backup.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import type { ProjectEnvironment } from '../../src/workflows/environment.ts';
import { revokeCertificate } from '../../src/workflows/trust/revoke.ts';
import { usualSettings } from '../../src/workflows/make-device.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const form = {
  projectName: 'Porch',
  hosts: ['pi.local'],
  wifiSsid: 'Gartenzaun 2',
  wifiPassword: 'wlan-canary-7431',
  deviceName: 'Porch 1',
  sensor: 'dht22',
  passphrase: null,
} as const;
const filePassphrase = 'quarry lantern ostrich tumble';
const newLock = 'velvet harbour sixteen pickle';
const options: RunOptions = { signal: new AbortController().signal, timeoutMs: 60_000 };
const { crypto } = globalThis;

const keys = new MemoryBrowserKeys();

const browser = (): ProjectEnvironment => {
  const store = new MemoryProjectStore();
  const clock = new ManualClock();
  return { store, clock, crypto, vaults: createVaults({ store, keys, crypto, clock }) };
};

/** A browser that holds what `from` holds of the project: deriving a key for every test would take minutes. */
async function copyOf(from: ProjectEnvironment): Promise<ProjectEnvironment> {
  const copy = browser();
  const { value } = await from.store.load('porch');
  const records = await from.store.records('porch');
  const changes = [
    { kind: 'put-project', project: value } as const,
    { kind: 'put-vault', header: await from.store.vaultHeader('porch') } as const,
    ...records.map((record) => ({ kind: 'put-record', record }) as const),
  ];
  await copy.store.commit('porch', 0, changes, await from.store.journal('porch'));
  return copy;
}

/** Every secret of a project by its record id, as hex. */
async function secretsOf(env: ProjectEnvironment, id: string): Promise<Record<string, string>> {
  const vault = await env.vaults.of(id);
  const opened = (await env.store.records(id)).map(
    async (record) => [record.id, toHex(await vault.open(record))] as const,
  );
  return Object.fromEntries(await Promise.all(opened));
}

const restoreOrder = { passphrase: newLock };

const backUp = async (env: ProjectEnvironment): Promise<Bytes> => {
  const outcome = await makeBackup(env, 'porch', { passphrase: filePassphrase, page: '0.1.0' }, options);
  if (outcome.kind !== 'done') throw new Error('cancelled');
  return outcome.value.bytes;
};

const made = async (passphrase: string | null = null): Promise<ProjectEnvironment> => {
  const env = browser();
  const outcome = await createProject(env, { ...form, passphrase }, options);
  if (outcome.kind !== 'done') throw new Error('cancelled');
  return env;
};

let first: ProjectEnvironment;
let here: ProjectEnvironment;
let project: Project;
let file: Bytes;

beforeAll(async () => {
  first = await made();
  project = (await first.store.load('porch')).value;
  file = await backUp(first);
});
beforeEach(async () => {
  here = await copyOf(first);
});

describe('a backup in an empty browser', () => {
  it('gives back the project, every secret and the journal, under a lock of its own', async () => {
    const there = browser();
    const opened = await readBackup(there, file, filePassphrase);
    expect(await presentProject(there, opened)).toBeNull();
    expect(opened.isJournalWhole).toBe(true);
    await restoreProject(there, opened, restoreOrder);
    expect((await there.store.load('porch')).value).toEqual(project);
    expect(await secretsOf(there, 'porch')).toEqual(await secretsOf(here, 'porch'));
    const journal = await there.store.journal('porch');
    expect(journal.map(({ what }) => what)).toEqual(['project created', 'backup made', 'backup restored']);
    expect(checkChain(journal).kind).toBe('whole');
    expect(journal.slice(0, 2)).toEqual(await here.store.journal('porch'));
    const vault = await createVaults({ ...there, keys }).of('porch');
    await expect(vault.unlock('authority', filePassphrase)).rejects.toMatchObject({
      code: 'vault.wrong-passphrase',
    });
    await vault.unlock('authority', newLock);
  });

  it('can be restored without a passphrase, and goes on working', async () => {
    const there = browser();
    await restoreProject(there, await readBackup(there, file, filePassphrase), {
      passphrase: null,
    });
    const device = await addDevice(there, 'porch', { name: 'Door 1', settings: usualSettings('none') });
    expect(device.id).toBe('door-1');
  });

  it('stores nothing when the new lock is too weak', async () => {
    const there = browser();
    const opened = await readBackup(there, file, filePassphrase);
    await expect(restoreProject(there, opened, { passphrase: 'password' })).rejects.toMatchObject({
      code: 'vault.weak-passphrase',
    });
    expect(await there.store.list()).toEqual([]);
  });
});

describe('a backup in a used browser', () => {
  it('says first what would change, and what was done since', async () => {
    await addDevice(here, 'porch', { name: 'Door 1', settings: usualSettings('none') });
    const opened = await readBackup(here, file, filePassphrase);
    const present = await presentProject(here, opened);
    expect(present?.differences).toEqual([{ kind: 'device-goes', deviceId: 'door-1' }]);
    expect(present?.doneSince.map(({ what }) => what)).toEqual(['device added']);
  });

  it('replaces the project whole, keeps the journal of this browser and drops keys that nobody has any more', async () => {
    const before = await secretsOf(here, 'porch');
    await addDevice(here, 'porch', { name: 'Door 1', settings: usualSettings('none') });
    await restoreProject(here, await readBackup(here, file, filePassphrase), restoreOrder);
    expect((await here.store.load('porch')).value.devices.map(({ id }) => id)).toEqual(['porch-1']);
    expect(await secretsOf(here, 'porch')).toEqual(before);
    const journal = await here.store.journal('porch');
    expect(journal.map(({ what }) => what)).toEqual([
      'project created',
      'backup made',
      'device added',
      'backup restored',
    ]);
    expect(checkChain(journal).kind).toBe('whole');
  });

  it('keeps revoked what was revoked since, with lists of higher numbers', async () => {
    const [device] = project.devices;
    const serialNumberHex = device?.credential.certificate.serialNumberHex ?? '';
    const revoked = await revokeCertificate(here, 'porch', {
      owner: 'device:porch-1',
      serialNumberHex,
      reason: 'keyCompromise',
    });
    const opened = await readBackup(here, file, filePassphrase);
    expect((await presentProject(here, opened))?.differences).toEqual([
      { kind: 'revocations-stay', count: 1 },
    ]);
    const restored = await restoreProject(here, opened, restoreOrder);
    expect(restored.revocations).toEqual(revoked?.revocations);
    expect(restored.revocationLists.map(({ number }) => number)).toEqual([2]);
    expect((await here.store.load('porch')).value).toEqual(restored);
  });
});

describe('a backup file', () => {
  it('holds nothing readable: no name, no network, no password, no certificate', () => {
    const bytes = Buffer.from(file).toString('latin1');
    for (const word of ['porch', 'Porch', 'pi.local', 'Gartenzaun', 'wlan-canary', 'sensor'])
      expect(bytes).not.toContain(word);
  });

  it('says wrong passphrase and changed file apart', async () => {
    await expect(openBackup(file, `${filePassphrase}!`, crypto)).rejects.toMatchObject({
      code: 'backup.wrong-passphrase',
    });
    const changed = file.slice();
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    await expect(openBackup(changed, filePassphrase, crypto)).rejects.toMatchObject({
      code: 'backup.damaged',
    });
  });

  it('is refused under a weak passphrase, the project\u2019s own words among them', async () => {
    for (const passphrase of ['password', 'porch Gartenzaun'])
      await expect(makeBackup(here, 'porch', { passphrase, page: '0.1.0' }, options)).rejects.toMatchObject({
        code: 'backup.weak-passphrase',
      });
    expect((await here.store.journal('porch')).filter(({ what }) => what === 'backup made')).toHaveLength(1);
  });

  it('names what is no backup, a newer one and costs that no page asks for', async () => {
    const refused = async (bytes: Bytes): Promise<string> =>
      openBackup(bytes, filePassphrase, crypto).then(
        () => 'opened',
        (error: unknown) => (error as { code: string }).code,
      );
    expect(await refused(utf8('PK\u0003\u0004 something else entirely, long enough'))).toBe(
      'backup.not-a-backup',
    );
    expect(await refused(new Uint8Array(0))).toBe('backup.not-a-backup');
    const newer = file.slice();
    newer[8] = 2;
    expect(await refused(newer)).toBe('backup.newer');
    for (const iterations of [0, 599_999, 5_000_001, 0xffffffff]) {
      const dear = file.slice();
      new DataView(dear.buffer).setUint32(10, iterations);
      expect(await refused(dear)).toBe('backup.damaged');
    }
  });

  it('needs the authority unlocked', async () => {
    const locked = await made(newLock);
    (await locked.vaults.of('porch')).lock('authority');
    await expect(backUp(locked)).rejects.toMatchObject({ code: 'vault.locked' });
  });
});

describe('any change of a backup file', () => {
  // With one derivation a try this would take minutes: the cheapest count that is accepted, and a short content.
  const content = crypto.getRandomValues(new Uint8Array(200));
  let small: Bytes;
  beforeAll(async () => {
    small = await sealBackup(content, { passphrase: filePassphrase, iterations: 600_000 }, crypto);
  });
  const opens = (bytes: Bytes): Promise<boolean> =>
    openBackup(bytes, filePassphrase, crypto).then(
      () => true,
      () => false,
    );

  it('is refused, whichever byte of the content it strikes', async () => {
    expect(await opens(small)).toBe(true);
    const spots = Array.from(
      { length: 16 },
      (_, i) => HEADER_BYTES + Math.floor((i * (small.length - HEADER_BYTES)) / 16),
    );
    for (const at of [...spots, small.length - 1]) {
      const changed = small.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      expect(await opens(changed), `byte ${at}`).toBe(false);
    }
  });

  it('is refused in every byte of the header', async () => {
    for (let at = 0; at < HEADER_BYTES; at += 3) {
      const changed = small.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await opens(changed), `byte ${at}`).toBe(false);
    }
  });

  it('is refused when a byte is missing, added, or whole chunks are cut, swapped or doubled', async () => {
    expect(await opens(small.slice(0, -1))).toBe(false);
    expect(await opens(concatBytes([small, new Uint8Array(1)]))).toBe(false);
    const long = await sealBackup(
      crypto.getRandomValues(new Uint8Array(65_536)).slice(),
      { passphrase: filePassphrase, iterations: 600_000 },
      crypto,
    );
    expect(await opens(long)).toBe(true);
    const two = await sealBackup(
      concatBytes([content, new Uint8Array(140_000)]),
      { passphrase: filePassphrase, iterations: 600_000 },
      crypto,
    );
    const start = HEADER_BYTES + 16;
    const chunk = 65_536 + 16;
    const [first, second, rest] = [
      two.slice(start, start + chunk),
      two.slice(start + chunk, start + 2 * chunk),
      two.slice(start + 2 * chunk),
    ];
    const head = two.slice(0, start);
    expect(await opens(two)).toBe(true);
    for (const parts of [
      [first, second],
      [second, first, rest],
      [first, first, second, rest],
      [first, rest],
      [],
    ])
      expect(await opens(concatBytes([head, ...parts]))).toBe(false);
  });
});

describe('the content of a backup', () => {
  it('comes back equal, whatever the secrets and entries are', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.string({ maxLength: 60 }), plain: fc.uint8Array({ maxLength: 80 }) }), {
          maxLength: 8,
        }),
        fc.array(fc.record({ what: fc.string(), atMs: fc.integer() })),
        (secrets, journal) => {
          const content = {
            manifest: { madeAtMs: 5, page: '0.1.0' },
            projects: [
              {
                project: { id: 'porch', der: Uint8Array.from([1, 2]) } as unknown as Project,
                secrets: secrets.map(({ id, plain }) => ({
                  id: id.slice(0, 40),
                  tier: 'operate' as const,
                  plain: Uint8Array.from(plain),
                })),
                journal: journal.map((entry) => ({ ...entry, deviceId: null, details: {} })),
              },
            ],
          };
          expect(decodeContent(encodeContent(content))).toEqual(content);
        },
      ),
    ));

  it('cut anywhere gives an error that says so', () => {
    const whole = encodeContent({
      manifest: { madeAtMs: 5, page: '0.1.0' },
      projects: [
        {
          project: { id: 'porch' } as unknown as Project,
          secrets: [{ id: 'k', tier: 'authority', plain: utf8('secret') }],
          journal: [],
        },
      ],
    });
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeContent(whole.slice(0, length)), `${length} bytes`).toThrow(/changed or cut/);
    expect(() => decodeContent(concatBytes([whole, new Uint8Array(1)]))).toThrow(/changed or cut/);
  });
});

describe('backups of released versions', () => {
  it('of 0.1.0 opens, with its project, secrets and journal', async () => {
    const bytes = Uint8Array.from(
      await readFile(path.join(import.meta.dirname, '../fixtures/backups/0.1.0.signet-backup')),
    );
    const there = browser();
    const opened = await readBackup(there, bytes, filePassphrase);
    expect(opened.manifest).toEqual({ madeAtMs: expect.any(Number) as number, page: '0.1.0' });
    await restoreProject(there, opened, restoreOrder);
    const vault = await there.vaults.of('porch');
    const { value } = await there.store.load('porch');
    const psk = value.wifi[0]?.pskRecord ?? '';
    expect(fromUtf8(await vault.open(await there.store.record('porch', psk)))).toBe('wlan-canary-7431');
  });
});
