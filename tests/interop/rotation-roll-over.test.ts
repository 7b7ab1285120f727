/**
 * Authorities replaced without locking a device out, and a lost device kept out by the broker that says so itself: the
 * page's workflows, real Mosquitto with the page's bundles, boards of the firmware on Linux.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PageKeyMaker } from '../../src/platform/keys/page-key-maker.ts';
import type { AuthorityRole } from '../../src/project/entities.ts';
import type { RunOptions } from '../../src/shared/outcome.ts';
import { beginRotations } from '../../src/workflows/rotation/begin-rotations.ts';
import { proveRefusal, type BrokerVerdict } from '../../src/workflows/rotation/broker-proof.ts';
import { loseDevice } from '../../src/workflows/rotation/lose-device.ts';
import { rollOvers } from '../../src/workflows/rotation/roll-over.ts';
import { saveBrokerBundle } from '../../src/workflows/save-broker-bundle.ts';
import { createAuthority, stopTrusting } from '../../src/workflows/trust/change-authorities.ts';
import type { TrustEnvironment } from '../../src/workflows/trust/change.ts';
import { renewCertificates } from '../../src/workflows/trust/renew-certificates.ts';
import type { HostProgram } from './firmware-host-bench.ts';
import { bootLine } from './firmware-host-world.ts';
import { eventually, RotationSite, type Tab } from './rotation-site.ts';

const site = new RotationSite();
const trust: TrustEnvironment = { ...site.env, keyMaker: () => Promise.resolve(new PageKeyMaker()) };
const options: RunOptions = { signal: new AbortController().signal, timeoutMs: 60_000 };
const ids = ['porch-1', 'desk-1'];
const boards = new Map<string, HostProgram>();
let tab: Tab;

beforeAll(async () => {
  await site.start('desk-1');
  for (const id of ids) boards.set(id, await site.boot(await site.credentials(id)));
  tab = await site.openTab();
  await allOnline();
}, 240_000);
afterAll(() => site.stop());

async function allOnline(who = ids): Promise<void> {
  await eventually('all are online with what they have', async () => {
    const devices = await Promise.all(who.map((id) => site.device(id)));
    return devices.every(({ id, generation }) => {
      const seen = tab.live.devices.get(id);
      return seen?.presence.kind === 'online' && seen.status?.generation === generation;
    });
  });
}

/** As a person does it: downloaded, unpacked, started; and everybody has to find the way back. */
async function newFiles(who = ids): Promise<void> {
  const downloads = { save: () => undefined };
  await saveBrokerBundle({ ...site.env, downloads }, await site.project());
  await site.startBroker();
  await allOnline(who);
}

const replace = async (role: AuthorityRole): Promise<unknown> =>
  createAuthority(
    trust,
    'porch',
    {
      scope: role,
      subject: { O: 'porch', CN: `porch ${role} authority 2` },
      algorithm: 'p256',
      days: 3650,
      pathLength: 0,
      profile: 'modern',
    },
    options,
  );

const steps = async (): Promise<string[]> =>
  rollOvers(await site.project()).flatMap(({ steps: all }) =>
    all.map(
      ({ kind, state, remaining }) => `${kind} ${state}${remaining.length > 0 ? ` ${remaining.length}` : ''}`,
    ),
  );

async function rotateAll(kind: 'renewal' | 'settings'): Promise<void> {
  await beginRotations(site.env, 'porch', { deviceIds: ids, kind, old: 'runs-out' });
  for (const id of ids)
    await eventually(`${id} kept it`, async () => (await site.rotation(id))?.state === 'kept');
}

describe('a new authority in the old one’s place', () => {
  it('for the broker: devices get both first, then the broker changes, and nobody is lost', async () => {
    await replace('server');
    expect(await steps()).toEqual(['anchors next 2', 'broker later', 'files later', 'stop later']);
    await rotateAll('settings');
    expect(await steps()).toEqual(['anchors done', 'broker next', 'files later', 'stop later']);
    await renewCertificates(trust, 'porch', { renewals: [{ owner: 'broker:device', key: 'p256' }] }, options);
    expect(await steps()).toEqual(['anchors done', 'broker done', 'files next', 'stop later']);
    await newFiles();
    expect(await steps()).toEqual(['anchors done', 'broker done', 'files done', 'stop next']);
    await stopTrusting(site.env, 'porch', 'server');
    await newFiles();
    expect(await steps()).toEqual([]);
  }, 120_000);

  it('for the devices: the broker trusts both, each device is renewed, then the old one goes', async () => {
    await replace('client');
    expect(await steps()).toEqual(['files next', 'devices later 2', 'stop later']);
    await newFiles();
    await rotateAll('renewal');
    expect(await steps()).toEqual(['files done', 'devices done', 'stop next']);
    await stopTrusting(site.env, 'porch', 'client');
    await newFiles();
  }, 120_000);
});

describe('a lost device', () => {
  /** The page may be on its way back to a broker that was started anew. */
  const isVerdict = (id: string, wanted: BrokerVerdict): Promise<void> =>
    eventually(
      `${id}: ${wanted}`,
      async () => {
        const asked = { project: await site.project(), deviceId: id };
        return (await proveRefusal(tab.live, asked, options).catch(() => null)) === wanted;
      },
      // The page waits up to a minute between two tries.
      90_000,
    );

  it('is let in by the broker until that has its new files, then kept out, and the page can prove it', async () => {
    await loseDevice(site.env, 'porch', 'desk-1');
    const project = await site.project();
    const revoked = project.revocations.map(({ serialNumberHex }) => serialNumberHex);
    expect(revoked).toHaveLength(1);
    await isVerdict('desk-1', 'allowed');
    await site.startBroker();
    // Not to wait for the boards' own patience, which has grown with every start of the broker.
    for (const board of boards.values()) board.type('reset');
    await allOnline(['porch-1']);
    await isVerdict('desk-1', 'refused');
    await isVerdict('porch-1', 'allowed');
    const lost = boards.get('desk-1') as HostProgram;
    const refusal = await Promise.any([bootLine(lost, 'tls', 'fail'), bootLine(lost, 'mqtt', 'fail')]);
    expect(refusal.fields).toMatchObject({ e: '407' });
  }, 240_000);
});
