/** Beyond the stories: whatever happens to a device, both homes do the same at the same millisecond. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { firstFiles } from '../../src/contract/slot-files.ts';
import { toHex, utf8 } from '../../src/shared/bytes.ts';
import { commandKey, standardConfig, standardUnixMs } from './fixture.ts';
import { buildNativeHome, startNativeHome, startWasmHome, type Home } from './homes.ts';

const brokerBytes = fc.oneof(
  fc.constantFrom(
    '20020000',
    '20020005',
    '9003000101',
    '9003000180',
    'd000',
    '40020001',
    '3002',
    '30ffffffff',
  ),
  fc.uint8Array({ maxLength: 40 }).map(toHex),
);
const typed = fc.constantFrom(
  'info',
  'read',
  'wifi',
  'tls',
  'log',
  'reset',
  'safe off',
  '\u00e4',
  'x'.repeat(60),
);

const order = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 20_000 }).map((ms) => `run ${ms}`) },
  fc.constantFrom(
    'wifi 2 0 -58 192 168 1 40',
    'wifi 3 202 -80 0 0 0 0 15',
    'wifi 3 201 0 0 0 0 0 200',
    'wifi 1 0 0 0 0 0 0',
  ),
  fc.constantFrom('zone 0', 'zone -18000', 'zone 20700'),
  fc.constantFrom(
    'net 4 0 0 1480 512 0 0',
    'net 3 0 0 0 0 0 0',
    'net 5 404 62 0 0 0 0',
    'net 5 501 0 0 0 0 0',
  ),
  fc.constantFrom(`unix ${standardUnixMs + 5000}`, `unix ${standardUnixMs - 1e9}`, 'unix 0'),
  fc.constantFrom('sensor 1 215 402', 'sensor 2 0 0', 'sensor 0 0 0', 'sensor 1 -400 0'),
  fc.constantFrom('chunks 1 1', 'chunks 7 3', 'chunks 5000 5000', 'gone', 'mayWrite 0', 'mayWrite 1'),
  fc.constantFrom('setup', 'reset 3', 'reset 0'),
  brokerBytes.map((hex) => `in ${hex}`),
  typed.map((line) => `serial ${toHex(utf8(`${line}\r\n`))}`),
);

async function filesOrders(): Promise<string[]> {
  const slot = {
    cfg: utf8(JSON.stringify({ ...standardConfig, relay: { pin: 5, low: false, pulse_ms: 500 } })),
    ca: utf8('ca'),
    crt: utf8('crt'),
    key: utf8('key'),
    mac: utf8(`app ${toHex(commandKey('app'))} *\n`),
  };
  const files = await firstFiles(slot, standardUnixMs);
  return files.map(({ path, content }) => `file ${path} ${toHex(content)}`);
}

async function playBoth(homes: readonly Home[], orders: readonly string[]): Promise<void> {
  for (const line of orders) {
    const [native, wasm] = await Promise.all(homes.map((home) => home.send(line)));
    expect(wasm, line).toEqual(native);
  }
}

beforeAll(() => buildNativeHome());

it('both homes do the same, whatever happens to the device', async () => {
  const prepared = [...(await filesOrders()), 'setup'];
  await fc.assert(
    fc.asyncProperty(fc.array(order, { minLength: 5, maxLength: 40 }), async (orders) => {
      const homes = [startNativeHome(), await startWasmHome()];
      try {
        await playBoth(homes, [...prepared, ...orders]);
      } finally {
        homes.forEach((home) => home.close());
      }
    }),
    { numRuns: 40 },
  );
});
