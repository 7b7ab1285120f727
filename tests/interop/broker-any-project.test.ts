/** Whatever a legal project is called and whoever may do what in it, Mosquitto loads its bundle and lets the right in. */
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BundleInput, PasswordClient } from '../../src/broker/bundle-input.ts';
import { isLegalPrefix } from '../../src/broker/bundle-input.ts';
import { hashPassword, passwordFileLine } from '../../src/broker/password-file.ts';
import { deviceWrites, topicLeaves } from '../../src/contract/topics.ts';
import type { ClientRights } from '../../src/project/access.ts';
import { isLegalId, isLegalUserName, isReservedId } from '../../src/project/ids.ts';
import {
  bundleInput,
  connect,
  dashboardPassword,
  deviceOptions,
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
/** Every character that a password may have: all but those that are not printed. */
const password = fc
  .string({ unit: 'grapheme', minLength: 12, maxLength: 30 })
  .filter((text) => !/\p{Cc}/u.test(text) && new TextEncoder().encode(text).length <= 128);
const userName = fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/).filter((text) => isLegalUserName(text));
const prefix = fc.stringMatching(/^[A-Za-z0-9_/-]{1,31}$/).filter(isLegalPrefix);
const rights = fc.record({
  read: fc.subarray([...topicLeaves]),
  write: fc.subarray([...topicLeaves]),
  devices: fc.constantFrom<null | string[]>(null, [], ['porch-1']),
  discovery: fc.boolean(),
});

const access = fc.record({
  deviceLogin: fc.constantFrom('certificate', 'password', 'both'),
  device: fc.record({ read: fc.subarray(['cmd'] as const), write: fc.subarray([...deviceWrites]) }),
  dashboard: rights,
  discoveryPrefix: fc.option(prefix),
});

/** Names, none of them twice, and what is known of each. */
const people = fc
  .uniqueArray(id, { maxLength: 40 })
  .chain((ids) => fc.tuple(fc.constant(ids), fc.array(fc.tuple(password, rights), { maxLength: 3 })))
  .map(([ids, users]) => ({
    devices: ids.slice(users.length),
    users: ids.slice(0, users.length).map((user, at) => ({ user, secret: users[at] })),
  }));

const line = async (user: string, secret: string): Promise<string> => {
  const salt = crypto.getRandomValues(new Uint8Array(12));
  return passwordFileLine(user, await hashPassword(secret, { salt, iterations: 101 }));
};

async function tried(
  input: BundleInput,
  users: readonly (readonly [string, string, ClientRights])[],
): Promise<void> {
  const device = input.devices[0];
  const login = { username: 'dashboard', password: dashboardPassword };
  for (const [username, secret, allowed] of [
    ['dashboard', login.password, input.access.dashboard] as const,
    ...users,
  ]) {
    const client = await connect(webOptions(input, { username, password: secret }));
    const mayCommand = allowed.write.includes('cmd') && (allowed.devices?.includes(device ?? '') ?? true);
    if (device !== undefined)
      expect(await publishReason(client, `signet/${input.projectId}/${device}/cmd`)).toBe(
        mayCommand ? 0 : 135,
      );
    expect(await publishReason(client, `signet/${input.projectId}/x!/tele`)).toBe(135);
    await client.endAsync(true);
    await expect(connect(webOptions(input, { username, password: `${secret}x` }))).rejects.toThrow();
  }
}

async function deviceTried(input: BundleInput): Promise<void> {
  const [device] = input.devices;
  if (device === undefined) return;
  const { deviceLogin } = input.access;
  const commonName = input.userNames?.get(device) ?? device;
  const identity = deviceLogin === 'password' ? null : pki.client.issue({ commonName, usage: 'clientAuth' });
  const login = deviceLogin === 'certificate' ? {} : { username: device, password: `${device} ü§` };
  const client = await connect({ ...deviceOptions(input, identity), ...login });
  const expected = input.access.device.write.includes('tele') ? 0 : 135;
  expect(await publishReason(client, `signet/${input.projectId}/${device}/tele`)).toBe(expected);
  await client.endAsync(true);
}

it('any legal project yields a bundle that starts and lets its people in, and nobody else', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.record({ projectId: id, hosts: fc.array(host, { minLength: 1, maxLength: 3 }), access }),
      people,
      fc.uniqueArray(userName, { maxLength: 2 }),
      async (project, { devices, users }, commonNames) => {
        const named = users.flatMap(({ user, secret }) => (secret ? [[user, ...secret] as const] : []));
        const taken = [...devices, ...named.map(([user]) => user), 'dashboard'];
        const names = commonNames.filter((name) => !taken.includes(name));
        const clients = await Promise.all(
          named.map(async ([user, secret, allowed]): Promise<PasswordClient> => ({
            user,
            rights: allowed,
            passwordHashLine: await line(user, secret),
          })),
        );
        const input = await bundleInput(pki.certificates, {
          ...project,
          devices,
          users: clients,
          userNames: new Map(names.slice(0, devices.length).map((name, at) => [devices[at] ?? '', name])),
          devicePasswordLines: await Promise.all(devices.map((device) => line(device, `${device} ü§`))),
        });
        const bundle = path.join(folder, `any-${run++}`);
        unpackBundle(input, bundle);
        const broker = await startBroker(path.join(bundle, 'start.sh'), []);
        try {
          await tried(input, named);
          await deviceTried(input);
          expect(broker.log()).not.toMatch(/warning:|unable|removing/i);
        } finally {
          await broker.stop();
        }
      },
    ),
    { numRuns: 15 },
  );
});
