/** Node-RED's identity and command keys in a project: made, given rights, known to be on a board or not, renewed. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PageKeyMaker } from '../../src/platform/keys/page-key-maker.ts';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import { isStoredProject } from '../../src/project/check.ts';
import type { Device, Project } from '../../src/project/entities.ts';
import { fromUtf8, toHex } from '../../src/shared/bytes.ts';
import type { RunOptions } from '../../src/shared/outcome.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { addDevice } from '../../src/workflows/add-device.ts';
import { recordFound } from '../../src/workflows/board-record.ts';
import { makeBrokerBundle } from '../../src/workflows/broker-bundle.ts';
import { changesNotOnDevice } from '../../src/workflows/change-settings.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import { makeDeviceSlot } from '../../src/workflows/device-image.ts';
import { everySecretText } from '../../src/workflows/field-report.ts';
import { makeFlowInput } from '../../src/workflows/node-red-flow.ts';
import {
  flowButtons,
  nodeRedGaps,
  nodeRedKeyOf,
  renewNodeRedKeys,
  rightsNow,
  setUpNodeRed,
} from '../../src/workflows/node-red-keys.ts';
import { openSecret } from '../../src/workflows/open-secret.ts';
import { programOf } from '../../src/workflows/other-programs.ts';
import type { TrustEnvironment } from '../../src/workflows/trust/change.ts';
import { revokeCertificate } from '../../src/workflows/trust/revoke.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const options: RunOptions = { signal: new AbortController().signal, timeoutMs: 60_000 };
const choice = { host: 'pi.local', hasCharts: false };
let env: TrustEnvironment;

beforeEach(async () => {
  const clock = new ManualClock();
  const store = new MemoryProjectStore();
  const { crypto } = globalThis;
  const vaults = createVaults({ store, keys: new MemoryBrowserKeys(), crypto, clock });
  env = { store, vaults, clock, crypto, keyMaker: () => Promise.resolve(new PageKeyMaker()) };
  const names = { projectName: 'Porch', hosts: ['pi.local'], deviceName: 'porch-1' };
  const rest = {
    wifiSsid: 'Attic',
    wifiPassword: 'correct horse',
    sensor: 'dht22',
    passphrase: null,
  } as const;
  await createProject(env, { ...names, ...rest }, options);
});

const project = async (): Promise<Project> => (await env.store.load('porch')).value;
const deviceOf = async (id = 'porch-1'): Promise<Device> => {
  const device = (await project()).devices.find((each) => each.id === id);
  if (!device) throw new Error(`no ${id}`);
  return device;
};
const keyHex = async (id = 'porch-1'): Promise<string> =>
  toHex(await openSecret(env, 'porch', nodeRedKeyOf(await deviceOf(id))?.keyRecord ?? ''));
const keyFile = async (): Promise<string> =>
  fromUtf8((await makeDeviceSlot(env, await project(), await deviceOf())).slot.mac);

/** As if the settings had been written as they are now. */
async function writeBoard(): Promise<void> {
  const { generation } = await makeDeviceSlot(env, await project(), await deviceOf());
  await recordFound(env, 'porch', { deviceId: 'porch-1', generation, layout: '4m2m', hasCommandKeys: true });
}

describe('setting Node-RED up', () => {
  it('makes its certificate, and a key that the device gets beside the page’s', async () => {
    expect(programOf(await project(), 'nodered', env.clock.nowMs()).standing).toBe('missing');
    await setUpNodeRed(env, 'porch', ['led', 'read'], options);
    expect(programOf(await project(), 'nodered', env.clock.nowMs()).standing).toBe('ready');
    const lines = (await keyFile()).split('\n');
    expect(lines[0]).toMatch(/^app [0-9a-f]{64} \*$/);
    expect(lines.slice(1)).toEqual([`nodered ${await keyHex()} led,read`, '']);
    const bundle = await makeBrokerBundle(env, await project());
    const list = bundle.find(({ path }) => path.endsWith('acl-devices'));
    expect(fromUtf8(list?.content ?? new Uint8Array(0))).toContain('topic write signet/porch/porch-1/cmd');
  });

  it('again keeps certificate and keys, and changes what they may do', async () => {
    await setUpNodeRed(env, 'porch', ['led'], options);
    const [before, key] = [programOf(await project(), 'nodered', 0).certificate, await keyHex()];
    await setUpNodeRed(env, 'porch', ['led', 'relay'], options);
    expect(programOf(await project(), 'nodered', 0).certificate).toEqual(before);
    expect(await keyHex()).toBe(key);
    expect(rightsNow(await project())).toEqual(['led', 'relay']);
  });

  it('gives a device that came later its key the next time, and until then no button', async () => {
    await setUpNodeRed(env, 'porch', ['led', 'read'], options);
    await addDevice(env, 'porch', { name: 'door-1', sensor: 'none' });
    expect(nodeRedGaps(await project()).keyless).toEqual(['door-1']);
    const input = await makeFlowInput(env, await project(), choice);
    expect(input.devices.map(({ id, buttons }) => [id, buttons.length])).toEqual([
      ['porch-1', 3],
      ['door-1', 0],
    ]);
    await setUpNodeRed(env, 'porch', ['led', 'read'], options);
    expect(nodeRedGaps(await project()).keyless).toEqual([]);
    expect(await keyHex('door-1')).not.toBe(await keyHex('porch-1'));
  });

  it('offers buttons for what the device has and the key may do', async () => {
    const device = await deviceOf();
    expect(flowButtons(device, ['led', 'relay', 'display']).map(({ label }) => label)).toEqual([
      'LED on',
      'LED off',
    ]);
    const relay = { pin: 5, activeLow: false, pulseMs: 500 };
    const withRelay = { ...device, settings: { ...device.settings, led: null, relay } };
    expect(flowButtons(withRelay, ['led', 'relay']).map(({ label }) => label)).toEqual(['Relay pulse']);
  });

  it('makes no flow with a certificate that the broker refuses', async () => {
    await setUpNodeRed(env, 'porch', ['led'], options);
    const { certificate } = programOf(await project(), 'nodered', env.clock.nowMs());
    const serialNumberHex = certificate?.certificate.serialNumberHex ?? '';
    await revokeCertificate(env, 'porch', {
      owner: 'other:nodered',
      serialNumberHex,
      reason: 'keyCompromise',
    });
    const making = makeFlowInput(env, await project(), choice);
    await expect(making).rejects.toMatchObject({ code: 'program.no-certificate' });
  });
});

describe('a key that the board has not got', () => {
  it('is told of, though the settings are the same', async () => {
    await writeBoard();
    expect(await changesNotOnDevice(env, 'porch', 'porch-1')).toEqual([]);
    await setUpNodeRed(env, 'porch', ['led'], options);
    expect(await changesNotOnDevice(env, 'porch', 'porch-1')).toEqual(['command keys']);
    expect(nodeRedGaps(await project()).unwritten).toEqual(['porch-1']);
    await writeBoard();
    expect(await changesNotOnDevice(env, 'porch', 'porch-1')).toEqual([]);
    expect(nodeRedGaps(await project()).unwritten).toEqual([]);
  });

  it('is told of when only its rights were changed', async () => {
    await setUpNodeRed(env, 'porch', ['led'], options);
    await writeBoard();
    await setUpNodeRed(env, 'porch', ['led', 'read'], options);
    expect(await changesNotOnDevice(env, 'porch', 'porch-1')).toEqual(['command keys']);
  });
});

describe('new keys', () => {
  it('replace the old ones, which are forgotten, and keep their rights', async () => {
    await setUpNodeRed(env, 'porch', ['led', 'read'], options);
    await writeBoard();
    const [record, key] = [nodeRedKeyOf(await deviceOf())?.keyRecord ?? '', await keyHex()];
    await renewNodeRedKeys(env, 'porch');
    expect(await keyHex()).not.toBe(key);
    await expect(env.store.record('porch', record)).rejects.toMatchObject({ code: 'storage.not-found' });
    expect(rightsNow(await project())).toEqual(['led', 'read']);
    expect(nodeRedGaps(await project()).unwritten).toEqual(['porch-1']);
  });
});

it('a field report takes Node-RED’s keys out', async () => {
  await setUpNodeRed(env, 'porch', ['led'], options);
  expect(await everySecretText(env, await project())).toContain(await keyHex());
});

it('a backup whose command keys are no keys is no project', async () => {
  await setUpNodeRed(env, 'porch', ['led'], options);
  const good = await project();
  expect(isStoredProject(good)).toBe(true);
  const devices = good.devices.map((device) => ({ ...device, commandKeys: [{ name: 7 }] }));
  expect(isStoredProject({ ...good, devices })).toBe(false);
});
