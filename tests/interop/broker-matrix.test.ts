/**
 * Who gets in and what he may do there: one table, every line of it tried on a real Mosquitto that runs the bundle of a
 * project made by the page's workflows. What a case expects is MQTT 5's reason code of a QoS 1 publish, or "refused".
 */
import path from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IClientOptions, MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { issueDeviceCertificate, issuerFrom } from '../../src/pki/issuing.ts';
import { importSigningKey } from '../../src/pki/key-pair.ts';
import { toPem } from '../../src/pki/pem.ts';
import { openSecret } from '../../src/workflows/open-secret.ts';
import { addPasswordUser, removePasswordUser, renewPassword } from '../../src/workflows/password-users.ts';
import {
  connect,
  publishReason,
  removeFolder,
  startBroker,
  temporaryFolder,
  TestAuthority,
  type Identity,
  type RunningBroker,
} from './broker-bench.ts';
import { BrokerProject } from './broker-project.ts';

const may = 0;
const mayNot = 135;
const refused = 'refused';
type Result = typeof may | typeof mayNot | typeof refused | 'dropped';

const at = (rest: string): string => `signet/porch/${rest}`;
const clients: MqttClient[] = [];
const closeAll = (): Promise<unknown> =>
  Promise.all(clients.splice(0).map((client) => client.endAsync(true)));

async function open(options: IClientOptions): Promise<MqttClient> {
  const client = await connect(options);
  clients.push(client);
  return client;
}

const isIn = async (options: IClientOptions): Promise<boolean> =>
  open(options).then(
    () => true,
    () => false,
  );

async function result(options: IClientOptions, topic: string): Promise<Result> {
  const client = await open(options).catch(() => null);
  return client === null ? refused : ((await publishReason(client, topic)) as Result);
}

/** Topics that arrive at a reader of "#", up to the one that is sent last. */
async function heard(reader: MqttClient, send: () => Promise<void>, last: string): Promise<string[]> {
  const topics = new Set<string>();
  const isThere = new Promise<void>((resolve) => {
    reader.on('message', (topic) => {
      topics.add(topic);
      if (topic === last) resolve();
    });
  });
  await reader.subscribeAsync(['#', '$SYS/#'], { qos: 1 });
  await send();
  await isThere;
  return [...topics].sort();
}

describe('by certificate', () => {
  let folder: string;
  let world: BrokerProject;
  let broker: RunningBroker;
  const who: Record<string, () => Promise<IClientOptions>> = {};

  beforeAll(async () => {
    folder = temporaryFolder();
    world = new BrokerProject(folder);
    await world.create(['porch-1', 'door-1', 'gone-1']);
    await world.certificate('nodered', '', 'command');
    await world.certificate('custom', 'backup', 'none');
    for (const name of ['tablet', 'left', 'phrase'])
      await addPasswordUser(world.env, 'porch', {
        kind: 'custom',
        name,
        password: name === 'phrase' ? 'ä: "quotes" $7$ # spaces' : '',
      });
    await addPasswordUser(world.env, 'porch', { kind: 'homeassistant', name: '', password: '' });
    await world.access((table) => ({
      ...table,
      discoveryPrefix: 'homeassistant',
      users: { ...table.users, tablet: { read: ['tele'], write: [], devices: ['porch-1'] } },
    }));
    const left = await world.password('left');
    await removePasswordUser(world.env, 'porch', 'left');
    const gone = await world.identity('device:gone-1');
    await world.revoke('device:gone-1');
    const oldTablet = await world.password('tablet');
    await renewPassword(world.env, 'porch', { name: 'tablet', password: '' });
    broker = await world.start();

    const authority = await world.clientAuthority();
    const issued = (commonName: string, more: object = {}): Identity =>
      authority.issue({ commonName, usage: 'clientAuth', ...more });
    const impostor = new TestAuthority(path.join(folder, 'impostor'), 'porch client authority');
    const server = new TestAuthority(
      path.join(folder, 'server'),
      '',
      await world.identity('authority:server'),
    );
    const early = await notYetValid(world);
    const byCertificate: Record<string, Identity | null> = {
      'porch-1': await world.identity('device:porch-1'),
      'door-1': await world.identity('device:door-1'),
      'gone-1, revoked': gone,
      nodered: await world.identity('other:nodered'),
      'backup, without rights': await world.identity('other:backup'),
      nobody: null,
      'CN dashboard': issued('dashboard'),
      'CN stranger': issued('stranger'),
      'CN porch-1/x': issued('porch-1/x'),
      'CN porch-1, expired': issued('porch-1', { days: -1 }),
      'CN porch-1, not yet valid': early,
      'CN porch-1, for servers only': issued('porch-1', { usage: 'serverAuth' }),
      'CN porch-1, another authority of the same name': impostor.issue({
        commonName: 'porch-1',
        usage: 'clientAuth',
      }),
      'CN porch-1, from the server authority': server.issue({ commonName: 'porch-1', usage: 'clientAuth' }),
    };
    for (const [name, identity] of Object.entries(byCertificate))
      who[name] = () => world.onDevicePort(identity);
    who['the dashboard’s password on the device port'] = async () =>
      world.onDevicePort(null, { username: 'dashboard', password: await world.password('dashboard') });
    const byPassword: Record<string, [string, string]> = {
      dashboard: ['dashboard', await world.password('dashboard')],
      tablet: ['tablet', await world.password('tablet')],
      phrase: ['phrase', await world.password('phrase')],
      homeassistant: ['homeassistant', await world.password('homeassistant')],
      'left, removed': ['left', left],
      'tablet, its old password': ['tablet', oldTablet],
      'dashboard, a wrong password': ['dashboard', 'wrong'],
      'dashboard, an empty password': ['dashboard', ''],
      'admin, unknown': ['admin', await world.password('dashboard')],
      'porch-1, with the dashboard’s password': ['porch-1', await world.password('dashboard')],
    };
    for (const [name, [username, password]] of Object.entries(byPassword))
      who[name] = () => world.onWebPort({ username, password });
    who['nobody, browser port'] = () => world.onWebPort({});
    who['porch-1’s certificate, browser port'] = async () => {
      const { certificatePem, keyPem } = await world.identity('device:porch-1');
      return world.onWebPort({ cert: certificatePem, key: keyPem });
    };
  });
  afterEach(closeAll);
  afterAll(async () => {
    await broker.stop();
    removeFolder(folder);
  });

  const cases: [string, string, Result][] = [
    ['porch-1', at('porch-1/tele'), may],
    ['porch-1', at('porch-1/status'), may],
    ['porch-1', at('porch-1/reply'), may],
    ['porch-1', at('porch-1/health'), may],
    ['porch-1', at('porch-1/cmd'), mayNot],
    ['porch-1', at('porch-1/other'), mayNot],
    ['porch-1', at('porch-1/tele/x'), mayNot],
    ['porch-1', at('door-1/tele'), mayNot],
    ['porch-1', at('door-1/cmd'), mayNot],
    ['porch-1', 'signet/other/porch-1/tele', mayNot],
    ['porch-1', 'anything', mayNot],
    ['porch-1', 'homeassistant/device/porch-1/config', may],
    ['porch-1', 'homeassistant/device/door-1/config', mayNot],
    ['porch-1', 'homeassistant/status', mayNot],
    ['gone-1, revoked', at('gone-1/tele'), refused],
    ['nobody', at('porch-1/tele'), refused],
    ['CN dashboard', at('porch-1/cmd'), mayNot],
    ['CN stranger', at('stranger/tele'), mayNot],
    ['CN porch-1/x', at('porch-1/x/tele'), mayNot],
    ['CN porch-1/x', at('porch-1/tele'), mayNot],
    ['CN porch-1, expired', at('porch-1/tele'), refused],
    ['CN porch-1, not yet valid', at('porch-1/tele'), refused],
    ['CN porch-1, for servers only', at('porch-1/tele'), refused],
    ['CN porch-1, another authority of the same name', at('porch-1/tele'), refused],
    ['CN porch-1, from the server authority', at('porch-1/tele'), refused],
    ['the dashboard’s password on the device port', at('porch-1/cmd'), refused],
    ['nodered', at('porch-1/cmd'), may],
    ['nodered', at('porch-1/tele'), mayNot],
    ['nodered', at('nobody/cmd'), mayNot],
    ['backup, without rights', at('porch-1/cmd'), mayNot],
    ['dashboard', at('porch-1/cmd'), may],
    ['dashboard', at('door-1/cmd'), may],
    ['dashboard', at('porch-1/tele'), mayNot],
    ['dashboard', at('porch-1/status'), mayNot],
    ['dashboard', at('gone-1/cmd'), mayNot],
    ['dashboard', at('new-1/cmd'), mayNot],
    ['dashboard', 'homeassistant/status', mayNot],
    ['tablet', at('porch-1/cmd'), mayNot],
    ['phrase', at('porch-1/cmd'), mayNot],
    ['homeassistant', 'homeassistant/status', may],
    ['homeassistant', 'homeassistant/device/porch-1/config', may],
    ['homeassistant', 'homeassistant/device/nobody-1/config', mayNot],
    ['homeassistant', at('porch-1/cmd'), mayNot],
    ['left, removed', at('porch-1/cmd'), refused],
    ['tablet, its old password', at('porch-1/cmd'), refused],
    ['dashboard, a wrong password', at('porch-1/cmd'), refused],
    ['dashboard, an empty password', at('porch-1/cmd'), refused],
    ['admin, unknown', at('porch-1/cmd'), refused],
    ['porch-1, with the dashboard’s password', at('porch-1/tele'), refused],
    ['nobody, browser port', at('porch-1/cmd'), refused],
    ['porch-1’s certificate, browser port', at('porch-1/tele'), refused],
  ];

  /** What the broker's log says of those whom TLS keeps out. */
  const reasons: Record<string, RegExp> = {
    'gone-1, revoked': /certificate verify failed|revoked/i,
    nobody: /peer did not return a certificate/,
    'CN porch-1, expired': /certificate verify failed|expired/i,
    'CN porch-1, not yet valid': /certificate verify failed|not yet valid/i,
    'CN porch-1, for servers only': /certificate verify failed|unsupported certificate/i,
    'CN porch-1, another authority of the same name': /certificate verify failed|unknown ca|decrypt error/i,
    'CN porch-1, from the server authority': /certificate verify failed|unknown ca/i,
    'the dashboard’s password on the device port': /peer did not return a certificate/,
  };

  it.each(cases)('%s → %s: %s', async (name, topic, expected) => {
    const options = await who[name]?.();
    const before = broker.log().length;
    expect(await result(options ?? {}, topic)).toBe(expected);
    const why = reasons[name];
    if (why) await expect.poll(() => broker.log().slice(before)).toMatch(why);
  });

  const as = async (name: string, more: IClientOptions = {}): Promise<MqttClient> =>
    open({ ...(await who[name]?.()), ...more });

  const everything = async (present?: MqttClient): Promise<void> => {
    const porch = present ?? (await as('porch-1'));
    const door = await as('door-1');
    const page = await as('dashboard');
    const send = (client: MqttClient, topic: string) => client.publishAsync(topic, 'x', { qos: 1 });
    await send(door, at('door-1/tele'));
    await send(door, at('door-1/status'));
    await send(page, at('door-1/cmd'));
    await send(porch, at('porch-1/reply'));
    await send(page, at('porch-1/cmd'));
    await send(porch, at('porch-1/tele'));
  };

  const hearing: [string, string, readonly string[]][] = [
    ['porch-1', at('porch-1/cmd'), ['porch-1/cmd']],
    ['tablet', at('porch-1/tele'), ['porch-1/tele']],
    [
      'dashboard',
      at('porch-1/tele'),
      ['door-1/cmd', 'door-1/status', 'door-1/tele', 'porch-1/cmd', 'porch-1/reply', 'porch-1/tele'],
    ],
    [
      'nodered',
      at('porch-1/tele'),
      ['door-1/cmd', 'door-1/status', 'door-1/tele', 'porch-1/cmd', 'porch-1/reply', 'porch-1/tele'],
    ],
  ];
  it.each(hearing)('%s, listening to everything, up to %s hears %j', async (name, last, expected) => {
    const reader = await as(name);
    // With its own name a second time it would throw itself off.
    const send = () => everything(name === 'porch-1' ? reader : undefined);
    expect(await heard(reader, send, last)).toEqual(expected.map(at));
  });

  it.each(['CN dashboard', 'backup, without rights'])(
    '%s, listening to everything, hears nothing',
    async (name) => {
      const silent = await as(name);
      const arrived: string[] = [];
      silent.on('message', (topic) => arrived.push(topic));
      await silent.subscribeAsync('#', { qos: 1 });
      await heard(await as('dashboard'), everything, at('porch-1/tele'));
      await silent.unsubscribeAsync('#');
      expect(arrived).toEqual([]);
    },
  );

  it('a device that takes another’s client id throws nobody off and may no more', async () => {
    const victim = await as('door-1', { clientId: 'door-1' });
    const thief = await as('porch-1', { clientId: 'door-1' });
    expect(await publishReason(thief, at('door-1/tele'))).toBe(mayNot);
    expect(await publishReason(victim, at('door-1/tele'))).toBe(may);
    expect(victim.connected).toBe(true);
  });

  it('who holds a password can take a device’s client id: that throws the device off, and no more', async () => {
    // Mosquitto offers nothing against it that two tabs could live with (docs/decisions/0007).
    const victim = await as('porch-1');
    const thrownOff = new Promise((resolve) => victim.once('close', () => resolve('thrown off')));
    const thief = await as('tablet', { clientId: 'porch-1' });
    expect(await thrownOff).toBe('thrown off');
    expect(await publishReason(thief, at('porch-1/tele'))).toBe(mayNot);
    expect(await publishReason(await as('porch-1'), at('porch-1/tele'))).toBe(may);
  });

  it('a retained state reaches who comes later; nobody else can put one there', async () => {
    const device = await as('door-1');
    await device.publishAsync(at('door-1/status'), 'here', { qos: 1, retain: true });
    const page = await as('dashboard');
    const first = new Promise((resolve) =>
      page.once('message', (topic, payload, packet) => resolve([topic, payload.toString(), packet.retain])),
    );
    await page.subscribeAsync(at('+/status'), { qos: 1 });
    expect(await first).toEqual([at('door-1/status'), 'here', true]);
    await expect(page.publishAsync(at('door-1/status'), '', { qos: 1, retain: true })).rejects.toThrow();
    await device.publishAsync(at('door-1/status'), '', { qos: 1, retain: true });
  });

  it('a device that sends more than 8 KiB in one packet is dropped', async () => {
    const client = await as('porch-1');
    expect(await publishReason(client, at('porch-1/tele'), Buffer.alloc(2048))).toBe(may);
    const dropped = new Promise((resolve) => client.once('close', () => resolve('dropped')));
    client.publish(at('porch-1/tele'), Buffer.alloc(9000), { qos: 0 });
    expect(await dropped).toBe('dropped');
  });

  it('a browser that sends more than 8 KiB: taken by Mosquitto 2.0, dropped by 2.1; devices keep their own limit', async () => {
    const page = await as('dashboard');
    const isOldBroker = /mosquitto version 2\.0\./.test(broker.log());
    const dropped = new Promise((resolve) => page.once('close', () => resolve('dropped')));
    const taken = publishReason(page, at('porch-1/cmd'), Buffer.alloc(9000)).catch(() => 'dropped');
    expect(await Promise.race([taken, dropped])).toBe(isOldBroker ? may : 'dropped');
  });

  it('the last will of a device that goes without a word arrives', async () => {
    const page = await as('dashboard');
    const will = {
      topic: at('door-1/status'),
      payload: Buffer.from('offline'),
      qos: 1 as const,
      retain: false,
    };
    const device = await as('door-1', { will });
    const arrived = new Promise((resolve) => page.once('message', (topic) => resolve(topic)));
    await page.subscribeAsync(at('door-1/status'), { qos: 1 });
    device.stream.destroy();
    expect(await arrived).toBe(at('door-1/status'));
  });

  it('after a second download over the first, a reload lets the newly revoked device in no more, and a restart ends its session', async () => {
    const door = await world.identity('device:door-1');
    const doorIn = await world.onDevicePort(door);
    const porchIn = await who['porch-1']?.();
    const live = await open(doorIn);
    await world.revoke('device:door-1');
    const next = await world.bundle();
    const running = path.join(folder, 'bundle-1/mosquitto');
    for (const file of ['certs/client.crl', 'acl-devices', 'acl-web'])
      writeFileSync(path.join(running, file), readFileSync(path.join(next, 'mosquitto', file)));
    process.kill(broker.pid, 'SIGHUP');
    await expect.poll(() => broker.log()).toMatch(/Reloading config/);
    await expect.poll(() => isIn(doorIn)).toBe(false);
    expect(live.connected).toBe(true);
    expect(await publishReason(live, at('door-1/tele'))).toBe(mayNot);
    await closeAll();

    await broker.stop();
    broker = await startBroker(path.join(next, 'start.sh'), []);
    expect(await isIn(doorIn)).toBe(false);
    expect(await result(porchIn ?? {}, at('porch-1/tele'))).toBe(may);
    expect(await result((await who['dashboard']?.()) ?? {}, at('porch-1/cmd'))).toBe(may);
  });
});

/** A certificate of the project's own authority whose time begins tomorrow. */
async function notYetValid(world: BrokerProject): Promise<Identity> {
  const { certificate, keyRecord } = (await world.project()).authorities.client;
  const { crypto } = globalThis;
  const key = await importSigningKey(await openSecret(world.env, 'porch', keyRecord), crypto);
  const tomorrow = { nowMs: Date.now() + 3 * 86_400_000, crypto };
  const issued = await issueDeviceCertificate(tomorrow, await issuerFrom(certificate.der, key, crypto), {
    projectId: 'porch',
    deviceId: 'porch-1',
  });
  return {
    certificatePem: toPem('CERTIFICATE', issued.certificateDer),
    keyPem: toPem('PRIVATE KEY', issued.pkcs8),
  };
}

describe.each(['password', 'both'] as const)('by %s', (deviceLogin) => {
  let folder: string;
  let world: BrokerProject;
  let broker: RunningBroker;
  let door: Identity;
  let gone: Identity;
  let words: Record<'porch-1' | 'door-1' | 'gone-1' | 'tablet' | 'dashboard', string>;

  beforeAll(async () => {
    folder = temporaryFolder();
    world = new BrokerProject(folder);
    await world.create(['porch-1', 'door-1', 'gone-1']);
    await world.certificate('nodered', '', 'command');
    await addPasswordUser(world.env, 'porch', { kind: 'custom', name: 'tablet', password: '' });
    await world.access((table) => ({ ...table, deviceLogin }));
    door = await world.identity('device:door-1');
    gone = await world.identity('device:gone-1');
    await world.revoke('device:gone-1');
    words = {
      'porch-1': await world.devicePassword('porch-1'),
      'door-1': await world.devicePassword('door-1'),
      'gone-1': await world.devicePassword('gone-1'),
      tablet: await world.password('tablet'),
      dashboard: await world.password('dashboard'),
    };
    broker = await world.start();
  });
  afterEach(closeAll);
  afterAll(async () => {
    await broker.stop();
    removeFolder(folder);
  });

  const isBoth = deviceLogin === 'both';
  type Name = keyof typeof words;
  // Certificate shown, user, password of, topic, what comes out where one or both are asked for.
  const cases: [string, Name | null, Name | null, string, Result, Result][] = [
    ['own certificate', 'door-1', 'door-1', 'door-1/tele', may, may],
    ['own certificate', 'door-1', 'door-1', 'porch-1/tele', mayNot, mayNot],
    ['none', 'door-1', 'door-1', 'door-1/tele', may, refused],
    ['own certificate', null, null, 'door-1/tele', refused, refused],
    ['own certificate', 'door-1', 'porch-1', 'door-1/tele', refused, refused],
    ['own certificate', 'porch-1', 'porch-1', 'porch-1/tele', may, may],
    ['own certificate', 'porch-1', 'porch-1', 'door-1/tele', mayNot, mayNot],
    ['none', 'gone-1', 'gone-1', 'gone-1/tele', refused, refused],
    ['revoked', 'porch-1', 'porch-1', 'porch-1/tele', may, refused],
    ['own certificate', 'tablet', 'tablet', 'porch-1/tele', mayNot, mayNot],
    ['own certificate', 'dashboard', 'dashboard', 'porch-1/cmd', refused, refused],
  ];
  it.each(
    cases.map(([shown, user, passwordOf, topic, ifPassword, ifBoth]) => {
      return { shown, user, passwordOf, topic, expected: isBoth ? ifBoth : ifPassword };
    }),
  )(
    'certificate: $shown, user: $user, password of: $passwordOf → $topic: $expected',
    async ({ shown, user, passwordOf, topic, expected }) => {
      const identity = shown === 'none' ? null : shown === 'revoked' ? gone : door;
      const login =
        user === null || passwordOf === null ? {} : { username: user, password: words[passwordOf] };
      expect(await result(await world.onDevicePort(identity, login), at(topic))).toBe(expected);
    },
  );

  it('another’s client id is not to be had', async () => {
    const as = (user: Name) =>
      world.onDevicePort(door, { username: user, password: words[user], clientId: 'door-1' });
    const victim = await open(await as('door-1'));
    await open(await as('porch-1'));
    expect(await publishReason(victim, at('door-1/tele'))).toBe(may);
    expect(victim.connected).toBe(true);
  });

  it('says nothing that sounds like a warning or an error', () => {
    expect(broker.log()).not.toMatch(/warning:|unable|removing/i);
  });
});
