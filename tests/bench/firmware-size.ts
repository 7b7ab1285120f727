/** The firmware core's bytes on the chip (lx106), from the very objects that the firmware's test judges. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bench } from './support/bench.ts';

interface CoreSize {
  readonly ramBytes: number;
  /** Code, and the constants that are kept with it in flash. */
  readonly codeBytes: number;
  /** The part of it that is the MQTT client. */
  readonly mqttBytes: number;
}

const script = fileURLToPath(new URL('../../scripts/firmware-size.sh', import.meta.url));
const report =
  /static RAM (\d+) of \d+ bytes, code (\d+) of \d+ bytes, constants in flash (\d+) bytes, of both MQTT (\d+) bytes/;

let measured: Promise<CoreSize> | null = null;
const coreSize = (): Promise<CoreSize> => (measured ??= measure());

/** The script also fails when a budget is exceeded; the figure is wanted then all the more. */
async function measure(): Promise<CoreSize> {
  const stdout = await promisify(execFile)('bash', [script]).then(
    (ended) => ended.stdout,
    (thrown: unknown) => (thrown as { readonly stdout?: string }).stdout ?? '',
  );
  const [, ram, code, constants, mqtt] = report.exec(stdout) ?? [];
  if (ram === undefined) throw new Error(`scripts/firmware-size.sh printed no sizes: ${stdout}`);
  return { ramBytes: Number(ram), codeBytes: Number(code) + Number(constants), mqttBytes: Number(mqtt) };
}

export const benches: readonly Bench[] = [
  {
    name: 'firmware.core.static-ram',
    unit: 'bytes',
    run: async () => ({ value: (await coreSize()).ramBytes, yardstick: null }),
  },
  {
    name: 'firmware.core.code',
    unit: 'bytes',
    run: async () => ({ value: (await coreSize()).codeBytes, yardstick: null }),
  },
  {
    // The yardstick was measured once, by what an ESP8266 program grew: docs/benchmarks.md.
    name: 'firmware.mqtt.code',
    unit: 'bytes',
    run: async () => ({
      value: (await coreSize()).mqttBytes,
      yardstick: { name: 'PubSubClient 2.8 over TLS alone', value: 3072 },
    }),
  },
];
