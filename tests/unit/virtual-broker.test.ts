/** The in-page broker with real clients: mqtt.js over its socket, and raw bytes as a device's firmware sends them. */
import fc from 'fast-check';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectAccess } from '../../src/virtual-broker/access.ts';
import type { ByteDuplex } from '../../src/virtual-broker/byte-duplex.ts';
import { isFilter, isTopicName, matches } from '../../src/virtual-broker/topic-filters.ts';
import { VirtualBroker } from '../../src/virtual-broker/virtual-broker.ts';

const versions = [4, 5] as const;
type Version = (typeof versions)[number];

let broker: VirtualBroker;
const clients: MqttClient[] = [];

beforeEach(() => {
  broker = new VirtualBroker();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
});

function start(version: Version, options: IClientOptions = {}): MqttClient {
  const client = mqtt.connect('ws://in-page/mqtt', {
    createWebsocket: () => broker.openSocket(),
    forceNativeWebSocket: true,
    protocolVersion: version,
    reconnectPeriod: 0,
    timerVariant: 'native',
    ...options,
  });
  clients.push(client);
  return client;
}

function open(version: Version, options: IClientOptions = {}): Promise<MqttClient> {
  const client = start(version, options);
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve(client));
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed')));
  });
}

interface Seen {
  readonly topic: string;
  readonly text: string;
  readonly qos: number;
  readonly retain: boolean;
}

/** Everything up to and with the message on topic `last`. */
function seenUntil(client: MqttClient, last: string): Promise<Seen[]> {
  return new Promise((resolve) => {
    const seen: Seen[] = [];
    client.on('message', (topic, payload, packet) => {
      seen.push({ topic, text: payload.toString(), qos: packet.qos, retain: packet.retain });
      if (topic === last) resolve(seen);
    });
  });
}

const closed = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => client.once('close', () => resolve()));

describe.each(versions)('mqtt.js with protocol version %i', (version) => {
  it.each([0, 1, 2] as const)('publishes with QoS %i and receives with at most QoS 1', async (qos) => {
    const client = await open(version);
    await client.subscribeAsync('a/+/c', { qos: 2 });
    const seen = seenUntil(client, 'a/b/c');
    await client.publishAsync('a/b/d', 'no', { qos });
    await client.publishAsync('a/b/c', 'grüße', { qos });
    expect(await seen).toEqual([{ topic: 'a/b/c', text: 'grüße', qos: Math.min(qos, 1), retain: false }]);
  });

  it('delivers between clients with the lower of both QoS', async () => {
    const [publisher, subscriber] = await Promise.all([open(version), open(version)]);
    await subscriber.subscribeAsync('#', { qos: 0 });
    const seen = seenUntil(subscriber, 'x');
    await publisher.publishAsync('x', '1', { qos: 1 });
    expect(await seen).toEqual([{ topic: 'x', text: '1', qos: 0, retain: false }]);
  });

  it('keeps the last retained message, marks it, and forgets it when an empty one comes', async () => {
    const publisher = await open(version);
    for (const text of ['old', 'new']) await publisher.publishAsync('state', text, { qos: 1, retain: true });
    const late = await open(version);
    const seen = seenUntil(late, 'state');
    await late.subscribeAsync('state', { qos: 1 });
    expect(await seen).toEqual([{ topic: 'state', text: 'new', qos: 1, retain: true }]);

    await publisher.publishAsync('state', '', { qos: 1, retain: true });
    const later = await open(version);
    const nothingThenEnd = seenUntil(later, 'end');
    await later.subscribeAsync('#', { qos: 1 });
    await publisher.publishAsync('end', '', { qos: 1 });
    expect((await nothingThenEnd).map(({ topic }) => topic)).toEqual(['end']);
  });

  it('delivers a message once although two subscriptions fit, and none after unsubscribing', async () => {
    const client = await open(version);
    await client.subscribeAsync(['a/#', 'a/b', 'end'], { qos: 1 });
    const first = seenUntil(client, 'end');
    await client.publishAsync('a/b', '1', { qos: 1 });
    await client.publishAsync('end', '', { qos: 1 });
    expect((await first).map(({ topic }) => topic)).toEqual(['a/b', 'end']);
    await client.unsubscribeAsync(['a/#', 'a/b']);
    const second = seenUntil(client, 'end');
    await client.publishAsync('a/b', '2', { qos: 1 });
    await client.publishAsync('end', '', { qos: 1 });
    expect((await second).map(({ topic }) => topic)).toEqual(['end']);
  });

  it('sends the last will of a client that is lost, with its retain flag', async () => {
    const watcher = await open(version);
    await watcher.subscribeAsync('#', { qos: 1 });
    const seen = seenUntil(watcher, 'status');
    const will = { topic: 'status', payload: Buffer.from('offline'), qos: 1 as const, retain: true };
    const mortal = await open(version, { will });
    mortal.stream.destroy();
    expect((await seen).map(({ text }) => text)).toEqual(['offline']);
    const late = await open(version);
    const retained = seenUntil(late, 'status');
    await late.subscribeAsync('status');
    expect((await retained)[0]?.retain).toBe(true);
  });

  it('keeps the last will to itself when the client says goodbye', async () => {
    const watcher = await open(version);
    await watcher.subscribeAsync('#', { qos: 1 });
    const seen = seenUntil(watcher, 'end');
    const will = { topic: 'status', payload: Buffer.from('offline'), qos: 1 as const, retain: false };
    const polite = await open(version, { will });
    await polite.endAsync();
    await watcher.publishAsync('end', '', { qos: 1 });
    expect((await seen).map(({ topic }) => topic)).toEqual(['end']);
  });

  it('throws off the older of two connections with one client id, and sends its last will', async () => {
    const watcher = await open(version);
    await watcher.subscribeAsync('#', { qos: 1 });
    const seen = seenUntil(watcher, 'status');
    const will = { topic: 'status', payload: Buffer.from('gone'), qos: 1 as const, retain: false };
    const older = await open(version, { clientId: 'same', will });
    const olderClosed = closed(older);
    const newer = await open(version, { clientId: 'same' });
    await olderClosed;
    expect((await seen).length).toBe(1);
    expect(newer.connected).toBe(true);
  });

  it('answers pings', async () => {
    const client = await open(version, { keepalive: 3600 });
    const answered = new Promise((resolve) => {
      client.on('packetreceive', (packet) => {
        if (packet.cmd === 'pingresp') resolve('answered');
      });
    });
    client.sendPing();
    expect(await answered).toBe('answered');
  });

  it('reconnects after the broker has closed every connection', async () => {
    const client = await open(version, { reconnectPeriod: 1 });
    const again = new Promise((resolve) => client.once('connect', resolve));
    broker.disconnectAll();
    await again;
    expect(client.connected).toBe(true);
  });

  it('carries a burst of 20,000 messages in order', async () => {
    const [publisher, subscriber] = await Promise.all([open(version), open(version)]);
    await subscriber.subscribeAsync('burst', { qos: 0 });
    const count = 20_000;
    const received = new Promise<number[]>((resolve) => {
      const numbers: number[] = [];
      subscriber.on('message', (_, payload) => {
        if (numbers.push(Number(payload.toString())) === count) resolve(numbers);
      });
    });
    for (let i = 0; i < count; i++) publisher.publish('burst', String(i), { qos: 0 });
    expect(await received).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  it('carries 5,000 acknowledged messages, each once', async () => {
    const [publisher, subscriber] = await Promise.all([open(version), open(version)]);
    await subscriber.subscribeAsync('burst', { qos: 1 });
    const count = 5_000;
    const received = new Promise<Set<string>>((resolve) => {
      const texts = new Set<string>();
      subscriber.on('message', (_, payload) => {
        if (texts.add(payload.toString()).size === count) resolve(texts);
      });
    });
    await Promise.all(
      Array.from({ length: count }, (_, i) => publisher.publishAsync('burst', String(i), { qos: 1 })),
    );
    expect((await received).size).toBe(count);
  });
});

describe('MQTT 5', () => {
  it('tells whether anybody listens, passes user properties on and honours its subscription options', async () => {
    const client = await open(5);
    const reasons: (number | undefined)[] = [];
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback') reasons.push(packet.reasonCode);
    });
    await client.publishAsync('state', '1', { qos: 1, retain: true });
    await client.subscribeAsync({
      state: { qos: 1, rh: 2, rap: true },
      mine: { qos: 1, nl: true },
      end: { qos: 1 },
    });
    const properties = new Promise((resolve) => {
      client.on('message', (topic, _, packet) => {
        if (topic === 'state') resolve({ retain: packet.retain, user: packet.properties?.userProperties });
      });
    });
    const seen = seenUntil(client, 'end');
    await client.publishAsync('mine', '', { qos: 1 });
    await client.publishAsync('state', '2', {
      qos: 1,
      retain: true,
      properties: { userProperties: { a: ['1', '2'] } },
    });
    await client.publishAsync('end', '', { qos: 1 });
    expect((await seen).map(({ text }) => text)).toEqual(['2', '']);
    expect(await properties).toEqual({ retain: true, user: { a: ['1', '2'] } });
    expect(reasons).toEqual([16, 16, undefined, undefined].map((code) => code ?? 0));
  });

  it('sends no more unacknowledged messages than the client takes', async () => {
    const device = rawClient(broker.connectBytes());
    device.send({ ...connectPacket, protocolVersion: 5, properties: { receiveMaximum: 2 } });
    device.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 1 }] });
    const publisher = await open(5);
    for (let i = 0; i < 5; i++) await publisher.publishAsync('x', String(i), { qos: 1 });
    const texts = (): string[] =>
      device.received.flatMap((packet) => (packet.cmd === 'publish' ? [String(packet.payload)] : []));
    expect(texts()).toEqual(['0', '1']);
    for (let acknowledged = 1; acknowledged <= 5; acknowledged++) {
      device.send({ cmd: 'puback', messageId: acknowledged });
      await Promise.resolve();
    }
    expect(texts()).toEqual(['0', '1', '2', '3', '4']);
  });
});

describe('access', () => {
  const password = 'correct horse';
  beforeEach(() => {
    broker = new VirtualBroker({
      access: projectAccess({ projectId: 'porch', dashboardPassword: password }),
    });
  });
  const dashboard = (version: Version = 5): Promise<MqttClient> =>
    open(version, { username: 'dashboard', password });

  it.each(versions)('refuses a wrong password, another user and nobody (version %i)', async (version) => {
    for (const login of [{ username: 'dashboard', password: 'x' }, { username: 'porch-1', password }, {}]) {
      await expect(open(version, login)).rejects.toThrow(/not authorized/i);
    }
    expect((await dashboard(version)).connected).toBe(true);
  });

  it('lets the dashboard write commands only, and says so with reason 135', async () => {
    const page = await dashboard();
    await page.publishAsync('signet/porch/porch-1/cmd', 'x', { qos: 1 });
    for (const topic of [
      'signet/porch/porch-1/tele',
      'signet/other/porch-1/cmd',
      'signet/porch/a/b/cmd',
      'cmd',
    ]) {
      await expect(page.publishAsync(topic, 'x', { qos: 1 })).rejects.toMatchObject({ code: 135 });
    }
  });

  it('lets a device write its own topics and read its own commands, whatever it asks for', async () => {
    const device = rawClient(broker.connectBytes());
    device.send({ ...connectPacket, clientId: 'porch-1' });
    const status = 'signet/porch/porch-1/status';
    device.send({ cmd: 'publish', topic: status, payload: 'x', qos: 0, dup: false, retain: true });
    device.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 1 }] });
    const page = await dashboard();
    await page.subscribeAsync('#', { qos: 1 });
    const seen = seenUntil(page, 'signet/porch/porch-1/tele');
    for (const topic of [
      'signet/porch/door-1/tele',
      'signet/porch/porch-1/cmd',
      'x',
      'signet/porch/porch-1/tele',
    ]) {
      device.send({ cmd: 'publish', topic, payload: 'x', qos: 0, dup: false, retain: false });
    }
    expect((await seen).map(({ topic }) => topic)).toEqual([status, 'signet/porch/porch-1/tele']);
    await page.publishAsync('signet/porch/door-1/cmd', 'door', { qos: 1 });
    await page.publishAsync('signet/porch/porch-1/cmd', 'porch', { qos: 1 });
    expect(
      device.received.flatMap((packet) => (packet.cmd === 'publish' ? [String(packet.payload)] : [])),
    ).toEqual(['porch']);
  });
});

const connectPacket = {
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: 'raw',
  keepalive: 30,
} as const;

interface RawClient {
  readonly received: Packet[];
  readonly closed: Promise<void>;
  isClosed(): boolean;
  send(packet: Packet): void;
}

function rawClient(duplex: ByteDuplex): RawClient {
  const received: Packet[] = [];
  let protocolVersion: Version = 4;
  let isClosed = false;
  let parser: ReturnType<typeof mqttPacket.parser> | null = null;
  duplex.onBytes((bytes) => {
    if (parser === null) {
      parser = mqttPacket.parser({ protocolVersion });
      parser.on('packet', (packet) => received.push(packet));
    }
    parser.parse(Buffer.from(bytes));
  });
  const closed = new Promise<void>((resolve) =>
    duplex.onClose(() => {
      isClosed = true;
      resolve();
    }),
  );
  return {
    received,
    closed,
    isClosed: () => isClosed,
    send: (packet) => {
      if (packet.cmd === 'connect') protocolVersion = packet.protocolVersion === 5 ? 5 : 4;
      duplex.send(mqttPacket.generate(packet, { protocolVersion }));
    },
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('raw bytes', () => {
  it('may come one by one, and the answer comes after send has returned', async () => {
    const duplex = broker.connectBytes();
    const answers: number[] = [];
    duplex.onBytes((bytes) => answers.push(...bytes));
    for (const byte of mqttPacket.generate(connectPacket)) {
      duplex.send(new Uint8Array([byte]));
      expect(answers).toEqual([]);
    }
    await settle();
    expect(answers).toEqual([0x20, 2, 0, 0]);
  });

  it('are copied: the sender may use its buffer again at once', async () => {
    const sender = broker.connectBytes();
    sender.send(mqttPacket.generate(connectPacket));
    const buffer = mqttPacket.generate({
      cmd: 'publish',
      topic: 't',
      payload: 'good',
      qos: 0,
      dup: false,
      retain: true,
    });
    sender.send(buffer.subarray(0, 5));
    const tail = Buffer.from(buffer.subarray(5));
    buffer.fill(0);
    sender.send(tail);
    tail.fill(0);
    const reader = await open(5);
    const seen = seenUntil(reader, 't');
    await reader.subscribeAsync('t');
    expect((await seen)[0]?.text).toBe('good');
  });

  it('sends the last will when a device loses power, and calls back about the end once', async () => {
    const watcher = await open(5);
    await watcher.subscribeAsync('status');
    const seen = seenUntil(watcher, 'status');
    const duplex = broker.connectBytes();
    let closes = 0;
    duplex.onClose(() => closes++);
    const will = { topic: 'status', payload: Buffer.from('offline'), qos: 1 as const, retain: true };
    duplex.send(mqttPacket.generate({ ...connectPacket, will }));
    duplex.close();
    duplex.close();
    duplex.send(mqttPacket.generate({ cmd: 'pingreq' }));
    expect((await seen)[0]?.text).toBe('offline');
    expect(closes).toBe(1);
  });

  it('a QoS 2 message that is sent twice is delivered once', async () => {
    const watcher = await open(5);
    await watcher.subscribeAsync('#');
    const seen = seenUntil(watcher, 'end');
    const device = rawClient(broker.connectBytes());
    device.send(connectPacket);
    const message = {
      cmd: 'publish',
      topic: 'once',
      payload: 'x',
      qos: 2,
      messageId: 7,
      retain: false,
    } as const;
    device.send({ ...message, dup: false });
    device.send({ ...message, dup: true });
    device.send({ cmd: 'pubrel', messageId: 7 });
    device.send({ cmd: 'publish', topic: 'end', payload: '', qos: 0, dup: false, retain: false });
    expect((await seen).map(({ topic }) => topic)).toEqual(['once', 'end']);
    expect(device.received.map(({ cmd }) => cmd)).toEqual(['connack', 'pubrec', 'pubrec', 'pubcomp']);
  });

  it.each([
    ['an unknown protocol version', [0x10, 12, 0, 4, 77, 81, 84, 84, 6, 2, 0, 0, 0, 0], [0x20, 2, 0, 1]],
    ['another protocol', [0x10, 12, 0, 4, 88, 81, 84, 84, 4, 2, 0, 0, 0, 0], [0x20, 2, 0, 1]],
    [
      '3.1.1 with no client id and a kept session',
      [0x10, 12, 0, 4, 77, 81, 84, 84, 4, 0, 0, 0, 0, 0],
      [0x20, 2, 0, 2],
    ],
  ])('%s is refused in words of the protocol', async (_, bytes, answer) => {
    const duplex = broker.connectBytes();
    const answers: number[] = [];
    const end = new Promise<void>((resolve) => duplex.onClose(resolve));
    duplex.onBytes((received) => answers.push(...received));
    duplex.send(new Uint8Array(bytes));
    await end;
    expect(answers).toEqual(answer);
  });
});

describe('broken packets', () => {
  const connect5 = mqttPacket.generate({ ...connectPacket, protocolVersion: 5 });
  const connect4 = mqttPacket.generate(connectPacket);
  it.each<[string, Uint8Array | null, number[]]>([
    [
      'nothing like MQTT',
      null,
      [...Buffer.from(`GET / HTTP/1.1\r\nHost: in-page\r\nUser-Agent: ${'x'.repeat(60)}`)],
    ],
    ['PUBLISH before CONNECT', null, [0x30, 3, 0, 1, 97]],
    ['a second CONNECT', connect4, [...connect4]],
    ['a length of five bytes', connect4, [0x30, 0xff, 0xff, 0xff, 0xff, 1]],
    ['a packet larger than allowed', connect4, [0x30, 0x81, 0x40]],
    ['a topic with a wildcard', connect4, [0x30, 3, 0, 1, 0x23]],
    ['an empty topic', connect4, [0x30, 2, 0, 0]],
    ['a topic that is not UTF-8', connect4, [0x30, 3, 0, 1, 0xff]],
    ['a topic with NUL', connect4, [0x30, 3, 0, 1, 0]],
    ['QoS 3', connect4, [0x36, 5, 0, 1, 97, 0, 1]],
    ['packet identifier 0', connect4, [0x32, 5, 0, 1, 97, 0, 0]],
    ['a topic longer than the packet', connect4, [0x30, 3, 0, 9, 97]],
    ['SUBSCRIBE without a filter', connect4, [0x82, 2, 0, 1]],
    ['SUBSCRIBE with wrong flags', connect4, [0x80, 6, 0, 1, 0, 1, 97, 0]],
    ['a filter with # in the middle', connect4, [0x82, 8, 0, 1, 0, 3, 0x23, 0x2f, 97, 0]],
    ['a packet only brokers send', connect4, [0xd0, 0]],
    ['packet type 0', connect4, [0x00, 0]],
    ['a topic alias that was never offered', connect5, [0x30, 7, 0, 1, 97, 3, 0x23, 0, 1]],
    ['an unknown property', connect5, [0x30, 6, 0, 1, 97, 2, 0x7f, 0]],
    ['a property twice', connect5, [0x30, 8, 0, 1, 97, 4, 1, 0, 1, 0]],
  ])('%s: ends that connection and no other', async (_, before, bytes) => {
    const bystander = await open(5, { clientId: 'bystander' });
    await bystander.subscribeAsync('#');
    const duplex = broker.connectBytes();
    const end = new Promise<void>((resolve) => duplex.onClose(resolve));
    if (before !== null) duplex.send(before);
    duplex.send(new Uint8Array(bytes));
    await end;
    const seen = seenUntil(bystander, 'still/here');
    await bystander.publishAsync('still/here', 'x', { qos: 1 });
    expect((await seen).map(({ topic }) => topic)).toEqual(['still/here']);
  });

  it('MQTT 5 is told why: too large is 0x95', async () => {
    const device = rawClient(broker.connectBytes());
    device.send({ ...connectPacket, protocolVersion: 5 });
    device.send({
      cmd: 'publish',
      topic: 'x',
      payload: Buffer.alloc(9000),
      qos: 0,
      dup: false,
      retain: false,
    });
    await device.closed;
    expect(device.received.at(-1)).toMatchObject({ cmd: 'disconnect', reasonCode: 0x95 });
  });

  it('no bytes whatever make the broker throw or lose a retained message', async () => {
    const keeper = await open(5);
    await keeper.publishAsync('kept', 'value', { qos: 1, retain: true });
    const packets = fc.constantFrom(
      connect4,
      connect5,
      mqttPacket.generate({
        cmd: 'publish',
        topic: 'x',
        payload: 'x',
        qos: 2,
        messageId: 3,
        dup: false,
        retain: false,
      }),
      mqttPacket.generate({
        cmd: 'subscribe',
        messageId: 1,
        subscriptions: [{ topic: 'q', qos: 1 }],
      }),
      mqttPacket.generate({ cmd: 'pubrel', messageId: 3 }),
      mqttPacket.generate({ cmd: 'disconnect' }),
    );
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      packets,
      fc.tuple(packets, fc.nat(200), fc.nat(255)).map(([packet, at, byte]) => {
        const broken = Uint8Array.from(packet);
        broken[at % broken.length] = byte;
        return broken;
      }),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 6 }), (chunks) => {
        const duplex = broker.connectBytes();
        for (const bytes of chunks) duplex.send(bytes);
        duplex.close();
      }),
      { numRuns: 2000 },
    );
    const seen = seenUntil(keeper, 'kept');
    await keeper.subscribeAsync('kept');
    expect((await seen)[0]?.text).toBe('value');
  });
});

describe('topic filters', () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a/', true],
    ['a/+', 'a', false],
    ['+/+', '/x', true],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/#', 'ab', false],
    ['#', '/', true],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['$SYS/#', '$SYS/x', true],
    ['A', 'a', false],
  ])('%s fits %s: %s', (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected);
  });

  it('legal ones are told from illegal ones', () => {
    for (const filter of ['#', '+', 'a/#', '+/a/+', '/']) expect(isFilter(filter), filter).toBe(true);
    for (const filter of ['', 'a#', 'a/#/b', 'a+', '+a/b']) expect(isFilter(filter), filter).toBe(false);
    for (const topic of ['', 'a/+', '#']) expect(isTopicName(topic), topic).toBe(false);
  });

  it('a filter made from a topic by wildcards fits it', () => {
    const level = fc.stringMatching(/^[a-z]{0,3}$/);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(level, fc.boolean()), { minLength: 1, maxLength: 5 }),
        fc.nat(5),
        (levels, cut) => {
          const topic = levels.map(([text]) => text).join('/');
          if (topic === '') return;
          const wanted = levels.map(([text, wild]) => (wild ? '+' : text));
          expect(matches(wanted.join('/'), topic)).toBe(true);
          expect(matches([...wanted.slice(0, cut), '#'].join('/'), topic)).toBe(true);
        },
      ),
    );
  });
});
