// Devices found by themselves in what arrives on any topic, and what the worst payloads do to it: nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numbersIn } from '../../src/telemetry/discovery/number-paths.ts';
import { ownerOf } from '../../src/telemetry/discovery/topic-device.ts';
import { LiveBoard } from '../../src/telemetry/live-board.ts';
import { quantityLook, valueText } from '../../src/telemetry/quantity-looks.ts';
import { utf8 } from '../../src/shared/bytes.ts';

const newBoard = (): LiveBoard =>
  new LiveBoard({ projectId: 'porch', intervalMs: () => 60_000, seriesCapacity: 100, iot2: null });

const say = (
  board: LiveBoard,
  topic: string,
  payload: string | object,
  about: { atMs?: number; retained?: boolean } = {},
): void => {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  board.accept([
    { topic, payload: utf8(text), retained: about.retained ?? false, atMs: about.atMs ?? 1_000 },
  ]);
};

const valuesOf = (board: LiveBoard, deviceId: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(board.devices.get(deviceId)?.readings ?? {}).map(([name, { value }]) => [name, value]),
  );

describe('numbers in a payload', () => {
  it.each([
    ['21.5', 21.5],
    [' -3 ', -3],
    ['21,5 °C', 21.5],
    ['48%', 48],
    ['1e3', 1000],
    ['-61 dBm', -61],
  ])('a bare %j is %d', (text, value) => {
    expect(numbersIn(utf8(text))?.numbers).toEqual([{ path: '', value }]);
  });

  it.each([
    '',
    'on',
    'NaN',
    'Infinity',
    '1e308',
    '0x1f',
    '12:30',
    '192.168.1.4',
    '2026-11-25',
    'null',
    '"21.5"',
    'true',
  ])('%j is no reading', (text) => expect(numbersIn(utf8(text))).toBeNull());

  it('are found anywhere in JSON, in lists and as texts, but not names, times and dates', () => {
    const payload = {
      id: 7,
      ts: 1_790_000_000,
      env: { temp: 21.5, list: [1, { x: '2.5' }] },
      ok: true,
      name: 'porch 1',
    };
    expect(numbersIn(utf8(JSON.stringify(payload)))?.numbers).toEqual([
      { path: 'env.temp', value: 21.5 },
      { path: 'env.list.0', value: 1 },
      { path: 'env.list.1.x', value: 2.5 },
    ]);
  });

  it('keep the good ones beside 1e308, nulls and names of the language', () => {
    const text = '{"__proto__":{"a":1},"constructor":2,"temperature":1e308,"humidity":40,"x":null,"y":1e999}';
    expect(numbersIn(utf8(text))?.numbers).toEqual([{ path: 'humidity', value: 40 }]);
  });

  it('are bounded in count and depth, and that is said', () => {
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i])));
    expect(numbersIn(utf8(wide))).toMatchObject({ isCut: true, numbers: { length: 48 } });
    const deep = `${'{"a":'.repeat(12)}1,"b":2${'}'.repeat(12)}`;
    expect(numbersIn(utf8(`{"c":3,"d":${deep}}`))).toMatchObject({ isCut: true, numbers: [{ path: 'c' }] });
  });
});

describe('whose topic it is', () => {
  it.each([
    ['tele/tasmota_1/SENSOR', false, 'tasmota_1', ''],
    ['zigbee2mqtt/kitchen', false, 'zigbee2mqtt/kitchen', ''],
    ['shellies/plug-1/relay/0/power', true, 'shellies/plug-1/relay/0', 'power'],
    ['home/porch/sensor/temperature', true, 'home/porch', 'temperature'],
    ['home/porch/temperature/state', true, 'home/porch', 'temperature'],
    ['bench/analog/3', true, 'bench', 'analog.3'],
    ['temperature', true, 'temperature', 'temperature'],
    ['iot-2/evt/status/fmt/json', false, 'iot-2', ''],
    ['iot-2/type/ESP8266/id/dev01/evt/status/fmt/json', false, 'iot-2/dev01', ''],
  ])('%s (bare value: %s) is %s', (topic, isBare, key, quantity) => {
    expect(ownerOf(topic, isBare)).toEqual({ key, quantity });
  });

  it.each([
    'cmnd/tasmota_1/POWER',
    'iot-2/cmd/display/fmt/json',
    'zigbee2mqtt/lamp/set',
    '$SYS/broker/uptime',
    '',
    '///',
  ])('%j is nobody’s reading', (topic) => expect(ownerOf(topic, true)).toBeNull());
});

describe('what a quantity is called and measured in', () => {
  it.each([
    ['temperature', 'Temperature', '°C'],
    ['AM2301.Temperature', 'Temperature', '°C'],
    ['sensors.0.temp', 'Temperature', '°C'],
    ['tempF', 'Temperature', '°F'],
    ['humidity', 'Humidity', '%'],
    ['wifi.rssi', 'Wi-Fi signal', 'dBm'],
    ['battery', 'Battery', '%'],
    ['batteryVoltage', 'Battery', 'V'],
    ['pressure', 'Air pressure', 'hPa'],
    ['co2', 'CO₂', 'ppm'],
    ['toilet_flushes', 'Toilet flushes', ''],
    ['values.3', 'Values', ''],
  ])('%s is %s in %j', (quantity, label, unit) => {
    expect(quantityLook(quantity)).toMatchObject({ label, unit });
  });

  it('a battery of 3.71 is in volts', () => expect(quantityLook('battery', 3.71).unit).toBe('V'));
  it('texts have the digits that make a difference', () => {
    expect([valueText(21.456, 1), valueText(0.0042, 2), valueText(123_456.7, 1), valueText(0, 1)]).toEqual([
      '21.5',
      '0.0042',
      '123457',
      '0.0',
    ]);
  });
});

describe('a device that nobody announced', () => {
  it('appears with its first reading and its values become series', () => {
    const board = newBoard();
    say(board, 'tele/tasmota_1/SENSOR', {
      Time: '2026-11-25T12:00:00',
      AM2301: { Temperature: 21.5, Humidity: 40 },
    });
    say(board, 'tele/tasmota_1/SENSOR', { AM2301: { Temperature: 22 } }, { atMs: 11_000 });
    expect(board.devices.get('~tasmota_1')?.presence).toEqual({ kind: 'online', sinceMs: 1_000 });
    expect(valuesOf(board, '~tasmota_1')).toEqual({ 'AM2301.Temperature': 22, 'AM2301.Humidity': 40 });
    expect(board.series('~tasmota_1', 'AM2301.Temperature')?.size).toBe(2);
    expect(board.nameOf('~tasmota_1')).toBe('tasmota_1');
  });

  it('of another project is read in its own form', () => {
    const board = newBoard();
    say(board, 'signet/shed/door-1/tele', { v: 1, n: 'a'.repeat(16), q: 1, temperature: 4 });
    expect(valuesOf(board, '~shed/door-1')).toEqual({ temperature: 4 });
  });

  it('in form iot-2 has no "d" in its names', () => {
    const board = newBoard();
    say(board, 'iot-2/evt/status/fmt/json', { d: { temp: 21.5, humidity: 40 } });
    expect(valuesOf(board, '~iot-2')).toEqual({ temp: 21.5, humidity: 40 });
    expect(board.look('~iot-2', 'temp')).toMatchObject({ label: 'Temperature', unit: '°C' });
  });

  it('shows what the broker had kept, as kept, and is not online by it', () => {
    const board = newBoard();
    say(board, 'home/porch/temperature', '19.5', { retained: true });
    expect(board.devices.get('~home/porch')).toMatchObject({
      presence: { kind: 'unknown' },
      readings: { temperature: { value: 19.5, isKept: true } },
    });
    expect(board.series('~home/porch', 'temperature')).toBeNull();
    say(board, 'home/porch/temperature', '20', { atMs: 5_000 });
    say(board, 'home/porch/temperature', '19.5', { retained: true });
    expect(board.devices.get('~home/porch')?.readings['temperature']).toEqual({ value: 20, atMs: 5_000 });
  });

  it('goes offline by its own last will, said before or after its readings', () => {
    const board = newBoard();
    say(board, 'tele/plug/LWT', 'Offline', { retained: true });
    expect(board.devices.size).toBe(0);
    say(board, 'tele/plug/SENSOR', { Power: 5 }, { retained: true });
    expect(board.devices.get('~plug')?.presence).toEqual({ kind: 'offline', sinceMs: null });
    say(board, 'tele/plug/LWT', 'Online', { atMs: 2_000 });
    expect(board.devices.get('~plug')?.presence.kind).toBe('online');
    say(board, 'tele/plug/LWT', 'Offline', { atMs: 3_000 });
    expect(board.devices.get('~plug')?.presence).toEqual({ kind: 'offline', sinceMs: 3_000 });
  });

  it('falls silent after three of its own intervals, not of everybody’s', () => {
    const board = newBoard();
    for (const atMs of [0, 600_000, 1_200_000]) say(board, 'attic/climate', { temperature: 20 }, { atMs });
    board.tick(2_900_000);
    expect(board.devices.get('~attic/climate')?.presence.kind).toBe('online');
    board.tick(3_100_000);
    expect(board.devices.get('~attic/climate')?.presence.kind).toBe('quiet');
  });
});

describe('Home Assistant discovery', () => {
  const device = { ids: ['bme'], name: 'Weather mast' };
  it('names devices, quantities and units, and reads only what it declares', () => {
    const board = newBoard();
    say(board, 'homeassistant/sensor/bme/t/config', {
      '~': 'mast/1',
      name: 'Outside',
      stat_t: '~/state',
      unit_of_meas: '°F',
      dev_cla: 'temperature',
      val_tpl: "{{ value_json['env'].t | round(1) }}",
      dev: device,
      avty_t: '~/alive',
      pl_avail: 'yes',
      pl_not_avail: 'no',
    });
    say(board, 'mast/1/state', { env: { t: 70.1 }, other: 5 });
    expect(board.nameOf('~ha/bme')).toBe('Weather mast');
    expect(valuesOf(board, '~ha/bme')).toEqual({ 'env.t': 70.1 });
    expect(board.look('~ha/bme', 'env.t')).toMatchObject({ label: 'Outside', unit: '°F', decimals: 1 });
    say(board, 'mast/1/alive', 'no', { atMs: 3_000 });
    expect(board.devices.get('~ha/bme')?.presence).toEqual({ kind: 'offline', sinceMs: 3_000 });
  });

  it('in its device form declares several quantities of one topic', () => {
    const board = newBoard();
    say(board, 'homeassistant/device/bme/config', {
      dev: device,
      o: { name: 'x' },
      stat_t: 'mast/state',
      cmps: {
        a: { p: 'sensor', dev_cla: 'temperature', val_tpl: '{{ value_json.temperature }}', uniq_id: '1' },
        b: { p: 'sensor', dev_cla: 'humidity', val_tpl: '{{ value_json.humidity }}', uniq_id: '2' },
        c: { p: 'button' },
      },
    });
    say(board, 'mast/state', { temperature: 20, humidity: 41, secret: 3 });
    expect(valuesOf(board, '~ha/bme')).toEqual({ temperature: 20, humidity: 41 });
  });
});

describe('ten thousand malformed payloads', () => {
  const nasty = [
    '{"temperature":NaN}',
    '{"temperature":1e308}',
    '{"temperature":1e999}',
    '{"__proto__":{"temperature":5}}',
    '{"constructor":{"prototype":{"x":1}}}',
    '['.repeat(5_000),
    '['.repeat(60_000),
    `{"a":"${'x'.repeat(70_000)}"}`,
    '{"temperature":',
    '\uFEFF{"temperature":1}',
    'ÿþ',
    '"',
    '{}',
    '[]',
    'null',
  ];
  const payload = fc.oneof(
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    { weight: 3, arbitrary: fc.json({ maxDepth: 12 }).map(utf8) },
    { weight: 2, arbitrary: fc.constantFrom(...nasty).map(utf8) },
    { weight: 2, arbitrary: fc.string({ maxLength: 40 }).map(utf8) },
    { weight: 1, arbitrary: fc.constant(new Uint8Array(200_000)) },
  );
  const topic = fc.oneof(
    fc.constantFrom(
      'signet/porch/porch-1/tele',
      'signet/porch/porch-1/status',
      'signet/porch/porch-1/health',
      'iot-2/evt/status/fmt/json',
      'homeassistant/sensor/x/config',
      'homeassistant/device/x/config',
      'tele/x/LWT',
      'home/porch/temperature',
      '__proto__',
      'constructor/prototype',
    ),
    fc.string({ maxLength: 30 }),
  );

  it('cause no exception, and every good reading between them is kept', () => {
    const board = newBoard();
    let good = 0;
    fc.assert(
      fc.property(topic, payload, fc.boolean(), (name, bytes, retained) => {
        board.accept([{ topic: name, payload: bytes, retained, atMs: 1_000 + good }]);
        good += 1;
        say(
          board,
          'signet/porch/good-1/tele',
          { v: 1, n: 'a'.repeat(16), q: good, temperature: good % 50 },
          { atMs: 1_000 + good },
        );
        say(board, 'home/good/temperature', String(good % 50), { atMs: 1_000 + good });
        expect(board.devices.get('good-1')?.readings['temperature']?.value).toBe(good % 50);
        expect(board.devices.get('~home/good')?.readings['temperature']?.value).toBe(good % 50);
      }),
      { numRuns: 10_000 },
    );
    expect(board.devices.get('good-1')).toMatchObject({ missedReadings: 0, unreadableCount: 0 });
    expect(({} as Record<string, unknown>)['temperature']).toBeUndefined();
  }, 60_000);

  it('and as many devices and names as there are numbers do not fill the memory, which is said', () => {
    const board = newBoard();
    say(board, 'signet/porch/porch-1/tele', { v: 1, n: 'a'.repeat(16), q: 0, temperature: 1 });
    for (let i = 0; i < 3_000; i += 1) say(board, `swarm/${i}/temperature`, '20');
    for (let i = 0; i < 500; i += 1) say(board, 'swarm/0', { [`name${i}`]: i });
    expect(board.devices.size).toBeLessThanOrEqual(1_001);
    expect(board.leftOut.ofDevices).toBeGreaterThan(1_900);
    expect(board.leftOut.ofSeries).toBeGreaterThan(400);
    expect(board.quantities('~swarm/0').length).toBeLessThanOrEqual(48);
    say(board, 'signet/porch/porch-2/tele', { v: 1, n: 'a'.repeat(16), q: 0, temperature: 1 });
    expect(board.devices.has('porch-2'), 'the project’s own are kept').toBe(true);
  });
});
