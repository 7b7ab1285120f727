/** Node-RED's command key reaches a running device without USB, sealed, with the settings that the page sends over MQTT. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PageKeyMaker } from '../../src/platform/keys/page-key-maker.ts';
import { toHex } from '../../src/shared/bytes.ts';
import { nodeRedGaps, nodeRedKeyOf, setUpNodeRed } from '../../src/workflows/node-red-keys.ts';
import { openSecret } from '../../src/workflows/open-secret.ts';
import { beginRotations } from '../../src/workflows/rotation/begin-rotations.ts';
import type { HostProgram } from './firmware-host-bench.ts';
import { eventually, onBoard, RotationSite } from './rotation-site.ts';

const site = new RotationSite();
let board: HostProgram;

beforeAll(async () => {
  await site.start();
  board = await site.boot(await site.credentials('porch-1'));
  const env = { ...site.env, keyMaker: () => Promise.resolve(new PageKeyMaker()) };
  await setUpNodeRed(env, 'porch', ['led'], { signal: new AbortController().signal, timeoutMs: 60_000 });
  const tab = await site.openTab();
  await eventually('the device is online', () => tab.live.devices.get('porch-1')?.presence.kind === 'online');
}, 60_000);
afterAll(() => site.stop());

it('a device takes the key with settings sent over MQTT, and nobody at the broker sees it', async () => {
  expect(nodeRedGaps(await site.project()).unwritten).toEqual(['porch-1']);
  await beginRotations(site.env, 'porch', { deviceIds: ['porch-1'], kind: 'settings', old: 'runs-out' });
  await eventually('the device keeps them', async () => (await site.rotation('porch-1'))?.state === 'kept');
  const key = await openSecret(
    site.env,
    'porch',
    nodeRedKeyOf(await site.device('porch-1'))?.keyRecord ?? '',
  );
  expect(onBoard(board, 'b.mac').toString()).toMatch(
    new RegExp(`^app .* \\*\\nnodered ${toHex(key)} led\\n$`),
  );
  expect(nodeRedGaps(await site.project()).unwritten).toEqual([]);
  const heard = Buffer.concat(site.heard.map(({ payload }) => payload)).toString('latin1');
  expect(heard).not.toContain(toHex(key));
}, 60_000);
