/** Whatever a legal project is called, Mosquitto loads its bundle. */
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isLegalId, isReservedId } from '../../src/project/ids.ts';
import {
  bundleInput,
  connect,
  dashboardPassword,
  makePki,
  publishReason,
  removeFolder,
  startBroker,
  temporaryFolder,
  type TestPki,
  unpackBundle,
  webOptions,
} from './broker-bench.ts';

let folder: string;
let pki: TestPki;

beforeAll(() => {
  folder = temporaryFolder();
  pki = makePki(folder);
});
afterAll(() => removeFolder(folder));

const id = fc.stringMatching(/^[a-z0-9-]{1,32}$/).filter((text) => isLegalId(text) && !isReservedId(text));
const host = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom('pi.local', 'mosquitto', 'my_server', 'A'.repeat(253)),
);

it('any legal project yields a bundle that starts and lets its dashboard in', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      id,
      fc.array(host, { minLength: 1, maxLength: 3 }),
      fc.uniqueArray(id, { maxLength: 40 }),
      async (projectId, hosts, devices) => {
        const input = await bundleInput(pki.certificates, { projectId, hosts, devices });
        const bundle = path.join(folder, `any-${run++}`);
        unpackBundle(input, bundle);
        const broker = await startBroker(path.join(bundle, 'start.sh'), []);
        try {
          const page = await connect(
            webOptions(input, { username: 'dashboard', password: dashboardPassword }),
          );
          for (const device of devices.slice(0, 3)) {
            expect(await publishReason(page, `signet/${projectId}/${device}/cmd`)).toBe(0);
          }
          expect(await publishReason(page, `signet/${projectId}/x/tele`)).toBe(135);
          await page.endAsync(true);
          expect(broker.log()).not.toMatch(/warning|error|unable|removing/i);
        } finally {
          await broker.stop();
        }
      },
    ),
    { numRuns: 12 },
  );
});
