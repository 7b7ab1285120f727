/** Who may do what, as it is stored and changed, and what of it reaches a device; a hosted broker in place of one's own. */
import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { devicePassword } from '../../src/broker/device-password.ts';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import { PageKeyMaker } from '../../src/platform/keys/page-key-maker.ts';
import type { Project } from '../../src/project/entities.ts';
import { fromUtf8 } from '../../src/shared/bytes.ts';
import { AppError } from '../../src/shared/errors.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { addDevice } from '../../src/workflows/add-device.ts';
import { accessTable, saveAccess } from '../../src/workflows/broker-access.ts';
import {
  addPasswordUser,
  removePasswordUser,
  renewPassword,
  userPassword,
} from '../../src/workflows/password-users.ts';
import { makeBrokerBundle } from '../../src/workflows/broker-bundle.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import { makeDeviceSlot } from '../../src/workflows/device-image.ts';
import { makeEngineFiles } from '../../src/workflows/engine-files.ts';
import { everySecretText } from '../../src/workflows/field-report.ts';
import { useHostedBroker, useOwnBroker, type HostedForm } from '../../src/workflows/hosted-broker.ts';
import { projectSource } from '../../src/workflows/live-source.ts';
import { openSecret } from '../../src/workflows/open-secret.ts';
import { bundleChanges, saveBrokerBundle } from '../../src/workflows/save-broker-bundle.ts';
import type { TrustEnvironment } from '../../src/workflows/trust/change.ts';
import { createCertificate } from '../../src/workflows/trust/create-certificate.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const options = { signal: new AbortController().signal, timeoutMs: 60_000 };
const downloads = { save: () => undefined };
let store: MemoryProjectStore;
let env: TrustEnvironment;

beforeEach(async () => {
  store = new MemoryProjectStore();
  const clock = new ManualClock();
  const { crypto } = globalThis;
  const vaults = createVaults({ store, keys: new MemoryBrowserKeys(), crypto, clock });
  env = { store, vaults, clock, crypto, keyMaker: () => Promise.resolve(new PageKeyMaker()) };
  await createProject(
    env,
    {
      projectName: 'Porch',
      hosts: ['pi.local'],
      wifiSsid: 'Attic',
      wifiPassword: 'correct horse',
      deviceName: 'porch-1',
      sensor: 'dht22',
      passphrase: null,
    },
    options,
  );
});

const project = async (): Promise<Project> => (await store.load('porch')).value;

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (thrown: unknown) => (thrown instanceof AppError ? thrown.code : String(thrown)),
  );
}

const file = async (path: string): Promise<string> => {
  const found = (await makeBrokerBundle(env, await project())).find((each) => each.path === path);
  return found ? fromUtf8(found.content) : '';
};

interface Config {
  readonly mqtt: Readonly<Record<string, string | number>>;
  readonly tls?: unknown;
  readonly ha?: string;
}
async function slot(): Promise<{ readonly config: Config; readonly ca: Uint8Array }> {
  const of = await project();
  const [device] = of.devices;
  if (!device) throw new Error('no device');
  const made = await makeDeviceSlot(env, of, device);
  return { config: JSON.parse(fromUtf8(made.slot.cfg)) as Config, ca: made.slot.ca };
}

describe('users with passwords', () => {
  const add = (name: string, password = ''): Promise<void> =>
    addPasswordUser(env, 'porch', { kind: 'custom', name, password });

  it('get a password nobody can guess, and begin by reading', async () => {
    await add('tablet');
    expect(await userPassword(env, await project(), 'tablet')).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await file('mosquitto/acl-web')).toContain('\nuser tablet\ntopic read signet/porch/#\n');
  });

  it.each([
    ['access.user-name', 'Tablet'],
    ['access.user-name', 'dashboard'],
    ['access.user-name', 'homeassistant'],
    ['access.user-name', ''],
    ['access.user-taken', 'porch-1'],
  ])('are refused with %s when they are called "%s"', async (code, name) => {
    expect(await codeOf(add(name))).toBe(code);
  });

  it('share one list of names with devices and certificates, whichever came first', async () => {
    await add('tablet');
    expect(await codeOf(add('tablet'))).toBe('access.user-taken');
    expect(await codeOf(addDevice(env, 'porch', { name: 'tablet', sensor: 'none' }))).toBe(
      'project.device-taken',
    );
    const certificate = { kind: 'custom', name: 'tablet', algorithm: 'p256', days: 30 } as const;
    expect(await codeOf(createCertificate(env, 'porch', certificate, options))).toBe('pki.name-taken');
  });

  it.each(['too short', 'ä'.repeat(65), 'with\na line end'])(
    'may not have the password "%s"',
    async (password) => {
      expect(await codeOf(add('tablet', password))).toBe('access.password');
    },
  );

  it('leave nothing behind when they are removed or renewed', async () => {
    await add('tablet');
    const first = (await project()).broker.access.users[0]?.passwordRecord ?? '';
    const old = await userPassword(env, await project(), 'tablet');
    await renewPassword(env, 'porch', { name: 'tablet', password: '' });
    expect(await userPassword(env, await project(), 'tablet')).not.toBe(old);
    expect(await codeOf(openSecret(env, 'porch', first))).toBe('storage.not-found');
    await removePasswordUser(env, 'porch', 'tablet');
    expect(await file('mosquitto/passwd')).not.toContain('tablet');
    expect(await codeOf(removePasswordUser(env, 'porch', 'tablet'))).toBe('access.user-missing');
  });

  it('are among the secrets that no report may show', async () => {
    await add('tablet', 'canary password 1');
    expect(await everySecretText(env, await project())).toContain('canary password 1');
  });
});

describe('the table', () => {
  it('refuses a device more than its own side', async () => {
    const table = accessTable(await project());
    const more = { ...table, device: { ...table.device, write: [...table.device.write, 'cmd' as const] } };
    expect(await codeOf(saveAccess(env, 'porch', more))).toBe('access.device');
    expect(await codeOf(saveAccess(env, 'porch', { ...table, discoveryPrefix: 'signet/porch' }))).toBe(
      'access.prefix',
    );
    expect(await codeOf(saveAccess(env, 'porch', { ...table, discoveryPrefix: '#' }))).toBe('access.prefix');
  });

  it('keeps the rights of who came in meanwhile', async () => {
    const before = accessTable(await project());
    await addPasswordUser(env, 'porch', { kind: 'homeassistant', name: '', password: '' });
    await saveAccess(env, 'porch', { ...before, device: { read: [], write: ['tele'] } });
    expect((await project()).broker.access.users.map(({ name }) => name)).toEqual(['homeassistant']);
  });

  it('gives devices their password and the discovery prefix with their settings', async () => {
    expect((await slot()).config.mqtt).not.toHaveProperty('pass');
    const table = accessTable(await project());
    await saveAccess(env, 'porch', { ...table, deviceLogin: 'both', discoveryPrefix: 'homeassistant' });
    const [device] = (await project()).devices;
    const password = await devicePassword(await openSecret(env, 'porch', device?.commandKeyRecord ?? ''));
    const { config } = await slot();
    expect(config.mqtt).toMatchObject({ user: 'porch-1', pass: password });
    expect(config.ha).toBe('homeassistant');
    expect(await everySecretText(env, await project())).toContain(password);
  });
});

describe('what is new in a download', () => {
  it('is nothing the second time, and afterwards exactly what changed', async () => {
    const changes = async () => {
      const of = await project();
      const { sinceMs, files, gone } = await bundleChanges(env, of, await makeBrokerBundle(env, of));
      const different = [...files].filter(([, change]) => change !== 'same');
      return { sinceMs, different, gone };
    };
    expect(await changes()).toEqual({ sinceMs: null, different: [], gone: [] });
    await saveBrokerBundle({ ...env, downloads }, await project());
    expect(await changes()).toEqual({ sinceMs: env.clock.nowMs(), different: [], gone: [] });
    await addDevice(env, 'porch', { name: 'door-1', sensor: 'none' });
    expect((await changes()).different).toEqual([
      ['mosquitto/acl-devices', 'changed'],
      ['mosquitto/acl-web', 'changed'],
    ]);
    await saveAccess(env, 'porch', { ...accessTable(await project()), deviceLogin: 'password' });
    expect((await changes()).different).toContainEqual(['mosquitto/passwd-devices', 'new']);
    await saveBrokerBundle({ ...env, downloads }, await project(), 'docker');
    expect((await project()).broker.system).toBe('docker');
    await saveAccess(env, 'porch', { ...accessTable(await project()), deviceLogin: 'certificate' });
    expect((await changes()).gone).toEqual(['config/passwd-devices']);
  });

  it('is known by digests that tell nothing without the sealed key', async () => {
    await saveBrokerBundle({ ...env, downloads }, await project());
    const first = (await project()).broker.lastDownload;
    await saveBrokerBundle({ ...env, downloads }, await project());
    const second = (await project()).broker.lastDownload;
    expect(Object.keys(first?.digests ?? {})).toEqual(Object.keys(second?.digests ?? {}));
    for (const [path, digest] of Object.entries(first?.digests ?? {})) {
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
      expect(second?.digests[path]).not.toBe(digest);
    }
    expect(await codeOf(openSecret(env, 'porch', first?.keyRecord ?? ''))).toBe('storage.not-found');
  });
});

describe('a hosted broker', () => {
  const newAuthority = (...more: string[]): string =>
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        '/dev/null',
        '-subj',
        '/CN=Hosted root',
        ...more,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    ).toString();
  const root = newAuthority();
  const form: HostedForm = {
    host: 'abc.s1.eu.hivemq.cloud',
    port: '8883',
    webUrl: 'wss://abc.s1.eu.hivemq.cloud:8884/mqtt',
    user: 'signet',
    password: 'hosted canary',
    authorities: root,
  };

  it('is where devices go, whom they believe, and where Live logs in', async () => {
    await useHostedBroker(env, 'porch', form);
    const { config, ca } = await slot();
    expect(config.mqtt).toMatchObject({ host: form.host, port: 8883, user: 'signet', pass: 'hosted canary' });
    const der = execFileSync('openssl', ['x509', '-outform', 'der'], { input: root });
    expect(der.equals(ca)).toBe(true);
    const source = await projectSource(env, await project());
    expect(source).toMatchObject({ url: form.webUrl, username: 'signet', password: 'hosted canary' });
    expect(await everySecretText(env, await project())).toContain('hosted canary');
  });

  it('keeps password and authority when they are left empty, and goes without a trace', async () => {
    await useHostedBroker(env, 'porch', form);
    await useHostedBroker(env, 'porch', { ...form, webUrl: '', password: null, authorities: '' });
    expect((await slot()).config.mqtt).toMatchObject({ pass: 'hosted canary' });
    expect(await codeOf(projectSource(env, await project()))).toBe('live.hosted-without-web');
    const record = (await project()).broker.hosted?.login?.passwordRecord ?? '';
    await useOwnBroker(env, 'porch');
    expect((await slot()).config.mqtt).toEqual({ host: 'pi.local', port: 8883 });
    expect(await codeOf(openSecret(env, 'porch', record))).toBe('storage.not-found');
  });

  it.each([
    ['hosted.address', { host: 'a b' }],
    ['hosted.address', { port: '0' }],
    ['hosted.address', { webUrl: 'ws://plain' }],
    ['hosted.authority', { authorities: '' }],
    ['hosted.authority', { authorities: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }],
    ['hosted.authority', { authorities: newAuthority('-addext', 'basicConstraints=CA:FALSE') }],
    ['hosted.authority', { authorities: root + root + root }],
    ['hosted.login', { password: 'x'.repeat(129) }],
  ])('is refused with %s: %o', async (code, change) => {
    expect(await codeOf(useHostedBroker(env, 'porch', { ...form, ...change }))).toBe(code);
    expect((await project()).broker.hosted).toBeNull();
  });
});

describe('other engines', () => {
  it("AWS gets a certificate that OpenSSL verifies, with the registration code as its name, by the devices' authority", async () => {
    const code = '0123456789abcdef'.repeat(4);
    const files = await makeEngineFiles(env, await project(), {
      engine: 'aws',
      region: 'eu-central-1',
      account: '1234-5678-9012',
      registrationCode: ` ${code}\n`,
    });
    const text = (at: string): string =>
      fromUtf8(files.find(({ path }) => path === at)?.content ?? new Uint8Array());
    const shown = execFileSync('openssl', ['x509', '-noout', '-subject', '-nameopt', 'multiline'], {
      input: text('verification.crt'),
    });
    expect(shown.toString()).toContain(code);
    const verified = execFileSync('sh', [
      '-c',
      'd=$(mktemp -d) && printf %s "$1" > $d/ca && printf %s "$2" > $d/leaf && openssl verify -CAfile $d/ca $d/leaf; rm -r $d',
      'sh',
      text('client-ca.crt'),
      text('verification.crt'),
    ]);
    expect(verified.toString()).toContain(': OK');
    expect(files.some(({ content }) => fromUtf8(content).includes('PRIVATE KEY'))).toBe(false);
  });

  it.each([
    [
      'broker.aws-account',
      { engine: 'aws', region: 'here', account: '123456789012', registrationCode: 'a'.repeat(64) },
    ],
    [
      'broker.aws-account',
      { engine: 'aws', region: 'eu-central-1', account: '1', registrationCode: 'a'.repeat(64) },
    ],
    [
      'broker.registration-code',
      { engine: 'aws', region: 'eu-central-1', account: '123456789012', registrationCode: '$(id)' },
    ],
    ['broker.nodes', { engine: 'emqx', nodes: '10.0.0.1, "x' }],
    ['broker.needs-passwords', { engine: 'hivemq' }],
  ] as const)('are refused with %s: %o', async (code, choice) => {
    expect(await codeOf(makeEngineFiles(env, await project(), choice))).toBe(code);
  });

  it('EMQX gets hashes that Node computes alike from salt as text, HiveMQ those of Mosquitto', async () => {
    await saveAccess(env, 'porch', { ...accessTable(await project()), deviceLogin: 'both' });
    const { pbkdf2Sync } = await import('node:crypto');
    const emqx = await makeEngineFiles(env, await project(), { engine: 'emqx', nodes: '' });
    const rows = fromUtf8(
      emqx.find(({ path }) => path === 'etc/users.csv')?.content ?? new Uint8Array(),
    ).split('\n');
    const [user, hash, salt = ''] = rows[1]?.split(',') ?? [];
    const password = await userPassword(env, await project(), 'dashboard');
    expect(user).toBe('dashboard');
    expect(hash).toBe(pbkdf2Sync(password, salt, 10_000, 64, 'sha512').toString('hex'));
    const hivemq = await makeEngineFiles(env, await project(), { engine: 'hivemq' });
    const xml = fromUtf8(
      hivemq.find(({ path }) => path.endsWith('credentials.xml'))?.content ?? new Uint8Array(),
    );
    const [, salt64 = '', rounds = '', hash64] =
      /<name>dashboard<\/name>\s*<password>(.*):(.*):(.*)<\/password>/.exec(xml) ?? [];
    const expected = pbkdf2Sync(password, Buffer.from(salt64, 'base64'), Number(rounds), 64, 'sha512');
    expect(hash64).toBe(expected.toString('base64'));
  });
});
