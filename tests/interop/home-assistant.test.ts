/**
 * Home Assistant's identity on a real Mosquitto, beside the firmware with discovery switched on: what it receives, what it
 * may do, and that nobody else may announce. Home Assistant itself is not run; an MQTT client stands where it would.
 */
import type { MqttClient } from 'mqtt';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { toPem } from '../../src/pki/pem.ts';
import { fromUtf8 } from '../../src/shared/bytes.ts';
import { addDevice } from '../../src/workflows/add-device.ts';
import { saveHomeAssistantFiles, setUpHomeAssistant } from '../../src/workflows/home-assistant.ts';
import { openSecret } from '../../src/workflows/open-secret.ts';
import { connect, publishReason } from './broker-bench.ts';
import { until, type HostProgram } from './firmware-host-bench.ts';
import { options, OtherProgramsWorld } from './other-programs-world.ts';

const world = new OtherProgramsWorld();
const announcement = 'homeassistant/device/porch-1/config';
let client: MqttClient;
let board: HostProgram;
let seen: { topic: string; text: string; isRetained: boolean }[] = [];

async function login(certificatePem: string, keyPem: string): Promise<MqttClient> {
  const { broker, authorities } = await world.project();
  return connect({
    ...{ protocol: 'mqtts', host: 'localhost', port: broker.devicePort, cert: certificatePem, key: keyPem },
    ca: toPem('CERTIFICATE', authorities.server.certificate.der),
  });
}

const arrives = async (topic: string, holds: (text: string) => boolean = () => true): Promise<string> => {
  const find = (): string | undefined =>
    seen.find((message) => message.topic === topic && holds(message.text))?.text;
  await until(`a message on ${topic}`, () => find() !== undefined);
  return find() ?? '';
};

beforeAll(async () => {
  await world.createProject();
  await addDevice(world.env, 'porch', { name: 'door-1', sensor: 'dht11' });
  await setUpHomeAssistant(world.env, 'porch', options);
  await world.startBroker();
  board = await world.boot();
  const { certificatePem, keyPem } = await world.identity('homeassistant');
  client = await login(certificatePem, keyPem);
  client.on('message', (topic, payload, { retain }) =>
    seen.push({ topic, text: payload.toString(), isRetained: retain }),
  );
  // What Home Assistant subscribes to by itself, and then what the announcement names.
  await client.subscribeAsync([
    'homeassistant/+/+/config',
    'homeassistant/+/+/+/config',
    'homeassistant/device/+/config',
  ]);
  await client.subscribeAsync('signet/porch/#');
});

afterAll(async () => {
  await client.endAsync(true);
  await world.stop();
});

beforeEach(() => {
  seen = [];
});

it('a device that has it switched on announces its readings and presence, retained', async () => {
  seen = [];
  expect(await publishReason(client, 'homeassistant/status', 'online')).toBe(0);
  const said = JSON.parse(await arrives(announcement, (text) => text !== '')) as Record<string, unknown>;
  expect(said).toMatchObject({
    stat_t: 'signet/porch/porch-1/tele',
    avty_t: 'signet/porch/porch-1/status',
    avty_tpl: '{{value_json.st}}',
    cmps: {
      temperature: { p: 'sensor', uniq_id: 'signet-porch-porch-1-temperature', unit_of_meas: '°C' },
      humidity: { p: 'sensor', uniq_id: 'signet-porch-porch-1-humidity', unit_of_meas: '%' },
    },
  });
  expect(JSON.stringify(said), 'nothing that could be commanded').not.toMatch(/cmd|command/);
  expect(JSON.parse(await arrives('signet/porch/porch-1/tele'))).toMatchObject({
    temperature: 21.5,
    humidity: 40.2,
  });
});

it('a later start of Home Assistant finds what was announced, and the presence', async () => {
  const { certificatePem, keyPem } = await world.identity('homeassistant');
  await client.endAsync(true);
  client = await login(certificatePem, keyPem);
  client.on('message', (topic, payload, { retain }) =>
    seen.push({ topic, text: payload.toString(), isRetained: retain }),
  );
  await client.subscribeAsync([
    'homeassistant/device/+/config',
    'signet/porch/+/status',
    'signet/porch/+/tele',
  ]);
  await arrives(announcement);
  expect(JSON.parse(await arrives('signet/porch/porch-1/status'))).toMatchObject({ st: 'online' });
  expect(seen.filter(({ isRetained }) => isRetained).map(({ topic }) => topic)).toContain(announcement);
});

it('it may remove an announcement and say that it starts, upon which the device announces anew; nothing else', async () => {
  expect(await publishReason(client, announcement, '')).toBe(0);
  await arrives(announcement, (text) => text === '');
  expect(await publishReason(client, 'homeassistant/status', 'online')).toBe(0);
  await arrives(announcement, (text) => text.includes('temperature'));
  expect(await publishReason(client, 'signet/porch/porch-1/cmd', 'c1')).toBe(135);
  expect(await publishReason(client, 'signet/porch/porch-1/tele', '{}')).toBe(135);
  expect(await publishReason(client, 'homeassistant/switch/door/config', '{}')).toBe(135);
});

it('it sees neither commands nor replies, whatever it subscribes to', async () => {
  await client.subscribeAsync('signet/porch/#');
  const { devices } = await world.project();
  const other = devices.find(({ id }) => id === 'door-1');
  if (!other) throw new Error('no door-1');
  const pkcs8 = await openSecret(world.env, 'porch', other.credential.keyRecord ?? '');
  const device = await login(
    toPem('CERTIFICATE', other.credential.certificate.der),
    toPem('PRIVATE KEY', pkcs8),
  );
  expect(await publishReason(device, 'signet/porch/door-1/reply', 'r1')).toBe(0);
  expect(await publishReason(device, 'signet/porch/door-1/tele', '{"v":1}')).toBe(0);
  await arrives('signet/porch/door-1/tele');
  expect(seen.map(({ topic }) => topic)).not.toContain('signet/porch/door-1/reply');

  expect(await publishReason(device, 'homeassistant/device/door-1/config', ''), 'its own').toBe(0);
  expect(await publishReason(device, announcement, '{}'), 'of another device').toBe(135);
  await device.endAsync(true);
});

it('after the power was cut, the broker says that the device is gone', async () => {
  await client.subscribeAsync('signet/porch/+/status');
  await board.kill();
  await arrives('signet/porch/porch-1/status', (text) => text.includes('offline'));
});

it('the files to upload are its authority, certificate and key', async () => {
  await saveHomeAssistantFiles({ ...world.env, downloads: world.downloads }, await world.project());
  const files = unzipSync(world.saved.get('porch-home-assistant-SECRET.zip') ?? new Uint8Array(0));
  expect(Object.keys(files)).toEqual(['ca.crt', 'homeassistant.crt', 'homeassistant.key']);
  const text = (name: string): string => fromUtf8(new Uint8Array(files[name] ?? []));
  const uploaded = await login(text('homeassistant.crt'), text('homeassistant.key'));
  await uploaded.endAsync(true);
});
