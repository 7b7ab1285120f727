/**
 * Rotations as the page runs them: its own workflow over WSS, real Mosquitto with the page's bundle, boards of the firmware
 * on Linux. From the old certificates to new ones, revoked ones refused, and nothing secret at the broker.
 */
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPem } from '../../src/pki/pem.ts';
import type { SlotContents } from '../../src/contract/slot-files.ts';
import { beginRotations } from '../../src/workflows/rotation/begin-rotations.ts';
import type { HostProgram } from './firmware-host-bench.ts';
import { bootLine } from './firmware-host-world.ts';
import { eventually, onBoard, RotationSite, wifiCanary, type Tab } from './rotation-site.ts';

const site = new RotationSite();
const ids = ['porch-1', 'desk-1', 'desk-2', 'desk-3'];
const before = new Map<string, SlotContents>();
const boards = new Map<string, HostProgram>();
let tab: Tab;

beforeAll(async () => {
  await site.start('desk-1', 'desk-2', 'desk-3');
  for (const id of ids) before.set(id, await site.credentials(id));
  for (const id of ids.slice(0, 3)) boards.set(id, await site.boot(before.get(id) as SlotContents));
  tab = await site.openTab();
  await eventually('three devices are online', () =>
    ids.slice(0, 3).every((id) => tab.live.devices.get(id)?.presence.kind === 'online'),
  );
  // The firmware may have to be built first.
}, 240_000);
afterAll(() => site.stop());

const stateOf = async (id: string): Promise<string | undefined> => (await site.rotation(id))?.state;
const isOver = async (id: string): Promise<boolean> => (await stateOf(id)) === 'old-revoked';

describe('four devices renewed over MQTT, one of them offline', () => {
  it('goes through every step with those that are there, and waits for the one that is not', async () => {
    expect(
      await beginRotations(site.env, 'porch', { deviceIds: ids, kind: 'renewal', old: 'revoke' }),
    ).toEqual(ids);
    for (const id of ids.slice(0, 3)) await eventually(`${id} is over`, () => isOver(id));
    expect((await site.rotation('porch-1'))?.steps.map(({ state }) => state)).toEqual([
      'requested',
      'csr-received',
      'issued',
      'delivered',
      'trying',
      'kept',
      'old-revoked',
    ]);
    expect(await stateOf('desk-3')).toBe('requested');
    expect(tab.activities.get('desk-3')).toEqual({ kind: 'waiting', for: 'device' });
  }, 60_000);

  it('made the new keys on the boards: certificate and key belong together, and the page has none of them', async () => {
    for (const id of ids.slice(0, 3)) {
      const { credential, credentialState, generation } = await site.device(id);
      expect({ credentialState, key: credential.keyRecord }).toEqual({
        credentialState: 'in-use',
        key: null,
      });
      expect(tab.live.devices.get(id)?.status).toMatchObject({ slot: 'b', onTrial: false, generation });
      const board = boards.get(id) as HostProgram;
      expect(onBoard(board, 'sel').toString()).toBe('1 b - 0\n');
      const crt = new X509Certificate(credential.certificate.der);
      const point = crt.publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
      expect(onBoard(board, 'b.key').subarray(-65)).toEqual(point);
      expect(onBoard(board, 'b.crt').equals(credential.certificate.der)).toBe(true);
      const { authorities } = await site.project();
      const authority = new X509Certificate(toPem('CERTIFICATE', authorities.client.certificate.der));
      expect(crt.verify(authority.publicKey)).toBe(true);
    }
  });

  it('left no key, command key or Wi-Fi password at the broker, in any spelling', () => {
    const secrets = ids.slice(0, 3).flatMap((id) => {
      const board = boards.get(id) as HostProgram;
      const commandKey = onBoard(board, 'b.mac').toString().split(' ')[1] ?? '';
      expect(commandKey).toMatch(/^[0-9a-f]{64}$/);
      const keys = [Buffer.from(before.get(id)?.key ?? []), onBoard(board, 'b.key')];
      const scalars = keys.map((key) => key.subarray(7, 39));
      return [...scalars, Buffer.from(commandKey, 'hex')].flatMap((raw) => [
        raw,
        raw.toString('hex'),
        raw.toString('base64').slice(0, 40),
      ]);
    });
    const all = Buffer.concat(site.heard.map(({ payload }) => payload));
    expect(site.heard.some(({ topic }) => topic.endsWith('/cmd'))).toBe(true);
    for (const secret of [...secrets, wifiCanary, Buffer.from(wifiCanary).toString('base64').slice(0, 20)])
      expect(all.includes(secret)).toBe(false);
    // What the broker forwards of the configuration is sealed: no field of it stands anywhere.
    expect(all.includes('Gartenzaun')).toBe(false);
  });

  it('keeps the old certificates out and the new ones in once the broker has its new files', async () => {
    await site.startBroker();
    await eventually('they are back', async () => {
      const devices = await Promise.all(ids.slice(0, 3).map((id) => site.device(id)));
      return devices.every(({ id, generation }) => {
        const seen = tab.live.devices.get(id);
        return seen?.presence.kind === 'online' && seen.status?.generation === generation;
      });
    });
    for (const id of ids.slice(0, 3)) {
      const thief = await site.boot(before.get(id) as SlotContents);
      const refusal = await bootLine(thief, 'tls', 'fail').catch(() => bootLine(thief, 'mqtt', 'fail'));
      expect(refusal.fields).toMatchObject({ e: '407' });
      await thief.kill();
    }
  }, 60_000);

  it('goes on with the one that was offline as soon as it comes', async () => {
    boards.set('desk-3', await site.boot(before.get('desk-3') as SlotContents));
    await eventually('desk-3 is over', () => isOver('desk-3'));
    expect(tab.live.devices.get('desk-3')?.status?.slot).toBe('b');
  }, 40_000);
});
