/** The firmware on Linux, under sanitizers, at brokers that mean no good: over TLS that is right, and in place of it. */
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import * as mqtt from 'mqtt-packet';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  importCommandKey,
  newCommandId,
  sealCommand,
  type CommandBody,
} from '../../src/contract/envelope.ts';
import { fromUtf8 } from '../../src/shared/bytes.ts';
import { buildHost, until, type Files } from './firmware-host-bench.ts';
import { connack, dial } from './firmware-host-dial.ts';
import { appKey, base, bootLines, World } from './firmware-host-world.ts';

let world: World;
let closers: (() => void)[] = [];

beforeAll(async () => {
  world = new World();
  await world.start();
});
afterAll(() => world.stop());
afterEach(async () => {
  await world.endBoards();
  closers.forEach((close) => close());
  closers = [];
});

let seed = 20261125;
/** Below `limit`; the same each run. */
function random(limit: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed % limit;
}
const noise = (most: number): Buffer =>
  Buffer.from(Array.from({ length: random(most) + 1 }, () => random(256)));

/** A broker with the real one's key; `onPacket` is asked what to do, the login is answered here. */
async function startBroker(onReady: (send: (bytes: Buffer) => void) => void): Promise<Broker> {
  const broker: Broker = { port: 0, logins: 0, packets: [] };
  const options = {
    cert: readFileSync(world.server.certificatePath),
    key: readFileSync(world.server.keyPath),
    maxVersion: 'TLSv1.2' as const,
  };
  const server = createTlsServer(options, (socket: TLSSocket) => {
    const parser = mqtt.parser();
    socket.on('error', () => undefined).on('data', (bytes: Buffer) => parser.parse(bytes));
    parser.on('packet', (packet: mqtt.Packet) => {
      broker.packets.push(packet);
      if (packet.cmd === 'connect') {
        broker.logins++;
        socket.write(mqtt.generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
      }
      if (packet.cmd === 'pingreq') socket.write(mqtt.generate({ cmd: 'pingresp' }));
      if (packet.cmd !== 'subscribe') return;
      socket.write(mqtt.generate({ cmd: 'suback', messageId: packet.messageId ?? 1, granted: [1] }));
      onReady((bytes) => socket.write(bytes));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  broker.port = (server.address() as AddressInfo).port;
  return broker;
}

interface Broker {
  port: number;
  logins: number;
  readonly packets: mqtt.Packet[];
}

const configAt = (port: number): Parameters<World['slot']>[0] => ({
  mqtt: { host: 'pi.local', port, keep_s: 30 },
  relay: { pin: 5, low: false, pulse_ms: 100 },
});

const publish = (topic: string, payload: Buffer | string, retain = false): Buffer =>
  mqtt.generate({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain, messageId: 1 + random(60000) });

async function sealed(boot: string, c: CommandBody['c'], a: CommandBody['a']): Promise<string> {
  const body: CommandBody = { i: newCommandId(), n: boot, ts: Date.now(), ttl: 10_000, c, a };
  return fromUtf8(await sealCommand(`${base}/cmd`, 'app', await importCommandKey(appKey), body));
}

/** What MQTT allows and nobody sane sends; none of it ends the connection. */
function malformed(genuine: string): Buffer {
  const flipped = Buffer.from(genuine);
  const at = random(flipped.length);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << random(8));
  const kinds = [
    (): Buffer => publish(`${base}/cmd`, noise(600)),
    (): Buffer => publish(`${base}/cmd`, flipped),
    (): Buffer => publish(`${base}/cmd`, flipped.subarray(0, at)),
    (): Buffer => publish(`${base}/cmd`, `c1.app.${'0'.repeat(64)}.${genuine.slice(72)}`),
    (): Buffer => publish(`${base}/cmd`, Buffer.alloc(2049 + random(3000), 0x7b)),
    (): Buffer => publish(`${base}/cmd`, genuine, true),
    (): Buffer => publish('t'.repeat(300), genuine),
    (): Buffer => publish(`${base}/cmd`, ''),
    (): Buffer => Buffer.from('d000', 'hex'),
    (): Buffer => Buffer.from([0x40, 2, random(256), random(256)]),
  ];
  return kinds[random(kinds.length)]?.() ?? Buffer.alloc(0);
}

describe('a broker with the right key that means no good', () => {
  it('sends 10,000 malformed, forged and retained messages: nothing moves, readings go on, a good command is obeyed', async () => {
    const ready: ((bytes: Buffer) => void)[] = [];
    const broker = await startBroker((write) => ready.push(write));
    const board = await world.boot(world.slot(configAt(broker.port)));
    await until('it is online', () => bootLines(board, 'mqtt', 'ok').length === 1);
    const [send] = ready;
    const boot = bootLines(board, 'boot', 'ok')[0]?.fields['n'] ?? '';
    const genuine = await sealed(boot, 'relay', {});
    for (let i = 0; i < 10_000; i++) send?.(malformed(genuine));
    send?.(publish(`${base}/cmd`, await sealed(boot, 'led', { on: 1 })));
    await expect
      .poll(() => board.events().includes('pin 2 0'), { timeout: 50_000, interval: 100 })
      .toBe(true);
    expect(board.events().filter((event) => event.startsWith('pin 5'))).toEqual(['pin 5 0']);
    expect(broker.logins).toBe(1);
    const readings = (): number =>
      broker.packets.filter((packet) => packet.cmd === 'publish' && packet.topic === `${base}/tele`).length;
    const before = readings();
    await until('another reading', () => readings() > before);
  }, 60_000);

  it('breaks the protocol: the connection is given up and tried again, and that is said', async () => {
    const broken = ['30ffffffff01', '340700026162000163'].map((hex) => Buffer.from(hex, 'hex'));
    const broker = await startBroker((send) => {
      const next = broken.shift();
      if (next) send(next);
    });
    const board = await world.boot(world.slot(configAt(broker.port)));
    await expect.poll(() => broker.logins, { timeout: 45_000, interval: 100 }).toBe(3);
    await until('the last is kept', () => bootLines(board, 'mqtt', 'ok').length >= 1);
    const codes = bootLines(board, 'mqtt', 'fail').map(
      ({ fields }) => `${fields['e'] ?? ''} ${fields['raw'] ?? ''}`,
    );
    expect(codes).toEqual(['504 1', '504 1']);
  }, 60_000);
});

describe('somebody between device and broker', () => {
  const files = (): Files => ({
    'a.ca': world.serverAuthority.certificateDer,
    'a.crt': world.device.certificateDer,
    'a.key': world.device.keyDer,
  });
  const unixTime = Math.floor(Date.now() / 1000) + 60;

  async function through(change: (bytes: Buffer, from: number) => Buffer): Promise<number> {
    const server = createServer((near: Socket) => {
      const far = connect(world.broker.port, '127.0.0.1');
      let passed = 0;
      near.on('error', () => far.destroy()).on('close', () => far.destroy());
      far.on('error', () => near.destroy()).on('close', () => near.destroy());
      near.on('data', (bytes) => far.write(bytes));
      far.on('data', (bytes) => {
        near.write(change(bytes, passed));
        passed += bytes.length;
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }

  it('flips any bit on the way from the broker: no answer is believed, and nothing else happens', async () => {
    const program = buildHost('driver');
    let sent = 0;
    const whole = await through((bytes) => {
      sent += bytes.length;
      return bytes;
    });
    const good = await dial(program, world.folder, { port: whole, unixTime, files: files() });
    expect(good.lines).toContain(connack);
    for (let round = 0; round < 60; round++) {
      // Behind the answer comes at most the goodbye.
      const at = random(sent - 60);
      const bit = 1 << random(8);
      const port = await through((bytes, from) => {
        const changed = Buffer.from(bytes);
        if (at >= from && at < from + bytes.length) changed[at - from] = (changed[at - from] ?? 0) ^ bit;
        return changed;
      });
      const { lines, exitCode } = await dial(program, world.folder, { port, unixTime, files: files() });
      expect(lines, `bit ${bit} of byte ${at}`).not.toContain(connack);
      expect(exitCode, lines.join('\n')).toBeLessThanOrEqual(1);
    }
  }, 60_000);

  it('answers with noise: it never opens, and nothing else happens', async () => {
    const program = buildHost('driver');
    for (let round = 0; round < 30; round++) {
      const record = Buffer.concat([Buffer.from([0x16, 3, 3, 0, random(256)]), noise(400)]);
      const port = await through(() => (round % 2 === 0 ? record : noise(2000)));
      const { lines, exitCode } = await dial(program, world.folder, { port, unixTime, files: files() });
      expect(lines[0]).toMatch(/^failed 40[0-9] /);
      expect(exitCode, lines.join('\n')).toBeLessThanOrEqual(1);
    }
  }, 60_000);

  it('damaged the files on the board: a code, or a connection that is as good as ever', async () => {
    const program = buildHost('driver');
    for (let round = 0; round < 60; round++) {
      const whole = files();
      const name = ['a.ca', 'a.crt', 'a.key'][round % 3] ?? '';
      const bytes = Buffer.from(whole[name] ?? '');
      const at = random(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      const damaged = { ...whole, [name]: round % 2 === 0 ? bytes : bytes.subarray(0, at) };
      const { lines, exitCode } = await dial(program, world.folder, {
        port: world.broker.port,
        unixTime,
        files: damaged,
      });
      expect(lines[0], `${name} at ${at}`).toMatch(/^(failed 40[0-9] |open )/);
      expect(exitCode, lines.join('\n')).toBeLessThanOrEqual(1);
    }
  }, 60_000);
});
