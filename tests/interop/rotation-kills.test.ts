/**
 * A tab that is closed at any step of a rotation, and a board that starts anew in the middle of one: the next tab goes on
 * from the record and from what the device says, against real Mosquitto and the firmware on Linux.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProjectStore } from '../../src/ports/storage.ts';
import type { Project, ProjectChange } from '../../src/project/entities.ts';
import type { RotationState } from '../../src/project/rotation.ts';
import { changeWifi } from '../../src/workflows/change-settings.ts';
import { beginRotations, cancelRotation } from '../../src/workflows/rotation/begin-rotations.ts';
import type { HostProgram } from './firmware-host-bench.ts';
import { eventually, onBoard, RotationSite, type Tab } from './rotation-site.ts';

let site: RotationSite;
let board: HostProgram;

beforeAll(async () => {
  site = new RotationSite();
  await site.start();
  board = await site.boot(await site.credentials('porch-1'));
  // The firmware may have to be built first.
}, 240_000);
afterAll(() => site.stop());

const stateOf = async (): Promise<RotationState | undefined> => (await site.rotation('porch-1'))?.state;
const statesOf = async (): Promise<RotationState[]> =>
  (await site.rotation('porch-1'))?.steps.map(({ state }) => state) ?? [];

const stateIn = (changes: readonly ProjectChange[]): RotationState | undefined => {
  const put = changes.find((change) => change.kind === 'put-project') as { project: Project } | undefined;
  return put?.project.rotations[0]?.state;
};

/** The tab dies when it stores `state`: before anything is stored, or right after. */
function dyingStore(state: RotationState, when: 'before' | 'after', die: () => void): ProjectStore {
  let isDead = false;
  return {
    list: () => site.store.list(),
    load: (id) => site.store.load(id),
    record: (id, record) => site.store.record(id, record),
    vaultHeader: (id) => site.store.vaultHeader(id),
    journal: (id) => site.store.journal(id),
    delete: (id) => site.store.delete(id),
    watch: (id, listener) => site.store.watch(id, listener),
    commit: async (id, expected, changes, journal) => {
      if (isDead) throw new Error('the tab is gone');
      if (stateIn(changes) !== state) return site.store.commit(id, expected, changes, journal);
      isDead = true;
      if (when === 'after') await site.store.commit(id, expected, changes, journal);
      die();
      throw new Error('the tab is gone');
    },
  } as ProjectStore;
}

async function killedAt(state: RotationState, when: 'before' | 'after'): Promise<void> {
  let die = (): void => undefined;
  const dead = new Promise<void>((resolve) => (die = resolve));
  const tab = await site.openTab(dyingStore(state, when, die));
  await dead;
  await tab.close();
}

const begin = (kind: 'renewal' | 'settings' = 'renewal', old: 'runs-out' | 'revoke' = 'runs-out') =>
  beginRotations(site.env, 'porch', { deviceIds: ['porch-1'], kind, old });

const online = (tab: Tab | null) => tab?.live.devices.get('porch-1');

describe('a tab closed at a step of a rotation', () => {
  const steps = ['csr-received', 'issued', 'delivered', 'trying', 'kept', 'old-revoked'] as const;

  it('goes on in the next tab, at every step, before and after it is stored: no certificate is lost or left over', async () => {
    const before = (await site.device('porch-1')).credential.certificate;
    await begin('renewal', 'revoke');
    for (const step of steps) {
      await killedAt(step, 'before');
      expect(await stateOf()).not.toBe(step);
      await killedAt(step, 'after');
      expect(await stateOf()).toBe(step);
    }
    expect(await statesOf()).toEqual(['requested', ...steps]);
    const project = await site.project();
    const [device] = project.devices;
    expect(device?.credential.certificate.serialNumberHex).not.toBe(before.serialNumberHex);
    expect(project.replacedCertificates.map(({ certificate }) => certificate.serialNumberHex)).toEqual([
      before.serialNumberHex,
    ]);
    expect(project.revocations).toHaveLength(1);
    expect(onBoard(board, 'sel').toString()).toBe('1 b - 0\n');
    expect(onBoard(board, 'b.crt').equals(device?.credential.certificate.der ?? Buffer.of())).toBe(true);
  }, 90_000);
});

describe('a rotation that does not come to its end', () => {
  let tab: Tab | null = null;
  beforeEach(async () => {
    await tab?.close();
    tab = await site.openTab();
    await eventually('the device is online', () => online(tab)?.presence.kind === 'online');
  });

  it('begins anew when the board starts in the middle: what it had gathered is gone', async () => {
    await tab?.close();
    await begin();
    await killedAt('delivered', 'after');
    board.type('reset');
    tab = await site.openTab();
    await eventually('it is kept', async () => (await stateOf()) === 'kept');
    expect(await statesOf()).toEqual([
      ...['requested', 'csr-received', 'issued', 'delivered'],
      ...['requested', 'csr-received', 'issued', 'delivered', 'trying', 'kept'],
    ]);
    const unused = (await site.project()).replacedCertificates.filter(({ isUnused }) => isUnused);
    expect(unused).toHaveLength(1);
  }, 60_000);

  it('is cancelled until the device is told to try, and the device runs on what it had', async () => {
    const { generation } = await site.device('porch-1');
    await tab?.close();
    await begin();
    await killedAt('issued', 'after');
    expect(await cancelRotation(site.env, 'porch', 'porch-1')).toBe(true);
    expect((await site.rotation('porch-1'))?.ending).toEqual({ why: 'cancelled', code: null });
    tab = await site.openTab();
    await eventually('seen', () => online(tab)?.status?.generation === generation);
    expect(await cancelRotation(site.env, 'porch', 'porch-1')).toBe(false);
  }, 60_000);

  it('says that the device went back when nobody kept the new settings in time', async () => {
    const { generation, credential } = await site.device('porch-1');
    const left = (): string => /^1 [ab] ([ab] \d|- 0)/.exec(onBoard(board, 'sel').toString())?.[1] ?? '';
    await begin();
    await eventually('it is on trial', () => /[ab] [23]/.test(left()));
    await tab?.close();
    expect(await stateOf()).toBe('trying');
    // Its starts used up by the cable, without waiting for the minutes of each.
    while (left() !== '- 0') {
      const now = left();
      board.type('reset');
      await eventually('another start', () => left() !== now);
    }
    tab = await site.openTab();
    await eventually('it is over', async () => (await stateOf()) === 'reverted');
    expect((await site.rotation('porch-1'))?.ending).toEqual({ why: 'not-kept', code: null });
    expect(await site.device('porch-1')).toMatchObject({ generation, credential });
    expect(online(tab)?.status?.generation).toBe(generation);
  }, 60_000);

  it('brings changed Wi-Fi settings sealed, with the certificate as it is', async () => {
    const { credential } = await site.device('porch-1');
    await changeWifi(site.env, 'porch', { ssid: 'Neubau', password: 'wlan-canary-neu-99' });
    await begin('settings');
    await eventually('it is kept', async () => (await stateOf()) === 'kept');
    const device = await site.device('porch-1');
    expect(device.credential).toEqual(credential);
    expect(online(tab)?.status?.generation).toBe(device.generation);
    const all = Buffer.concat(site.heard.map(({ payload }) => payload));
    expect(all.includes('wlan-canary-neu-99')).toBe(false);
    expect(all.includes('Neubau')).toBe(false);
    const active = onBoard(board, 'sel').toString()[2] ?? 'a';
    expect(onBoard(board, `${active}.cfg`).toString()).toContain('"ssid":"Neubau"');
  }, 60_000);
});
