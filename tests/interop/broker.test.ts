/** The bundle under a real Mosquitto, started as its system does; who may do what is broker-matrix.test.ts. */
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
  removeFolder,
  type RunningBroker,
  startBroker,
  temporaryFolder,
  type TestPki,
  unpackBundle,
  webOptions,
} from './broker-bench.ts';

const isRoot = process.getuid?.() === 0;

let folder: string;
let pki: TestPki;
let input: BundleInput;
let broker: RunningBroker;
let porch: Identity;
const clients: MqttClient[] = [];

beforeAll(async () => {
  folder = temporaryFolder();
  pki = makePki(folder);
  porch = pki.client.issue({ commonName: 'porch-1', usage: 'clientAuth' });
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

describe('both ports', () => {
  it('speaks TLS only', () => {
    for (const port of [input.devicePort, input.webPort]) {
      const run = spawnSync('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(port), '-t', 'x', '-m', 'x']);
      expect(run.status, String(port)).not.toBe(0);
    }
  });
});
