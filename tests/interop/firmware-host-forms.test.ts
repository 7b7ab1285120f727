/** The firmware on Linux in the tutorials' manners: user name and password, their topics and payloads, a real Mosquitto. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceConfig } from '../../src/contract/config.ts';
import { until, type HostProgram } from './firmware-host-bench.ts';
import { bootLine, World } from './firmware-host-world.ts';

const login = { user: 'use-token-auth', password: 'a token' };
let world: World;

beforeAll(async () => {
  world = new World();
  await world.start({ login });
});
afterAll(() => world.stop());
beforeEach(() => world.watch());
afterEach(() => world.endBoards());

function boot(config: Partial<DeviceConfig>, pass = login.password): Promise<HostProgram> {
  const mqtt = {
    host: 'pi.local',
    port: world.broker.port,
    client: 'd:org:ESP8266:dev01',
    user: login.user,
    pass,
  };
  return world.boot(world.slot({ mqtt, ...config }, null));
}

const payloadsOn = (topic: string): string[] =>
  world.messages.filter((message) => message.topic === topic).map(({ payload }) => payload.toString());

async function payloadOn(topic: string): Promise<string> {
  await until(`a message on ${topic}`, () => payloadsOn(topic).length > 0);
  return payloadsOn(topic)[0] ?? '';
}

describe('a device with a user name and a password, and no certificate', () => {
  it('publishes the workshop’s readings in Fahrenheit and obeys its open commands', async () => {
    const board = await boot({
      form: { kind: 'iot2' },
      sensor: { type: 'dht11', pin: 4, every_s: 2, unit: 'F' },
      pixel: { pin: 5, order: 'RGB', at: [0, 100, 250, 300] },
      unsigned: ['led', 'display', 'interval'],
    });
    const reading = JSON.parse(await payloadOn('iot-2/evt/status/fmt/json')) as { d: Record<string, number> };
    expect(Object.keys(reading.d)).toEqual(['temp', 'humidity']);
    expect(reading.d['temp']).toBeGreaterThan(50);
    await world.publish('iot-2/cmd/display/fmt/json', '{"r":1,"g":2,"b":3}');
    await world.publish('iot-2/cmd/display/fmt/json', '{"text":"hello"}');
    await until('both are shown', () => board.events().includes('display hello'));
    expect(board.events()).toContain('pixel 5 RGB 1 2 3');
    await world.publish('iot-2/cmd/interval/fmt/json', '{"Interval":3000}');
    board.type('config');
    await until('the interval', () => board.lines.some((line) => line.includes('every 3000 s')));
  });

  it('publishes bare numbers in the plain form', async () => {
    await boot({ form: { kind: 'plain', base: 'garden/shed' } });
    expect(Number(await payloadOn('garden/shed/temperature'))).toBeGreaterThan(-40);
    expect(Number(await payloadOn('garden/shed/humidity'))).toBeGreaterThan(0);
  });

  it('says which answer the broker gave when the password is wrong, and does not say the password', async () => {
    const board = await boot({}, 'another token');
    expect((await bootLine(board, 'mqtt', 'fail')).fields).toMatchObject({ e: '502', rc: '5' });
    expect(board.lines.join('\n')).not.toContain('token\n');
    expect(board.lines.join('\n')).not.toContain('another');
  });
});
