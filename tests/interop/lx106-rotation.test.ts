/** A whole rotation on the chip's instruction set, on a heap as small as the chip's and broken into holes, while connected. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseBootLine } from '../../src/contract/boot-lines.ts';
import {
  importCommandKey,
  newCommandId,
  openReply,
  sealCommand,
  type CommandBody,
  type ReplyBody,
} from '../../src/contract/envelope.ts';
import { newKeySeed, slotParts, type RotatedFile } from '../../src/contract/rotation.ts';
import { slotGeneration } from '../../src/contract/slot-files.ts';
import { fromBase64, utf8, type Bytes } from '../../src/shared/bytes.ts';
import { commandKey } from '../contract/fixture.ts';
import { removeFolder, temporaryFolder } from './firmware-host-bench.ts';
import { buildLx106 } from './lx106-home.ts';
import { engineStackBytes, Lx106Device, slotOf, startSite, type Site } from './lx106-session.ts';

const base = 'signet/porch/porch-1';
const holeBytes = 512;
const folder = temporaryFolder();
let programs = '';

beforeAll(() => {
  programs = buildLx106();
});

afterAll(() => removeFolder(folder));

/** Somebody at the broker who commands the chip and turns its clock while waiting. */
class Commander {
  readonly #key = importCommandKey(commandKey('app'));
  readonly #replies: Buffer[] = [];

  readonly client: MqttClient;
  readonly device: Lx106Device;

  private constructor(client: MqttClient, device: Lx106Device) {
    this.client = client;
    this.device = device;
    client.on('message', (_, payload) => this.#replies.push(payload));
  }

  static async at(site: Site, device: Lx106Device): Promise<Commander> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${site.broker.plainPort}`);
    await client.subscribeAsync(`${base}/reply`);
    return new Commander(client, device);
  }

  get #boot(): string {
    const boots = this.device.serial.map(parseBootLine).filter((line) => line?.stage === 'boot');
    return boots.at(-1)?.fields['n'] ?? '';
  }

  async give(c: CommandBody['c'], a: CommandBody['a']): Promise<ReplyBody> {
    const { device } = this;
    const key = await this.#key;
    const body: CommandBody = { i: newCommandId(), n: this.#boot, ts: device.unixMs, ttl: 10_000, c, a };
    const envelope = await sealCommand(`${base}/cmd`, 'app', key, body);
    await this.client.publishAsync(`${base}/cmd`, Buffer.from(envelope), { qos: 1 });
    for (let steps = 0; steps < 180; steps++) {
      for (const payload of this.#replies.splice(0)) {
        const reply = await openReply(`${base}/reply`, key, new Uint8Array(payload));
        if (reply?.i === body.i) return reply;
      }
      await device.step();
    }
    throw new Error(`no reply to ${c}:\n${device.serial.slice(-5).join('\n')}`);
  }

  async request(): Promise<Buffer> {
    const made = await this.give('key.new', { seed: newKeySeed() });
    const parts: Buffer[] = [];
    for (let i = 0; i < Number(made.d?.['of']); i++) {
      const { d } = await this.give('key.csr', { i });
      parts.push(Buffer.from(fromBase64(String(d?.['b64']))));
    }
    return Buffer.concat(parts);
  }

  async put(file: RotatedFile, content: Bytes): Promise<void> {
    const target = { topic: `${base}/cmd`, commandKey: commandKey('app') };
    for (const part of await slotParts(file, content, target))
      expect(await this.give('slot.put', { ...part })).toMatchObject({ ok: 1 });
  }
}

describe('a rotation on a heap of which half is gone and no hole is larger than 512 bytes', () => {
  it('takes new credentials while connected, comes back with them, and no allocation ever fails', async () => {
    const own = path.join(folder, 'rotation');
    mkdirSync(own);
    const site = await startSite(own, 'ec');
    const device = new Lx106Device(programs, site.broker.port);
    try {
      await device.start(slotOf(site));
      await device.until(' mqtt ok');
      const commander = await Commander.at(site, device);
      const crt = new Uint8Array(site.clientAuthority.certify(await commander.request(), 'renewed'));
      const old = slotOf(site);
      const next = { ...old, crt, cfg: utf8(new TextDecoder().decode(old.cfg).padEnd(2048)) };
      for (const file of ['crt', 'ca', 'cfg', 'mac'] as const) await commander.put(file, next[file]);
      const gen = await slotGeneration(next, commandKey('app'));
      expect(await commander.give('slot.try', { gen, wait_s: 30 })).toMatchObject({ ok: 1 });

      while (device.memory.length === 0) await device.step();
      const booted = device.serial.length;
      await device.boot();
      await device.until(' mqtt ok', booted);
      expect(await commander.give('slot.keep', { gen })).toMatchObject({ ok: 1, d: { slot: 'b' } });
      await commander.client.endAsync(true);

      await device.type('reset');
      const [memory, atTheEnd] = device.memory;
      expect(atTheEnd).toMatchObject({ failed: 0, stackBytes: memory?.stackBytes });
      expect(memory?.allocations).toBeGreaterThan(20);
      expect(memory?.freeBytes).toBeLessThan(5000);
      expect(memory?.largestBytes).toBeLessThanOrEqual(holeBytes);
      expect(memory?.stackBytes).toBeLessThan(engineStackBytes);
      // The client itself took its memory before the first connection and never again.
      expect(device.openAllocations).toBe(0);
      expect(device.links).toHaveLength(2);
      expect(device.links[1]?.heapBytes).toBe(device.links[0]?.heapBytes);
    } finally {
      device.close();
      await site.broker.stop();
    }
  });
});
