/** The demo's in-page broker gives the answers the real one gives: same clients, same questions, Mosquitto as oracle. */
import path from 'node:path';
import { Duplex } from 'node:stream';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectAccess } from '../../src/virtual-broker/access.ts';
import type { ByteDuplex } from '../../src/virtual-broker/byte-duplex.ts';
import { VirtualBroker } from '../../src/virtual-broker/virtual-broker.ts';
import {
  bundleInput,
  connect,
  dashboardPassword,
  deviceOptions,
  makePki,
  removeFolder,
  type RunningBroker,
  startBroker,
  temporaryFolder,
  unpackBundle,
  webOptions,
} from './broker-bench.ts';

const login = { username: 'dashboard', password: dashboardPassword };

interface Pair {
  readonly device: MqttClient;
  readonly page: MqttClient;
}

let folder: string;
let mosquitto: RunningBroker;
let real: Pair;
let demo: Pair;

beforeAll(async () => {
  folder = temporaryFolder();
  const pki = makePki(folder);
  const input = await bundleInput(pki.certificates);
  unpackBundle(input, path.join(folder, 'bundle'));
  mosquitto = await startBroker(path.join(folder, 'bundle/start.sh'), []);
  const porch = pki.client.issue({ commonName: 'porch-1', usage: 'clientAuth' });
  real = {
    device: await connect(deviceOptions(input, porch)),
    page: await connect(webOptions(input, login)),
  };

  const access = projectAccess({ projectId: 'porch', dashboardPassword });
  const broker = new VirtualBroker({ access });
  demo = {
    device: await connectInPage(broker.connectBytes('device'), { clientId: 'porch-1' }),
    page: await connectInPage(broker.connectBytes('web'), login),
  };
});

afterAll(async () => {
  await Promise.all([real, demo].flatMap(({ device, page }) => [device.endAsync(true), page.endAsync(true)]));
  await mosquitto.stop();
  removeFolder(folder);
});

// mqtt.js chooses between Node's and the browser's sockets once per process, so the in-page side comes as a stream.
function connectInPage(duplex: ByteDuplex, options: object): Promise<MqttClient> {
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, done) => {
      duplex.send(chunk);
      done();
    },
  });
  duplex.onBytes((bytes) => stream.push(bytes));
  duplex.onClose(() => stream.destroy());
  const client = new mqtt.MqttClient(() => stream, { protocolVersion: 5, reconnectPeriod: 0, ...options });
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve(client));
    client.once('error', reject);
  });
}

const topics = [
  'signet/porch/porch-1/tele',
  'signet/porch/porch-1/status',
  'signet/porch/porch-1/reply',
  'signet/porch/porch-1/health',
  'signet/porch/porch-1/cmd',
  'signet/porch/porch-1/tele/x',
  'signet/porch/porch-1',
  'signet/porch/door-1/tele',
  'signet/porch/door-1/cmd',
  'signet/other/porch-1/tele',
  'signet/other/porch-1/cmd',
  'elsewhere',
];

/** PUBACK's reason code of a QoS 1 publish to each topic, 16 (nobody listens) counted as 0. */
async function answers(client: MqttClient): Promise<Record<string, number>> {
  const reasons: Record<string, number> = {};
  for (const topic of topics) {
    const reason = await client.publishAsync(topic, 'x', { qos: 1 }).then(
      () => 0,
      (error: unknown) => (error as { code: number }).code,
    );
    reasons[topic] = reason;
  }
  return reasons;
}

/** The topics of `sent` that reach `reader` when it subscribes to everything. */
async function readable(reader: MqttClient, writers: readonly MqttClient[], last: string): Promise<string[]> {
  await reader.subscribeAsync('#', { qos: 1 });
  const arrived = new Set<string>();
  const complete = new Promise<void>((resolve) => {
    reader.on('message', (topic, payload) => {
      arrived.add(topic);
      if (topic === last && payload.toString() === 'last') resolve();
    });
  });
  for (const writer of writers) await answers(writer);
  const results = await Promise.allSettled(
    writers.map((writer) => writer.publishAsync(last, 'last', { qos: 1 })),
  );
  expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
  await complete;
  await reader.unsubscribeAsync('#');
  return [...arrived].sort();
}

it('on what a device may write', async () => {
  const expected = await answers(real.device);
  expect(Object.values(expected).filter((reason) => reason === 0).length).toBe(4);
  expect(await answers(demo.device)).toEqual(expected);
});

it('on what the dashboard may write', async () => {
  const expected = await answers(real.page);
  expect(Object.values(expected).filter((reason) => reason === 0).length).toBe(2);
  expect(await answers(demo.page)).toEqual(expected);
});

it('on what a device sees of everything', async () => {
  const command = 'signet/porch/porch-1/cmd';
  const expected = await readable(real.device, [real.page, real.device], command);
  expect(expected).toEqual([command]);
  expect(await readable(demo.device, [demo.page, demo.device], command)).toEqual(expected);
});

it('on what the dashboard sees of everything', async () => {
  const last = 'signet/porch/porch-1/tele';
  const expected = await readable(real.page, [real.device], last);
  expect(expected.length).toBe(4);
  expect(await readable(demo.page, [demo.device], last)).toEqual(expected);
});
