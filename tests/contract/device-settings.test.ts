// What the page's form takes, the firmware takes: random settings become a configuration, and the core says what it thinks.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DeviceConfig } from '../../src/contract/config.ts';
import { pixelOrders, unsignedCommands, type DeviceSettings } from '../../src/project/device-settings.ts';
import type { CertificateRecord } from '../../src/project/entities.ts';
import { fieldsOf, settingsOf } from '../../src/ui/devices/settings-fields.ts';
import { zoneOptions } from '../../src/ui/devices/expert-fields.ts';
import { validateDeviceSettings } from '../../src/workflows/device-settings-form.ts';
import { settingsConfig } from '../../src/workflows/settings-config.ts';
import { testCertificate } from '../fixtures/test-certificate.ts';
import { startWasmHome, type Home } from './homes.ts';
import { play } from './play.ts';

let home: Home;
let broker: CertificateRecord;

beforeAll(async () => {
  home = await startWasmHome();
  broker = await testCertificate();
});

/** The core's line about its configuration. */
async function saidOf(settings: DeviceSettings): Promise<string> {
  const parts = await settingsConfig(settings, broker, crypto);
  const config = { ...parts } as Record<string, unknown> & Partial<DeviceConfig>;
  const { found } = await play({ title: '', device: { config }, steps: [{ expect: [] }] }, [home]);
  return found.flat().find((line) => / cfg (ok|fail)/.test(line)) ?? '';
}

const pin = fc.constantFrom(0, 2, 4, 5, 12, 13, 14, 15, 16);
const anyPin = fc.oneof({ weight: 9, arbitrary: pin }, fc.constantFrom(1, 3, 6, 9, 11, 17));
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const thresholds = fc
  .uniqueArray(fc.integer({ min: -1_000, max: 1_500 }), { minLength: 4, maxLength: 4 })
  .map(
    (tenths) => tenths.sort((a, b) => a - b).map((tenth) => tenth / 10) as [number, number, number, number],
  );

const settings: fc.Arbitrary<DeviceSettings> = fc
  .record({
    sensor: fc.record({
      type: fc.constantFrom('none' as const, 'dht11' as const, 'dht22' as const),
      pin: anyPin,
      everyS: fc.integer({ min: 2, max: 86_400 }),
      unit: fc.constantFrom('C' as const, 'F' as const),
    }),
    led: fc.option(fc.record({ pin: anyPin, activeLow: fc.boolean() })),
    relay: fc.option(
      fc.record({ pin: anyPin, activeLow: fc.boolean(), pulseMs: fc.integer({ min: 100, max: 5_000 }) }),
    ),
    pixel: optional(fc.record({ pin: anyPin, order: fc.constantFrom(...pixelOrders), thresholds })),
    outputs: optional(fc.record({ selectPin: anyPin, inverted: fc.boolean() })),
    clock: optional(
      fc.record({
        servers: fc.array(fc.constantFrom('pool.ntp.org', '192.168.1.1', `${'n'.repeat(44)}.org`), {
          minLength: 1,
          maxLength: 3,
        }),
        timeZone: fc.constantFrom(...zoneOptions.map(({ value }) => value), '<+0545>-5:45'),
      }),
    ),
    form: optional(
      fc.constantFrom(
        { kind: 'iot2' as const, base: '' },
        { kind: 'plain' as const, base: 'house/porch' },
        { kind: 'plain' as const, base: 'ü'.repeat(40) },
      ),
    ),
    brokerCheck: optional(fc.constantFrom('pinned' as const, 'fingerprint' as const)),
    unsigned: optional(fc.subarray([...unsignedCommands], { minLength: 1 })),
    baud: optional(fc.constant(74880 as const)),
  })
  .map((given) => {
    const present = Object.entries(given).filter(([, value]) => value !== undefined);
    const { unsigned, ...rest } = Object.fromEntries(present) as unknown as DeviceSettings;
    return rest.form?.kind === 'iot2' && unsigned ? { ...rest, unsigned } : rest;
  });

describe('settings of a device', () => {
  it('that the page takes are taken by the firmware without a word; those it refuses are refused there too', () =>
    fc.assert(
      fc.asyncProperty(settings, async (given) => {
        const problems = validateDeviceSettings(given).map(({ field }) => field);
        const said = await saidOf(given);
        if (problems.length === 0) expect(said, JSON.stringify(given)).toMatch(/ cfg ok (?!.*e=)/);
        else expect(said, problems.join()).toMatch(/e=103/);
      }),
      { numRuns: 300 },
    ));

  it('come back equal from the form', () =>
    fc.assert(
      fc.property(settings, (given) => {
        expect(settingsOf(fieldsOf(given))).toEqual(asTyped(given));
      }),
    ));

  /** The form has the usual time for no time, and rounds nothing. */
  const asTyped = (given: DeviceSettings): DeviceSettings => {
    const isUsual = given.clock?.servers.join() === 'pool.ntp.org' && given.clock.timeZone === 'UTC0';
    if (!isUsual) return given;
    return Object.fromEntries(
      Object.entries(given).filter(([part]) => part !== 'clock'),
    ) as unknown as DeviceSettings;
  };

  it('beyond the limits are refused by the page', () => {
    const plain: DeviceSettings = {
      sensor: { type: 'none', pin: 4, everyS: 10, unit: 'C' },
      led: null,
      relay: null,
    };
    const refused = (part: Partial<DeviceSettings>): string[] =>
      validateDeviceSettings({ ...plain, ...part }).map(({ field }) => field);
    const pixel = { pin: 5, order: 'RGB' } as const;
    for (const bad of [
      [0, 10, 10, 30],
      [30, 20, 10, 0],
      [0, 1, 2, 151],
      [-101, 0, 1, 2],
      [0, 1, 2, Number.NaN],
    ])
      expect(refused({ pixel: { ...pixel, thresholds: bad as [number, number, number, number] } })).toEqual([
        'thresholds',
      ]);
    const clock = { servers: ['pool.ntp.org'], timeZone: 'UTC0' };
    for (const servers of [[], ['a', 'b', 'c', 'd'], ['with space'], ['x'.repeat(49)], ['-a']])
      expect(refused({ clock: { ...clock, servers } })).toEqual(['servers']);
    for (const timeZone of ['', 'Europe/Berlin', 'CET', 'UTC0'.padEnd(49, '0'), 'CET-1\nX'])
      expect(refused({ clock: { ...clock, timeZone } })).toEqual(['timeZone']);
    for (const base of ['', '/a', 'a/', 'a//b', 'a/+/b', 'a/#', '$SYS/a', 'ü'.repeat(41), 'a\0b'])
      expect(refused({ form: { kind: 'plain', base } })).toEqual(['base']);
    expect(
      refused({ outputs: { selectPin: 16, inverted: true }, led: { pin: 13, activeLow: true } }),
    ).toEqual(['outputsPin']);
  });
});
