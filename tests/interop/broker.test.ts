/** The bundle against a real Mosquitto: it starts by its own script, and who may do what comes out right. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/broker/bundle.ts';
import { prepareCommand } from '../../src/broker/systems/docker.ts';
import type { BundleInput } from '../../src/broker/bundle-input.ts';
import {
  bundleInput,
  connect,
  dashboardPassword,
  deviceOptions,
  type Identity,
  makePki,
  publishReason,
  removeFolder,
  type RunningBroker,
  startBroker,
  temporaryFolder,
  TestAuthority,
  type TestPki,
  unpackBundle,
  webOptions,
} from './broker-bench.ts';

const notAuthorised = 135;
const isRoot = process.getuid?.() === 0;

let folder: string;
let pki: TestPki;
let input: BundleInput;
let broker: RunningBroker;
let porch: Identity;
let door: Identity;
const clients: MqttClient[] = [];

beforeAll(async () => {
  folder = temporaryFolder();
  pki = makePki(folder);
  porch = pki.client.issue({ commonName: 'porch-1', usage: 'clientAuth' });
  door = pki.client.issue({ commonName: 'door-1', usage: 'clientAuth' });
  input = await bundleInput(pki.certificates);
  unpackBundle(input, path.join(folder, 'bundle'));
  broker = await startBroker(path.join(folder, 'bundle', 'start.sh'), [], { cwd: '/' });
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
});

afterAll(async () => {
  await broker.stop();
  removeFolder(folder);
});

async function open(...args: Parameters<typeof connect>): Promise<MqttClient> {
  const client = await connect(...args);
  clients.push(client);
  return client;
}

const device = (identity: Identity): Promise<MqttClient> => open(deviceOptions(input, identity));
const dashboard = (): Promise<MqttClient> =>
  open(webOptions(input, { username: 'dashboard', password: dashboardPassword }));

/** Resolves with what arrives until `sentinel` does, so that absence is seen without waiting. */
function collectUntil(client: MqttClient, sentinel: string): Promise<string[]> {
  return new Promise((resolve) => {
    const topics: string[] = [];
    client.on('message', (topic) => {
      topics.push(topic);
      if (topic === sentinel) resolve(topics);
    });
  });
}

describe('starting', () => {
  it('finds the files as unzip unpacks them, with their modes', () => {
    const unpacked = path.join(folder, 'unpacked');
    unpackBundle(input, unpacked);
    for (const file of buildBundle(input)) {
      const at = path.join(unpacked, file.path);
      expect(statSync(at).mode & 0o777, file.path).toBe(file.mode);
      expect(readFileSync(at).equals(file.content), file.path).toBe(true);
    }
  });

  it.runIf(isRoot)('runs as user mosquitto although root started it', () => {
    const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${broker.pid}/status`, 'utf8'))?.[1];
    expect(uid).toBe(execFileSync('id', ['-u', 'mosquitto'], { encoding: 'utf8' }).trim());
  });

  it('says nothing that sounds like a warning or an error', () => {
    expect(broker.log()).not.toMatch(/warning|error|unable|removing/i);
  });

  it('keeps private keys, the password file and the access lists to the broker', () => {
    for (const name of [
      'certs/device-listener.key',
      'certs/web-listener.key',
      'passwd',
      'acl-devices',
      'acl-web',
    ]) {
      expect(statSync(path.join(folder, 'bundle/mosquitto', name)).mode & 0o777, name).toBe(0o600);
    }
  });

  it('prints the addresses devices and browsers use', () => {
    expect(broker.log()).toContain(`localhost port ${input.devicePort}`);
    expect(broker.log()).toContain(`wss://localhost:${input.webPort}`);
  });

  it.runIf(isRoot)(
    'starts below a folder that user mosquitto cannot enter, such as root’s home',
    async () => {
      const closed = path.join(folder, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      const other = await bundleInput(pki.certificates);
      unpackBundle(other, path.join(closed, 'bundle'));
      chmodSync(path.join(closed, 'bundle', 'mosquitto'), 0o700);
      const started = await startBroker(path.join(closed, 'bundle', 'start.sh'), []);
      clients.push(await connect(deviceOptions(other, porch)));
      await started.stop();
    },
  );

  it.runIf(isRoot)(
    'starts as an ordinary user, from a folder with spaces, with the modes lost on the way',
    async () => {
      const home = path.join(folder, 'my files');
      const other = await bundleInput(pki.certificates);
      unpackBundle(other, home);
      execFileSync('chmod', ['-R', 'a+rwX', home]);
      execFileSync('chown', ['-R', '1000:1000', home]);
      const started = await startBroker('sh', [path.join(home, 'start.sh')], {
        uid: 1000,
        gid: 1000,
        env: { PATH: '/usr/bin:/bin' },
      });
      clients.push(await connect(webOptions(other, { username: 'dashboard', password: dashboardPassword })));
      await started.stop();
      expect(statSync(path.join(home, 'mosquitto/certs/web-listener.key')).mode & 0o777).toBe(0o600);
    },
  );

  it.runIf(isRoot)(
    'runs in the container’s way: prepared by its first command, then as uid 1883',
    async () => {
      const bundle = path.join(folder, 'container/config');
      const config = path.join(folder, 'prepared');
      const other = await bundleInput(pki.certificates, { system: 'docker' });
      unpackBundle(other, path.dirname(bundle));
      mkdirSync(config);
      const command = prepareCommand.replaceAll('/config', config).replaceAll('/bundle', bundle);
      execFileSync('sh', ['-c', command]);
      execFileSync('sh', ['-c', command]);
      const started = await startBroker('/usr/sbin/mosquitto', ['-c', path.join(config, 'mosquitto.conf')], {
        cwd: config,
        uid: 1883,
        gid: 1883,
      });
      clients.push(await connect(deviceOptions(other, porch)));
      await started.stop();
    },
  );

  it('names the missing program when Mosquitto is not installed', () => {
    const tools = path.join(folder, 'tools');
    mkdirSync(tools);
    for (const name of ['sh', 'dirname', 'id'])
      execFileSync('ln', ['-s', `/usr/bin/${name}`, path.join(tools, name)]);
    const script = readFileSync(path.join(folder, 'bundle/start.sh'), 'utf8').replace(/^PATH=.*$/m, '');
    const run = spawnSync('/bin/sh', ['-c', script], { env: { PATH: tools }, encoding: 'utf8' });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('Mosquitto is not installed');
    expect(run.stderr).toContain('sudo apt install mosquitto');
  });

  it('names the missing file when the .zip was unpacked in part', async () => {
    const partial = path.join(folder, 'partial');
    unpackBundle(await bundleInput(pki.certificates), partial);
    execFileSync('rm', [path.join(partial, 'mosquitto/passwd')]);
    const run = spawnSync('sh', [path.join(partial, 'start.sh')], { encoding: 'utf8' });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('mosquitto/passwd is missing');
  });
});

describe('the device port', () => {
  it('lets a device write its four topics and nothing else of its own', async () => {
    const client = await device(porch);
    for (const leaf of ['tele', 'status', 'reply', 'health']) {
      expect(await publishReason(client, `signet/porch/porch-1/${leaf}`), leaf).toBe(0);
    }
    expect(await publishReason(client, 'signet/porch/porch-1/cmd')).toBe(notAuthorised);
    expect(await publishReason(client, 'signet/porch/porch-1/other')).toBe(notAuthorised);
  });

  it.each(['signet/porch/door-1/tele', 'signet/porch/door-1/cmd', 'signet/other/porch-1/tele', 'anything'])(
    'refuses a device that writes %s',
    async (topic) => {
      expect(await publishReason(await device(porch), topic)).toBe(notAuthorised);
    },
  );

  it('delivers to a device its own commands only, whatever it subscribes to', async () => {
    const client = await device(porch);
    const arrived = collectUntil(client, 'signet/porch/porch-1/cmd');
    await client.subscribeAsync(['signet/porch/porch-1/cmd', 'signet/porch/door-1/#', '#', '$SYS/#'], {
      qos: 1,
    });
    const other = await device(door);
    await other.publishAsync('signet/porch/door-1/tele', 'secret', { qos: 1 });
    const page = await dashboard();
    await page.publishAsync('signet/porch/door-1/cmd', 'for the door', { qos: 1 });
    await page.publishAsync('signet/porch/porch-1/cmd', 'for the porch', { qos: 1 });
    // Overlapping subscriptions may deliver the one message more than once; no other topic may come.
    expect(new Set(await arrived)).toEqual(new Set(['signet/porch/porch-1/cmd']));
  });

  it('sends the last will of a device that goes without a word', async () => {
    const page = await dashboard();
    await page.subscribeAsync('signet/porch/+/status', { qos: 1 });
    const arrived = collectUntil(page, 'signet/porch/door-1/status');
    const will = {
      topic: 'signet/porch/door-1/status',
      payload: Buffer.from('{"v":1,"st":"offline"}'),
      qos: 1 as const,
      retain: false,
    };
    const client = await open({ ...deviceOptions(input, door), will });
    client.stream.destroy();
    expect(await arrived).toEqual(['signet/porch/door-1/status']);
  });

  it('ignores a client id that belongs to another device, and throws nobody off', async () => {
    const victim = await open({ ...deviceOptions(input, door), clientId: 'door-1' });
    const thief = await open({ ...deviceOptions(input, porch), clientId: 'door-1' });
    expect(await publishReason(thief, 'signet/porch/door-1/tele')).toBe(notAuthorised);
    expect(await publishReason(victim, 'signet/porch/door-1/tele')).toBe(0);
    expect(victim.connected).toBe(true);
  });

  it('gives a certificate with the dashboard’s name no right at all', async () => {
    const impostor = await device(pki.client.issue({ commonName: 'dashboard', usage: 'clientAuth' }));
    expect(await publishReason(impostor, 'signet/porch/door-1/cmd')).toBe(notAuthorised);
    const arrived = collectUntil(impostor, 'signet/porch/door-1/tele');
    await impostor.subscribeAsync('#', { qos: 1 });
    const page = await dashboard();
    const seenByPage = collectUntil(page, 'signet/porch/door-1/tele');
    await page.subscribeAsync('signet/porch/#', { qos: 1 });
    await (await device(door)).publishAsync('signet/porch/door-1/tele', 'x', { qos: 1 });
    await seenByPage;
    await impostor.unsubscribeAsync('#');
    expect(await Promise.race([arrived, Promise.resolve('nothing')])).toBe('nothing');
  });

  it('gives a name that is no device no right, not even with a slash in it', async () => {
    for (const commonName of ['stranger', 'porch-1/x']) {
      const stranger = await device(pki.client.issue({ commonName, usage: 'clientAuth' }));
      expect(await publishReason(stranger, `signet/porch/${commonName}/tele`), commonName).toBe(
        notAuthorised,
      );
      expect(await publishReason(stranger, 'signet/porch/porch-1/tele'), commonName).toBe(notAuthorised);
    }
  });

  const refusals: [string, () => Identity | null, RegExp][] = [
    ['no certificate', () => null, /peer did not return a certificate/],
    [
      'a certificate of an authority with the same name but another key',
      () =>
        new TestAuthority(path.join(folder, 'impostor'), 'client authority').issue({
          commonName: 'porch-1',
          usage: 'clientAuth',
        }),
      /certificate verify failed|unknown ca|decrypt error/i,
    ],
    [
      'a certificate of the server authority',
      () => pki.server.issue({ commonName: 'porch-1', usage: 'clientAuth' }),
      /certificate verify failed|unknown ca/i,
    ],
    [
      'an expired certificate',
      () => pki.client.issue({ commonName: 'porch-1', usage: 'clientAuth', days: -1 }),
      /certificate verify failed|expired/i,
    ],
    [
      'a certificate for servers only',
      () => pki.client.issue({ commonName: 'porch-1', usage: 'serverAuth' }),
      /certificate verify failed|unsupported certificate/i,
    ],
  ];
  it.each(refusals)('refuses %s', async (_, identity, reason) => {
    const before = broker.log().length;
    await expect(connect(deviceOptions(input, identity()))).rejects.toThrow();
    await expect.poll(() => broker.log().slice(before)).toMatch(reason);
  });

  it('asks for the certificate even when the right password comes with the wrong one', async () => {
    const login = { username: 'dashboard', password: dashboardPassword };
    await expect(connect({ ...deviceOptions(input, null), ...login })).rejects.toThrow();
  });

  it('drops a device that sends more than 8 KiB in one packet', async () => {
    const client = await device(porch);
    expect(await publishReason(client, 'signet/porch/porch-1/tele', Buffer.alloc(2048))).toBe(0);
    const dropped = new Promise((resolve) => client.once('close', () => resolve('dropped')));
    client.publish('signet/porch/porch-1/tele', Buffer.alloc(9000), { qos: 0 });
    expect(await dropped).toBe('dropped');
  });
});

describe('the browser port', () => {
  it('shows every device to the dashboard', async () => {
    const page = await dashboard();
    const arrived = collectUntil(page, 'signet/porch/door-1/reply');
    await page.subscribeAsync('signet/porch/#', { qos: 1 });
    await (await device(porch)).publishAsync('signet/porch/porch-1/tele', 'x', { qos: 1 });
    await (await device(door)).publishAsync('signet/porch/door-1/reply', 'x', { qos: 1 });
    expect(await arrived).toEqual(['signet/porch/porch-1/tele', 'signet/porch/door-1/reply']);
  });

  it('lets the dashboard write commands and nothing else', async () => {
    const page = await dashboard();
    expect(await publishReason(page, 'signet/porch/porch-1/cmd')).toBe(0);
    expect(await publishReason(page, 'signet/porch/door-1/cmd')).toBe(0);
    for (const topic of [
      'signet/porch/porch-1/tele',
      'signet/porch/porch-1/status',
      'signet/porch/new-1/cmd',
      'x',
    ]) {
      expect(await publishReason(page, topic), topic).toBe(notAuthorised);
    }
  });

  it.each([
    ['a wrong password', { username: 'dashboard', password: 'wrong' }],
    ['an empty password', { username: 'dashboard', password: '' }],
    ['an unknown user', { username: 'admin', password: dashboardPassword }],
    ['a device’s name', { username: 'porch-1', password: dashboardPassword }],
    ['nobody', {}],
  ])('refuses %s', async (_, login) => {
    await expect(connect(webOptions(input, login))).rejects.toThrow(
      /not authorized|bad user ?name or password/i,
    );
  });

  it('lets who holds the password take a device’s client id: that throws the device off, and no more', async () => {
    // Mosquitto offers nothing against it that two tabs could live with (SECURITY.md says so).
    const victim = await device(porch);
    const thrownOff = new Promise((resolve) => victim.once('close', () => resolve('thrown off')));
    const login = { username: 'dashboard', password: dashboardPassword };
    const thief = await open({ ...webOptions(input, login), clientId: 'porch-1' });
    expect(await thrownOff).toBe('thrown off');
    expect(await publishReason(thief, 'signet/porch/porch-1/tele')).toBe(notAuthorised);
    expect(await publishReason(thief, 'signet/porch/porch-1/status')).toBe(notAuthorised);
    const back = await device(porch);
    expect(await publishReason(back, 'signet/porch/porch-1/tele')).toBe(0);
  });

  it('is not bound by max_packet_size in Mosquitto 2.0: devices keep their own limit', async () => {
    const page = await dashboard();
    const isOldBroker = /mosquitto version 2\.0\./.test(broker.log());
    const dropped = new Promise((resolve) => page.once('close', () => resolve('dropped')));
    const taken = publishReason(page, 'signet/porch/porch-1/cmd', Buffer.alloc(9000)).catch(() => 'dropped');
    expect(await Promise.race([taken, dropped])).toBe(isOldBroker ? 0 : 'dropped');
  });

  it('does not take a device’s certificate in place of a password', async () => {
    const certificate = { cert: porch.certificatePem, key: porch.keyPem };
    await expect(connect({ ...webOptions(input, {}), ...certificate })).rejects.toThrow(/not authorized/i);
  });

  it('speaks TLS only', () => {
    for (const port of [input.devicePort, input.webPort]) {
      const run = spawnSync('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(port), '-t', 'x', '-m', 'x']);
      expect(run.status, String(port)).not.toBe(0);
    }
  });
});
