/**
 * The whole way in one process: a project, its board written through the real esptool-js, the firmware's own core booting
 * what was written, readings over the cable and through the in-page broker, a signed command. What the demo is made of.
 */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { Sighting } from '../../src/commissioning/sighting.ts';
import { readImage } from '../../src/littlefs/reader.ts';
import { FetchedFirmwareImages } from '../../src/platform/files/fetched-firmware-images.ts';
import { flashDevice } from '../../src/workflows/flash-device.ts';
import { followConsole } from '../../src/workflows/follow-console.ts';
import { openLive } from '../../src/workflows/open-live.ts';
import { commandKeysOf, sendCommand } from '../../src/workflows/send-command.ts';
import {
  clock,
  committed,
  flashEnvironment,
  layout,
  linkTo,
  options,
  plugIn,
  stopBoards,
  until,
  write,
} from './journey-kit.ts';
import { newBench } from './live-kit.ts';

afterEach(stopBoards);

describe('the journey', () => {
  it('goes from a project to a reading over the cable, live readings and an answered command', async () => {
    const bench = await newBench();
    const { board, outputs } = plugIn(bench);
    const link = await linkTo(board);
    expect(await write(bench, link)).toContain('ready');

    const sightings: Sighting[] = [];
    const lines: string[] = [];
    const follower = await followConsole(bench.env, link, {
      baudRate: 115_200,
      onLine: (line) => lines.push(line.text),
      onSighting: (sighting) => sightings.push(sighting),
    });
    const saw = (stage: string): Sighting | undefined =>
      sightings.find((sighting) => sighting.stage === stage && sighting.state === 'ok');
    await until(() => saw('read') !== undefined && saw('mqtt') !== undefined);
    expect(saw('read')?.fields).toMatchObject({ temperature: '23.4', humidity: '41.0' });
    expect(saw('tls')?.fields['sim']).toBe('1');
    expect(lines.join('\n')).not.toContain('wlan-canary-7431');

    const live = await openLive(bench.env, bench.project);
    await until(() => live.devices.get('porch-1')?.presence.kind === 'online');
    expect(live.devices.get('porch-1')?.bootNonce).toBe(saw('boot')?.bootNonce);
    const state = await sendCommand(
      { clock, live, withCommandKey: commandKeysOf(bench.env, bench.project) },
      bench.project,
      'porch-1',
      { name: 'display', arguments: { text: 'Hello porch' } },
    );
    expect(state).toMatchObject({ kind: 'done' });
    expect(outputs).toContainEqual({ kind: 'display', text: 'Hello porch' });

    await follower.stop();
    await live.close();
  });

  it('writes the same image again without touching the board, and records what was written', async () => {
    const bench = await newBench();
    const { board } = plugIn(bench);
    const link = await linkTo(board);
    await write(bench, link);
    board.resetModelled();
    await write(bench, link);
    expect(board.modelled.sectorsErased).toBe(0);
    const { value } = await bench.env.store.load(bench.project.id);
    expect(value.devices[0]).toMatchObject({ credentialState: 'written', layout: '4m2m' });
    expect(value.devices[0]?.generation).toMatch(/^[0-9a-f]{8}$/);
  });

  it('learns boot, files and settings from a board that started long before the console opened', async () => {
    const bench = await newBench();
    const { board } = plugIn(bench);
    const link = await linkTo(board);
    await write(bench, link);
    // Nobody listens while the board starts: it goes online unseen.
    const live = await openLive(bench.env, bench.project);
    await until(() => live.devices.get('porch-1')?.presence.kind === 'online');

    const sightings: Sighting[] = [];
    const follower = await followConsole(bench.env, link, {
      baudRate: 115_200,
      onLine: () => undefined,
      onSighting: (sighting) => sightings.push(sighting),
    });
    // A line of a later stage comes first, as from any board that is at work.
    await follower.send('read');
    const ofThisStart = (stage: string): Sighting | undefined =>
      sightings.find((one) => one.stage === stage && one.state === 'ok' && one.bootNonce !== null);
    await until(() => ['boot', 'fs', 'cfg', 'wifi', 'mqtt'].every((stage) => ofThisStart(stage)));
    expect(ofThisStart('boot')?.bootNonce).toBe(live.devices.get('porch-1')?.bootNonce);
    expect(ofThisStart('cfg')).toMatchObject({ deviceId: 'porch-1', fields: { project: bench.project.id } });
    await follower.stop();
    await live.close();
  });

  it('leaves the program alone when only the settings are written', async () => {
    const bench = await newBench();
    const { board } = plugIn(bench);
    const before = createHash('sha256').update(board.flash.read(0, layout.fsOffset)).digest('hex');
    await write(bench, await linkTo(board), 'keep');
    expect(createHash('sha256').update(board.flash.read(0, layout.fsOffset)).digest('hex')).toBe(before);
    const tree = readImage(board.flash.read(layout.fsOffset, layout.fsSizeBytes), layout);
    expect(tree.entries.map((entry) => entry.path).sort()).toEqual([
      '/a.ca',
      '/a.cfg',
      '/a.crt',
      '/a.key',
      '/a.mac',
      '/a.ok',
      '/clk',
      '/sel',
    ]);
  });

  it('refuses a virtual image on a port of real hardware before a byte is sent', async () => {
    const bench = await newBench();
    const { board } = plugIn(bench, { usb: { vendorId: 0x1a86, productId: 0x7523 } });
    const link = await linkTo(board);
    const virtualImage = { kind: 'own' as const, bytes: new Uint8Array(await committed('virtual-4m2m.bin')) };
    const job = {
      projectId: bench.project.id,
      deviceId: 'porch-1',
      link,
      layout,
      firmware: virtualImage,
      onState: () => undefined,
    };
    await expect(flashDevice(flashEnvironment(bench), job, options)).rejects.toMatchObject({
      code: 'flash.virtual-image',
    });
    await expect(
      flashDevice(flashEnvironment(bench), { ...job, firmware: { kind: 'published' } }, options),
    ).rejects.toMatchObject({ code: 'firmware.none-published' });
    expect(board.modelled.sectorsErased).toBe(0);
  });
});

describe('published firmware images', () => {
  it('are refused when their bytes are not those of the manifest', async () => {
    const served = new Map<string, BodyInit>([
      [
        '/manifest.json',
        JSON.stringify({
          v: 1,
          version: '1',
          images: [{ file: 'a.bin', kind: 'chip', layout: '4m2m', offset: 0, sizeBytes: 3, sha256: '00' }],
        }),
      ],
      ['/a.bin', new Uint8Array([1, 2, 3])],
    ]);
    const images = new FetchedFirmwareImages(new URL('https://page.example/'), (url) =>
      Promise.resolve(
        new Response(served.get(new URL(url).pathname) ?? null, {
          status: served.has(new URL(url).pathname) ? 200 : 404,
        }),
      ),
    );
    const {
      images: [entry],
    } = await images.manifest();
    if (!entry) throw new Error('no entry');
    await expect(images.load(entry)).rejects.toMatchObject({ code: 'firmware.damaged' });
    await expect(images.load({ ...entry, file: 'b.bin' })).rejects.toMatchObject({
      code: 'firmware.not-reachable',
    });
    served.set('/manifest.json', '{"v":2}');
    await expect(images.manifest()).rejects.toMatchObject({ code: 'firmware.manifest' });
  });
});
