/** Mutual TLS on the chip's instruction set: BearSSL as the firmware uses it, against a real Mosquitto. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  OpensslAuthority,
  removeFolder,
  temporaryFolder,
  type DeviceBroker,
  type KeyKind,
} from './firmware-host-bench.ts';
import { buildLx106, linesOf } from './lx106-home.ts';
import { engineStackBytes, Lx106Device, slotOf, startSite, type Site } from './lx106-session.ts';

const folder = temporaryFolder();
const running: (DeviceBroker | Lx106Device)[] = [];
let programs = '';

const newFolder = (name: string): string => {
  const made = path.join(folder, name);
  mkdirSync(made);
  return made;
};

async function open(name: string, kind: KeyKind): Promise<{ site: Site; device: Lx106Device }> {
  const site = await startSite(newFolder(name), kind);
  const device = new Lx106Device(programs, site.broker.port);
  running.push(site.broker, device);
  return { site, device };
}

/** The first message on `topic` that reaches somebody else at the broker. */
function firstMessage(port: number, topic: string): Promise<string> {
  const listener = spawn('mosquitto_sub', ['-p', String(port), '-t', topic, '-C', '1', '-W', '30']);
  return new Promise((resolve) => {
    let text = '';
    listener.stdout.on('data', (part: Buffer) => (text += part.toString()));
    listener.once('close', () => resolve(text.trim()));
  });
}

/** What takes no key to say: the session of that ClientHello again, then an encrypted record of 16 KB. */
function fullSizeAnswer(hello: Buffer): Buffer {
  const session = hello.subarray(43, 44 + (hello[43] ?? 0));
  const chosen = Buffer.concat([Buffer.alloc(34, 3), session, Buffer.from('c02c00', 'hex')]);
  const body = Buffer.concat([Buffer.from([2, 0, 0, chosen.length]), chosen]);
  const changeAndRecord = Buffer.from('1403030001011603034018', 'hex');
  return Buffer.concat([Buffer.from([22, 3, 3, 0, body.length]), body, changeAndRecord]);
}

beforeAll(() => {
  programs = buildLx106();
});

afterEach(async () => {
  for (const each of running.splice(0)) {
    if ('stop' in each) await each.stop();
    else each.close();
  }
});

afterAll(() => removeFolder(folder));

describe('the firmware on lx106', () => {
  it.each<KeyKind>(['ec', 'rsa'])(
    'logs in at a broker with a key %s and publishes a reading',
    async (kind) => {
      const { site, device } = await open(`publish-${kind}`, kind);
      const message = firstMessage(site.broker.plainPort, 'signet/porch/porch-1/tele');
      await device.start(slotOf(site));
      expect(await device.until(' tls ok')).toMatch(/frag=512 resumed=0/);
      await device.until(' mqtt ok');
      await device.until('read ok', device.serial.length);
      expect(JSON.parse(await message)).toMatchObject({ v: 1, temperature: 21.5, humidity: 40.2 });
      expect(device.links).toMatchObject([{ isResumed: false }]);
    },
  );

  it('recognises the broker after the Wi-Fi was away, and spends little on it', async () => {
    const { site, device } = await open('again', 'ec');
    await device.start(slotOf(site));
    await device.until(' mqtt ok');
    const seen = device.serial.length;
    await device.dropWifi();
    expect(await device.until(' tls ok', seen)).toMatch(/resumed=1/);
    await device.until(' mqtt ok', seen);
    const [full, short] = device.links;
    expect(short?.isResumed).toBe(true);
    expect(device.openAllocations).toBe(0);
    expect(short?.instructions).toBeLessThan((full?.instructions ?? 0) / 20);
  });

  it('does not talk to a broker that another authority vouches for', async () => {
    const { site, device } = await open('stranger', 'ec');
    const other = new OpensslAuthority(path.join(folder, 'other'), 'another authority', 'ec');
    await device.start({ ...slotOf(site), ca: Uint8Array.from(other.certificateDer) });
    expect(await device.until(' tls fail')).toMatch(/e=404/);
    expect(device.links).toEqual([]);
  });

  it('is not kept away by somebody who resumes its session and claims full-size records', async () => {
    const { site, device } = await open('spoof', 'ec');
    const spoofer = createServer((socket) =>
      socket.on('error', () => undefined).once('data', (hello) => socket.write(fullSizeAnswer(hello))),
    );
    await new Promise<void>((resolve) => spoofer.listen(0, '127.0.0.1', resolve));
    try {
      await device.start(slotOf(site));
      await device.until(' mqtt ok');
      device.port = (spoofer.address() as AddressInfo).port;
      await device.dropWifi();
      // The chip's broken heap has no room for such records.
      expect(await device.until(' tls fail')).toMatch(/e=406/);
    } finally {
      spoofer.close();
    }
    device.port = site.broker.port;
    expect(await device.until(' tls ok', device.serial.length)).toMatch(/frag=512/);
  });

  it('keeps a handshake within the stack that the chip has for it', async () => {
    const { site, device } = await open('stack', 'rsa');
    await device.start(slotOf(site));
    await device.until(' mqtt ok');
    const [link] = device.links;
    expect(link?.stackBytes).toBeGreaterThan(2000);
    expect(link?.stackBytes).toBeLessThan(engineStackBytes);
  });
});

describe('the instruction counter', () => {
  it('counts what was executed', () => {
    const program = path.join(programs, 'primitives.elf');
    const [calibration = ''] = linesOf(program);
    const counted = Number(calibration.replace('calibration ', ''));
    expect(Math.abs(counted - 3_000_000)).toBeLessThan(500);
  });
});
