import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import type {
  Device,
  DeviceSettings,
  JournalEntry,
  Project,
  ProjectChange,
} from '../../src/project/entities.ts';
import type { RunOptions } from '../../src/shared/outcome.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { changeDeviceSettings, changesNotOnDevice, changeWifi } from '../../src/workflows/change-settings.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import { makeDeviceSlot } from '../../src/workflows/device-image.ts';
import { relayPinWarning, validateDeviceSettings } from '../../src/workflows/device-settings-form.ts';
import type { ProjectEnvironment } from '../../src/workflows/environment.ts';
import { openSecretText } from '../../src/workflows/open-secret.ts';
import type { ProjectForm } from '../../src/workflows/project-form.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const oldPassword = 'wlan-canary-7431';
const newPassword = 'wlan-canary-8652';
const passphrase = 'copper window marathon biscuit';
const form: ProjectForm = {
  projectName: 'Porch',
  hosts: ['pi.local'],
  wifiSsid: 'Attic',
  wifiPassword: oldPassword,
  deviceName: 'Porch 1',
  sensor: 'dht22',
  passphrase: null,
};
const options: RunOptions = { signal: new AbortController().signal, timeoutMs: 60_000 };

/** Keeps every change and journal entry that reached the store. */
class WatchedStore extends MemoryProjectStore {
  readonly commits: { changes: readonly ProjectChange[]; journal: readonly JournalEntry[] }[] = [];

  override commit(...args: Parameters<MemoryProjectStore['commit']>): Promise<number> {
    this.commits.push({ changes: args[2], journal: args[3] });
    return super.commit(...args);
  }
}

let store: WatchedStore;
let keys: MemoryBrowserKeys;
let env: ProjectEnvironment;

/** A page opened anew on what is stored: nothing is unlocked. */
function openedAnew(): ProjectEnvironment {
  const clock = new ManualClock();
  const { crypto } = globalThis;
  return { store, vaults: createVaults({ store, keys, crypto, clock }), clock, crypto };
}

const createPorch = (changes: Partial<ProjectForm> = {}): Promise<unknown> =>
  createProject(env, { ...form, ...changes }, options);

const stored = async (): Promise<Project> => (await store.load('porch')).value;

async function device(): Promise<Device> {
  const found = (await stored()).devices[0];
  if (!found) throw new Error('no device');
  return found;
}

const wifiPassword = async (): Promise<string> =>
  openSecretText(env, 'porch', (await stored()).wifi[0]?.pskRecord ?? '');

/** Everything that was stored, bytes as Latin-1. */
const storedText = (): string =>
  JSON.stringify(store.commits, (_, value: unknown) =>
    value instanceof Uint8Array ? Array.from(value, (b) => String.fromCharCode(b)).join('') : value,
  );

/** What the flash workflow records once the board is written. */
async function recordWritten(): Promise<void> {
  const { revision, value: project } = await store.load('porch');
  const { generation } = await makeDeviceSlot(env, project, await device());
  const devices = [{ ...(await device()), generation }];
  const entry = { atMs: 1, deviceId: 'porch-1', what: 'board written', details: {} };
  await store.commit('porch', revision, [{ kind: 'put-project', project: { ...project, devices } }], [entry]);
}

const settings: DeviceSettings = {
  sensor: { type: 'dht22', pin: 4, everyS: 10, unit: 'C' },
  led: { pin: 2, activeLow: true },
  relay: null,
};
const withRelay = (pin: number, pulseMs = 500): DeviceSettings => ({
  ...settings,
  relay: { pin, activeLow: false, pulseMs },
});
const codes = (of: DeviceSettings): string[] =>
  validateDeviceSettings(of).map(({ field, error }) => `${field} ${error.code}`);

beforeEach(() => {
  store = new WatchedStore();
  keys = new MemoryBrowserKeys();
  env = openedAnew();
});

describe('changing the Wi-Fi', () => {
  it('replaces name and password, and the old password goes in the same transaction', async () => {
    await createPorch();
    const before = (await stored()).wifi[0]?.pskRecord ?? '';
    await changeWifi(env, 'porch', { ssid: 'Cellar', password: newPassword });
    expect((await stored()).wifi).toMatchObject([{ ssid: 'Cellar' }]);
    expect(await wifiPassword()).toBe(newPassword);
    expect(store.commits).toHaveLength(2);
    expect(store.commits[1]?.changes).toContainEqual({ kind: 'delete-record', id: before });
    await expect(store.record('porch', before)).rejects.toMatchObject({ code: 'storage.not-found' });
  });

  it('takes up to four networks, changes and takes away each, never the last', async () => {
    await createPorch();
    for (const [at, ssid] of ['Barn', 'Shed', 'Roof'].entries())
      await changeWifi(env, 'porch', { ssid, password: newPassword }, at + 1);
    const names = async (): Promise<string[]> => (await stored()).wifi.map(({ ssid }) => ssid);
    expect((await names()).slice(1)).toEqual(['Barn', 'Shed', 'Roof']);
    const fifth = changeWifi(env, 'porch', { ssid: 'Well', password: newPassword }, 4);
    await expect(fifth).rejects.toMatchObject({ code: 'form.wifi-count' });
    const shed = (await stored()).wifi[2]?.pskRecord ?? '';
    await changeWifi(env, 'porch', { ssid: 'Shed 2', password: null }, 2);
    expect((await stored()).wifi[2]).toEqual({ ssid: 'Shed 2', pskRecord: shed });
    for (const left of [3, 2, 1]) {
      await changeWifi(env, 'porch', null, 0);
      expect(await names()).toHaveLength(left);
    }
    await expect(changeWifi(env, 'porch', null, 0)).rejects.toMatchObject({ code: 'form.wifi-count' });
    expect(await names()).toEqual(['Roof']);
    expect((await store.records('porch')).filter(({ id }) => id.startsWith('wifi-'))).toHaveLength(1);
  });

  it('stores and journals no password in the clear', async () => {
    await createPorch();
    await changeWifi(env, 'porch', { ssid: 'Cellar', password: newPassword });
    expect(storedText(), 'the scan reads what is not secret').toContain('Cellar');
    expect(storedText()).not.toContain(newPassword);
    expect(storedText()).not.toContain(oldPassword);
    expect((await store.journal('porch')).at(-1)).toMatchObject({
      what: 'Wi-Fi changed',
      deviceId: null,
      details: { changed: 'name, password' },
    });
  });

  it('keeps the password when only the name is changed, even locked', async () => {
    await createPorch({ passphrase });
    const locked = openedAnew();
    await changeWifi(locked, 'porch', { ssid: 'Cellar', password: null });
    expect((await stored()).wifi[0]?.ssid).toBe('Cellar');
    expect(await wifiPassword()).toBe(oldPassword);
    const commits = store.commits.length;
    await changeWifi(locked, 'porch', { ssid: 'Cellar', password: null });
    expect(store.commits, 'nothing changed, nothing stored').toHaveLength(commits);
  });

  it('takes no password for an open network', async () => {
    await createPorch();
    await changeWifi(env, 'porch', { ssid: 'Attic', password: '' });
    expect(await wifiPassword()).toBe('');
  });

  it('refuses what the project form refuses, and changes nothing', async () => {
    await createPorch();
    const refused = [
      [{ ssid: '', password: null }, 'form.wifi-ssid'],
      [{ ssid: 'ä'.repeat(17), password: null }, 'form.wifi-ssid'],
      [{ ssid: 'Attic', password: 'short' }, 'form.wifi-password'],
    ] as const;
    for (const [change, code] of refused)
      await expect(changeWifi(env, 'porch', change)).rejects.toMatchObject({ code });
    expect(store.commits).toHaveLength(1);
  });

  it('needs the keys for a new password', async () => {
    await createPorch({ passphrase });
    const change = changeWifi(openedAnew(), 'porch', { ssid: 'Attic', password: newPassword });
    await expect(change).rejects.toMatchObject({ code: 'vault.locked' });
    expect(await wifiPassword()).toBe(oldPassword);
  });

  it('overwrites nothing that another tab changed meanwhile', async () => {
    await createPorch();
    const both = await Promise.allSettled([
      changeWifi(env, 'porch', { ssid: 'Cellar', password: newPassword }),
      changeWifi(openedAnew(), 'porch', { ssid: 'Garage', password: newPassword }),
    ]);
    const refused = both.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([{ reason: { code: 'storage.conflict' } }]);
    expect(await wifiPassword()).toBe(newPassword);
  });
});

describe('settings of a device', () => {
  it('are stored with a journal entry that names what changed', async () => {
    await createPorch();
    const wanted: DeviceSettings = { ...withRelay(5), sensor: { ...settings.sensor, everyS: 60 } };
    await changeDeviceSettings(env, 'porch', 'porch-1', wanted);
    expect((await device()).settings).toEqual(wanted);
    expect((await store.journal('porch')).at(-1)).toMatchObject({
      what: 'settings changed',
      deviceId: 'porch-1',
      details: { changed: 'sensor, relay' },
    });
  });

  it('of a device that is gone are refused', async () => {
    await createPorch();
    await expect(changeDeviceSettings(env, 'porch', 'shed-1', settings)).rejects.toMatchObject({
      code: 'project.device-missing',
    });
  });

  it('refuse pins of the console and the flash, and pins that do not exist', () => {
    for (const pin of [1, 3, 6, 7, 8, 9, 10, 11, 17, -1, 4.5])
      expect(codes(withRelay(pin)), `GPIO ${pin}`).toEqual(['relayPin form.pin-refused']);
    expect(codes(withRelay(Number.NaN))).toEqual(['relayPin form.pin-missing']);
    for (const pin of [0, 5, 12, 13, 14, 15, 16]) expect(codes(withRelay(pin)), `GPIO ${pin}`).toEqual([]);
  });

  it('refuse two functions on one pin, in words', () => {
    expect(codes(withRelay(2))).toEqual(['relayPin form.pin-shared']);
    expect(validateDeviceSettings(withRelay(4))[0]?.error.message).toBe(
      'GPIO 4 is given to two: the sensor and the relay.',
    );
    const withoutSensor: DeviceSettings = { ...withRelay(4), sensor: { ...settings.sensor, type: 'none' } };
    expect(codes(withoutSensor), 'no sensor takes no pin').toEqual([]);
    expect(codes({ ...withRelay(2), led: null })).toEqual([]);
  });

  it('refuse intervals and pulses that the device refuses', () => {
    const every = (everyS: number): DeviceSettings => ({
      ...settings,
      sensor: { ...settings.sensor, everyS },
    });
    for (const s of [1, 86_401, 2.5, Number.NaN]) expect(codes(every(s))).toEqual(['everyS form.interval']);
    for (const s of [2, 86_400]) expect(codes(every(s))).toEqual([]);
    for (const ms of [99, 5_001]) expect(codes(withRelay(5, ms))).toEqual(['pulseMs form.pulse']);
    for (const ms of [100, 5_000]) expect(codes(withRelay(5, ms))).toEqual([]);
  });

  it('warn of relays on pins that matter at the start', () => {
    const warned = Array.from({ length: 17 }, (_, pin) => pin).filter((pin) => relayPinWarning(pin) !== null);
    expect(warned).toEqual([0, 2, 15, 16]);
  });
});

describe('what is saved but not on the device', () => {
  it('is nothing before the first writing and right after one', async () => {
    await createPorch();
    await changeWifi(env, 'porch', { ssid: 'Attic', password: newPassword });
    expect(await changesNotOnDevice(env, 'porch', 'porch-1')).toEqual([]);
    await recordWritten();
    expect(await changesNotOnDevice(env, 'porch', 'porch-1')).toEqual([]);
  });

  it('is named, until it is changed back or written', async () => {
    await createPorch();
    await recordWritten();
    await changeWifi(env, 'porch', { ssid: 'Attic', password: newPassword });
    expect(await changesNotOnDevice(env, 'porch', 'porch-1')).toEqual(['Wi-Fi']);
    await changeDeviceSettings(env, 'porch', 'porch-1', { ...settings, led: null });
    expect(await changesNotOnDevice(env, 'porch', 'porch-1')).toEqual(['Wi-Fi', 'LED']);
    await changeDeviceSettings(env, 'porch', 'porch-1', settings);
    await changeWifi(env, 'porch', { ssid: 'Attic', password: oldPassword });
    expect(await changesNotOnDevice(env, 'porch', 'porch-1'), 'as before').toEqual([]);
  });

  it('cannot be told without the keys', async () => {
    await createPorch({ passphrase });
    await recordWritten();
    await expect(changesNotOnDevice(openedAnew(), 'porch', 'porch-1')).rejects.toMatchObject({
      code: 'vault.locked',
    });
  });
});
