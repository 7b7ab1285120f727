/** A rotation end to end: the firmware on Linux, a real Mosquitto, certificates made by openssl, the page's own parts. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newKeySeed, slotParts, type RotatedFile } from '../../src/contract/rotation.ts';
import { slotGeneration, type SlotContents } from '../../src/contract/slot-files.ts';
import { fromBase64, type Bytes } from '../../src/shared/bytes.ts';
import { OpensslAuthority, type HostProgram } from './firmware-host-bench.ts';
import { appKey, base, bootLine, World, type Status } from './firmware-host-world.ts';

let world: World;

beforeAll(async () => {
  world = new World();
  await world.start();
});
afterAll(() => world.stop());
beforeEach(() => world.watch());
afterEach(() => world.endBoards());

async function request(boot: string): Promise<Buffer> {
  const made = await world.command(boot, 'key.new', { seed: newKeySeed() });
  expect(made).toMatchObject({ ok: 1, d: { slot: 'b' } });
  const parts: Buffer[] = [];
  for (let i = 0; i < Number(made.d?.['of']); i++) {
    const { d } = await world.command(boot, 'key.csr', { i });
    parts.push(Buffer.from(fromBase64(String(d?.['b64']))));
  }
  return Buffer.concat(parts);
}

async function put(boot: string, file: RotatedFile, content: Bytes): Promise<void> {
  const target = { topic: `${base}/cmd`, commandKey: appKey };
  for (const part of await slotParts(file, content, target))
    expect(await world.command(boot, 'slot.put', { ...part })).toMatchObject({ ok: 1 });
}

const files = (board: HostProgram, name: string): Buffer => readFileSync(path.join(board.stateFolder, name));

const online = (): Promise<Status> => world.status('online', ({ st }) => st === 'online');

/** Everything up to the restart on trial; the new slot and its generation. */
async function stage(boot: string, config = {}): Promise<{ next: SlotContents; gen: string }> {
  const csr = await request(boot);
  const crt = new Uint8Array(world.clientAuthority.certify(csr, 'renewed'));
  const next = { ...world.slot(config), crt };
  await put(boot, 'crt', next.crt);
  await put(boot, 'cfg', next.cfg);
  const gen = await slotGeneration(next, appKey);
  expect(await world.command(boot, 'slot.try', { gen, wait_s: 30 })).toMatchObject({ ok: 1 });
  return { next, gen };
}

describe('a rotation over the broker', () => {
  it('from the old certificate to a new one whose key never left the board; then the old one is refused', async () => {
    const board = await world.boot(world.slot());
    const before = await online();
    expect(before).toMatchObject({ slot: 'a', trial: 0 });
    const { next, gen } = await stage(before.n, { sensor: { type: 'dht22', pin: 4, every_s: 3 } });

    const trial = await world.status('on trial', (status) => status.trial === 1);
    expect(trial).toMatchObject({ slot: 'b', gen });
    expect(trial.n).not.toBe(before.n);
    expect(files(board, 'sel').toString()).toBe('1 a b 2 30\n');
    expect(await world.command(trial.n, 'slot.keep', { gen })).toMatchObject({ ok: 1, d: { slot: 'b' } });
    await world.status('kept', (status) => status.slot === 'b' && status.trial === 0);
    expect(files(board, 'sel').toString()).toBe('1 b - 0\n');
    expect(files(board, 'b.cfg')).toEqual(Buffer.from(next.cfg));

    // The key is new, fits the certificate, and crossed the broker in no message.
    const key = files(board, 'b.key');
    expect(key.length).toBe(121);
    const spki = new X509Certificate(next.crt).publicKey.export({ format: 'der', type: 'spki' });
    expect(key.subarray(-65)).toEqual(spki.subarray(-65));
    const secret = key.subarray(7, 39);
    const seen = Buffer.concat(world.messages.map(({ payload }) => payload));
    for (const form of [
      secret,
      secret.toString('hex'),
      secret.toString('base64').slice(0, 40),
      'correct horse',
    ])
      expect(seen.includes(form)).toBe(false);

    // The old certificate is revoked: who holds it stays outside, the board comes back by itself.
    await world.endWatch();
    await world.broker.stop();
    const revoked = world.clientAuthority.revoke(world.device);
    await world.broker.start(world.clientAuthority, world.server, { revoked });
    await world.watch(false);
    expect(await online()).toMatchObject({ slot: 'b', trial: 0, gen });
    const thief = await world.boot(world.slot());
    expect(
      (await bootLine(thief, 'tls', 'fail').catch(() => bootLine(thief, 'mqtt', 'fail'))).fields,
    ).toMatchObject({
      e: '407',
    });
    await world.broker.stop();
    await world.broker.start(world.clientAuthority, world.server);
  }, 40_000);

  it('goes back to the old certificate when the broker refuses the new one', async () => {
    const board = await world.boot(world.slot());
    const before = await online();
    const stranger = new OpensslAuthority(path.join(world.folder, 'stranger'), 'stranger', 'ec');
    const crt = new Uint8Array(stranger.certify(await request(before.n), 'renewed'));
    const gen = await slotGeneration({ ...world.slot(), crt }, appKey);
    await put(before.n, 'crt', crt);
    expect(await world.command(before.n, 'slot.try', { gen, wait_s: 30 })).toMatchObject({ ok: 1 });
    await bootLine(board, 'tls', 'fail').catch(() => bootLine(board, 'mqtt', 'fail'));
    expect(files(board, 'sel').toString()).toBe('1 a b 2 30\n');
    // Two more starts without waiting for the half minute each: by the cable.
    for (const left of [1, 0]) {
      board.type('reset');
      await expect.poll(() => files(board, 'sel').toString()).toBe(`1 a b ${left} 30\n`);
    }
    board.type('reset');
    await expect.poll(() => files(board, 'sel').toString()).toBe('1 a - 0\n');
    const back = await world.status('back', ({ st, n }) => st === 'online' && n !== before.n);
    expect(back).toMatchObject({ slot: 'a', trial: 0, gen: before.gen });
    expect((await bootLine(board, 'cfg', 'ok')).fields).toMatchObject({ slot: 'a', e: '702' });
  }, 40_000);

  it('is refused for the certificate of another key, and nothing is switched', async () => {
    const board = await world.boot(world.slot());
    const { n } = await online();
    await request(n);
    const crt = new Uint8Array(world.device.certificateDer);
    await put(n, 'crt', crt);
    const gen = await slotGeneration({ ...world.slot(), crt }, appKey);
    expect(await world.command(n, 'slot.try', { gen, wait_s: 30 })).toMatchObject({ ok: 0, e: 702 });
    expect(existsSync(path.join(board.stateFolder, 'sel'))).toBe(false);
  });
});
