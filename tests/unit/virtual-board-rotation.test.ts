/**
 * A rotation as a person will see it: the firmware's core on the virtual board makes a key, gets a certificate and sealed
 * settings through the in-page broker, writes them into its LittleFS, restarts into them, and is kept or goes back.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { newKeySeed, slotParts } from '../../src/contract/rotation.ts';
import { slotGeneration, type SlotContents } from '../../src/contract/slot-files.ts';
import { deviceTopic } from '../../src/contract/topics.ts';
import { readImage } from '../../src/littlefs/reader.ts';
import { certificateParts } from '../../src/pki/certificate-fields.ts';
import { certify, deviceRequest } from '../../src/pki/issuing.ts';
import { issuerFrom } from '../../src/pki/issuer.ts';
import { importSigningKey } from '../../src/pki/key-pair.ts';
import { readRequest } from '../../src/pki/request.ts';
import type { CommandName } from '../../src/contract/envelope.ts';
import { concatBytes, fromBase64, fromUtf8, utf8, type Bytes } from '../../src/shared/bytes.ts';
import type { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import type { CommandState } from '../../src/workflows/command-state.ts';
import { makeDeviceSlot, type DeviceSlot } from '../../src/workflows/device-image.ts';
import { openLive, type LiveSession } from '../../src/workflows/open-live.ts';
import { openSecret } from '../../src/workflows/open-secret.ts';
import { commandKeysOf, sendCommand } from '../../src/workflows/send-command.ts';
import { clock, layout, linkTo, plugIn, stopBoards, until, write } from './journey-kit.ts';
import { newBench, type Bench } from './live-kit.ts';

const id = 'porch-1';
let live: LiveSession | null = null;

afterEach(async () => {
  await live?.close();
  live = null;
  stopBoards();
});

interface Running {
  readonly bench: Bench;
  readonly board: VirtualBoard;
  readonly live: LiveSession;
  readonly made: DeviceSlot;
}

async function start(): Promise<Running> {
  const bench = await newBench();
  const { board } = plugIn(bench);
  await write(bench, await linkTo(board));
  live = await openLive(bench.env, bench.project);
  const running = { bench, board, live, made: await slotOf(bench) };
  await until(() => bootOf(running) !== null);
  return running;
}

const slotOf = (bench: Bench): Promise<DeviceSlot> => {
  const [device] = bench.project.devices;
  if (!device) throw new Error('no device');
  return makeDeviceSlot(bench.env, bench.project, device);
};

const bootOf = ({ live: session }: Running): string | null => {
  const device = session.devices.get(id);
  return device?.presence.kind === 'online' ? device.bootNonce : null;
};

async function give(
  running: Running,
  name: CommandName,
  args: Record<string, string | number>,
): Promise<CommandState> {
  const { bench, live: session } = running;
  const env = { clock, live: session, withCommandKey: commandKeysOf(bench.env, bench.project) };
  return sendCommand(env, bench.project, id, { name, arguments: args });
}

async function done(
  running: Running,
  name: CommandName,
  args: Record<string, string | number>,
): Promise<Readonly<Record<string, unknown>>> {
  const state = await give(running, name, args);
  if (state.kind !== 'done') throw new Error(`${name}: ${JSON.stringify(state)}`);
  return state.reply.d ?? {};
}

/** The request for the key that was just made on the board, its signature checked. */
async function fetchRequest(running: Running): Promise<Bytes> {
  const { of } = (await done(running, 'key.new', { seed: newKeySeed() })) as { of: number };
  const parts: Bytes[] = [];
  for (let i = 0; i < of; i++) {
    const { b64 } = (await done(running, 'key.csr', { i })) as { b64: string };
    parts.push(fromBase64(b64));
  }
  const request = await readRequest(concatBytes(parts), crypto);
  return request.publicKeyInfo;
}

async function certificateFor({ bench }: Running, publicKeyInfo: Bytes): Promise<Bytes> {
  const { env, project } = bench;
  const authority = project.authorities.client;
  const pkcs8 = await openSecret(env, project.id, authority.keyRecord);
  const issuer = await issuerFrom(authority.certificate.der, await importSigningKey(pkcs8, crypto), crypto);
  const context = { nowMs: clock.nowMs(), crypto };
  return certify(context, issuer, { ...deviceRequest(project.id, id), pair: { publicKeyInfo } });
}

async function put(running: Running, f: 'crt' | 'cfg', content: Bytes): Promise<void> {
  const { bench, made } = running;
  const target = { topic: deviceTopic(bench.project.id, id, 'cmd'), commandKey: made.appKey };
  for (const part of await slotParts(f, content, target)) await done(running, 'slot.put', { ...part });
}

/** New key, certificate and settings, tried; resolves when the board has started again with them. */
async function tryNew(running: Running): Promise<{ generation: string; slot: SlotContents }> {
  const before = bootOf(running);
  const crt = await certificateFor(running, await fetchRequest(running));
  const settings = JSON.parse(fromUtf8(running.made.slot.cfg)) as Record<string, unknown>;
  const cfg = utf8(JSON.stringify({ ...settings, ha: 'homeassistant' }));
  await put(running, 'crt', crt);
  await put(running, 'cfg', cfg);
  const slot = { ...running.made.slot, crt, cfg };
  const generation = await slotGeneration(slot, running.made.appKey);
  await done(running, 'slot.try', { gen: generation, wait_s: 30 });
  await until(() => bootOf(running) !== null && bootOf(running) !== before);
  return { generation, slot };
}

const fileOn = ({ board }: Running, path: string): Uint8Array | null => {
  const tree = readImage(board.flash.read(layout.fsOffset, layout.fsSizeBytes), layout);
  const entry = tree.entries.find((one) => one.path === path);
  return entry?.kind === 'file' ? entry.read() : null;
};
const selection = (running: Running): string => fromUtf8(fileOn(running, '/sel') ?? new Uint8Array(0));

async function restart(running: Running): Promise<void> {
  const before = bootOf(running);
  await running.board.pressReset();
  await until(() => bootOf(running) !== null && bootOf(running) !== before);
}

describe('a rotation on the virtual board', () => {
  it('is kept: key, certificate and settings are the new ones, also after a restart', async () => {
    const running = await start();
    const oldKey = fileOn(running, '/a.key');
    const { generation, slot } = await tryNew(running);
    expect(selection(running)).toBe('1 a b 2 30\n');
    await done(running, 'slot.keep', { gen: generation });
    expect(selection(running)).toBe('1 b - 0\n');
    await restart(running);
    expect(selection(running)).toBe('1 b - 0\n');
    expect(fileOn(running, '/b.crt')).toEqual(slot.crt);
    expect(fileOn(running, '/b.cfg')).toEqual(slot.cfg);
    const key = fileOn(running, '/b.key') ?? new Uint8Array(0);
    const { publicKeyInfo } = certificateParts(slot.crt);
    expect(Buffer.from(key).includes(Buffer.from(publicKeyInfo.subarray(-65)))).toBe(true);
    expect(fileOn(running, '/a.key')).toEqual(oldKey);
    expect(await give(running, 'display', { text: 'still here' })).toMatchObject({ kind: 'done' });
  }, 60_000);

  it('goes back to the old ones when nobody keeps it, start after start', async () => {
    const running = await start();
    const { generation } = await tryNew(running);
    await restart(running);
    await restart(running);
    expect(selection(running)).toBe('1 a b 0 30\n');
    await restart(running);
    expect(selection(running)).toBe('1 a - 0\n');
    expect(await give(running, 'slot.keep', { gen: generation })).toMatchObject({
      kind: 'refused',
      code: 702,
    });
    expect(await give(running, 'display', { text: 'as before' })).toMatchObject({ kind: 'done' });
  }, 60_000);
});
