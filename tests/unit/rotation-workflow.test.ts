// What a rotation may begin with, whom a renewed broker would lock out, and what becomes of old certificates.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Device, Project } from '../../src/project/entities.ts';
import { changeProject } from '../../src/workflows/change-project.ts';
import {
  beginRotations,
  cancelRotation,
  rotationObstacle,
} from '../../src/workflows/rotation/begin-rotations.ts';
import { loseDevice } from '../../src/workflows/rotation/lose-device.ts';
import { lockedOutBy } from '../../src/workflows/rotation/pins.ts';
import { oldOnesDue, revokeOldOnes } from '../../src/workflows/rotation/revoke-many.ts';
import { brokerUsers } from '../../src/workflows/trust/broker-users.ts';
import { renewCertificates } from '../../src/workflows/trust/renew-certificates.ts';
import { PageKeyMaker } from '../../src/platform/keys/page-key-maker.ts';
import { newBench, type Bench } from './live-kit.ts';

const DAY_MS = 86_400_000;
const options = { signal: new AbortController().signal, timeoutMs: 60_000 };
let bench: Bench;

beforeEach(async () => {
  bench = await newBench();
});

const project = async (): Promise<Project> => (await bench.env.store.load('porch')).value;
const device = async (): Promise<Device> => {
  const [first] = (await project()).devices;
  if (!first) throw new Error('no device');
  return first;
};
const edit = (change: (before: Device) => Device): Promise<void> =>
  changeProject(bench.env.store, 'porch', (before) => ({
    project: { ...before, devices: before.devices.map(change) },
    journal: [],
  }));
const written = (): Promise<void> =>
  edit((before) => ({ ...before, credentialState: 'written', generation: '5f2c91aa' }));
const begin = (kind: 'renewal' | 'settings' = 'renewal') =>
  beginRotations(bench.env, 'porch', { deviceIds: ['porch-1', 'nobody'], kind, old: 'runs-out' });
const renewed = (key: 'same' | 'p256') =>
  renewCertificates(
    { ...bench.env, keyMaker: () => Promise.resolve(new PageKeyMaker()) },
    'porch',
    { renewals: [{ owner: 'device:porch-1', key }] },
    options,
  );

describe('a rotation', () => {
  it('is begun for what a board holds, and once', async () => {
    expect(await begin()).toEqual([]);
    expect(rotationObstacle(await project(), await device())).toBe('never-written');
    await written();
    expect(await begin()).toEqual(['porch-1']);
    expect(rotationObstacle(await project(), await device())).toBe('running');
    expect(await begin()).toEqual([]);
    expect(await cancelRotation(bench.env, 'porch', 'porch-1')).toBe(true);
    expect(await begin()).toEqual(['porch-1']);
    expect((await project()).rotations).toHaveLength(1);
  });

  it('is not begun for a device that takes no commands in its form', async () => {
    await written();
    await edit((before) => ({
      ...before,
      settings: { ...before.settings, form: { kind: 'plain', base: 'x' } },
    }));
    expect(rotationObstacle(await project(), await device())).toBe('form');
  });

  it('of settings alone is not begun with a new key that the board has not got; the same key will do', async () => {
    await written();
    await renewed('same');
    expect(rotationObstacle(await project(), await device(), 'settings')).toBeNull();
    await renewed('p256');
    expect(rotationObstacle(await project(), await device(), 'settings')).toBe('new-key');
    expect(rotationObstacle(await project(), await device(), 'renewal')).toBeNull();
  });
});

describe('a lost device', () => {
  it('loses every certificate that the broker would believe, its access and its rotation', async () => {
    await written();
    await renewed('same');
    await begin();
    await loseDevice(bench.env, 'porch', 'porch-1');
    const after = await project();
    expect(after.revocations.map(({ reason }) => reason)).toEqual(['keyCompromise', 'keyCompromise']);
    expect(after.revocationLists).toHaveLength(1);
    expect(brokerUsers(after).devices).toEqual([]);
    expect(after.rotations[0]).toMatchObject({ state: 'reverted', ending: { why: 'cancelled' } });
    expect(rotationObstacle(after, await device())).toBe('revoked');
    await expect(loseDevice(bench.env, 'porch', 'porch-1')).rejects.toMatchObject({
      code: 'trust.already-revoked',
    });
  });
});

describe('old certificates of devices', () => {
  it('are due after seven days, and then revoked as superseded, all at once', async () => {
    await renewed('same');
    await renewed('same');
    const now = Date.now();
    expect(oldOnesDue(await project(), now)).toEqual([]);
    expect(oldOnesDue(await project(), now + 7 * DAY_MS)).toHaveLength(2);
    const clock = { ...bench.env.clock, nowMs: () => now + 8 * DAY_MS };
    await revokeOldOnes({ ...bench.env, clock }, 'porch');
    const after = await project();
    expect(after.revocations.map(({ reason }) => reason)).toEqual(['superseded', 'superseded']);
    expect(brokerUsers(after).devices).toEqual(['porch-1']);
    expect(oldOnesDue(after, now + 8 * DAY_MS)).toEqual([]);
  });
});

describe('a renewed broker', () => {
  it('locks out devices that compare its fingerprint, and with a new key those that pin it', async () => {
    const pinned = async (brokerCheck: 'pinned' | 'fingerprint'): Promise<boolean[]> => {
      await edit((before) => ({ ...before, settings: { ...before.settings, brokerCheck } }));
      const now = await project();
      return [false, true].map((isNewKey) => lockedOutBy(now, { isNewKey }).length > 0);
    };
    expect(await pinned('fingerprint')).toEqual([false, false]);
    await written();
    expect(await pinned('fingerprint')).toEqual([true, true]);
    expect(await pinned('pinned')).toEqual([false, true]);
  });
});
