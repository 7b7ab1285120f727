import { X509Certificate, createPrivateKey } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { issueRoot } from '../../src/pki/issuing.ts';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import type { Project, ProjectChange, JournalEntry } from '../../src/project/entities.ts';
import { fromUtf8, toBase64, toHex } from '../../src/shared/bytes.ts';
import type { Progress, RunOptions } from '../../src/shared/outcome.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { AppError } from '../../src/shared/errors.ts';
import { addDevice, addDevices } from '../../src/workflows/add-device.ts';
import { changeProject } from '../../src/workflows/change-project.ts';
import { isOneForAll } from '../../src/workflows/trust/authorities.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import type { ProjectEnvironment } from '../../src/workflows/environment.ts';
import { validateProjectForm } from '../../src/workflows/project-form.ts';
import type { ProjectForm } from '../../src/workflows/project-form.ts';
import { unlockProject } from '../../src/workflows/unlock-project.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const form: ProjectForm = {
  projectName: 'Porch',
  hosts: ['pi.local', '192.168.1.10'],
  wifiSsid: 'Gartenzaun 2',
  wifiPassword: 'wlan-canary-7431',
  deviceName: 'Porch 1',
  sensor: 'dht22',
  passphrase: null,
};
const passphrase = 'copper window marathon biscuit';
const options: RunOptions = { signal: new AbortController().signal, timeoutMs: 60_000 };

/** Remembers the very first bytes that reached the store, and everything after. */
class WatchedStore extends MemoryProjectStore {
  readonly commits: { changes: readonly ProjectChange[]; journal: readonly JournalEntry[] }[] = [];

  override commit(...args: Parameters<MemoryProjectStore['commit']>): Promise<number> {
    this.commits.push({ changes: args[2], journal: args[3] });
    return super.commit(...args);
  }
}

let store: WatchedStore;
let keys: MemoryBrowserKeys;
let env: ProjectEnvironment;

/** A page opened anew on what is stored: nothing is unlocked. */
function openedAnew(): ProjectEnvironment {
  const clock = new ManualClock();
  const { crypto } = globalThis;
  return { store, vaults: createVaults({ store, keys, crypto, clock }), clock, crypto };
}

async function created(changes: Partial<ProjectForm> = {}): Promise<Project> {
  const outcome = await createProject(env, { ...form, ...changes }, options);
  if (outcome.kind !== 'done') throw new Error('cancelled');
  return outcome.value;
}

async function secret(of: ProjectEnvironment, projectId: string, record: string) {
  return (await of.vaults.of(projectId)).open(await of.store.record(projectId, record));
}

beforeEach(() => {
  store = new WatchedStore();
  keys = new MemoryBrowserKeys();
  env = openedAnew();
});

describe('creating a project', () => {
  it('makes three authorities, two broker certificates and a device in one commit', async () => {
    const project = await created();
    expect(project).toMatchObject({ id: 'porch', name: 'Porch', wifi: [{ ssid: 'Gartenzaun 2' }] });
    expect(project.broker).toMatchObject({
      hosts: ['pi.local', '192.168.1.10'],
      devicePort: 8883,
      webPort: 8884,
    });
    expect(project.devices).toMatchObject([
      { id: 'porch-1', credentialState: 'made', layout: null, generation: null },
    ]);
    expect(store.commits).toHaveLength(1);
    expect(await store.load('porch')).toEqual({ revision: 1, value: project });
    expect(await store.journal('porch')).toMatchObject([{ what: 'project created', deviceId: null }]);
  });

  it('signs each certificate by its own authority, and each sealed key fits its certificate', async () => {
    const project = await created();
    const { authorities, broker } = project;
    const x509 = (der: Uint8Array): X509Certificate => new X509Certificate(der);
    const signed = [
      [authorities.server, authorities.server],
      [authorities.client, authorities.client],
      [authorities.web, authorities.web],
      [authorities.server, broker.deviceListener],
      [authorities.web, broker.webListener],
      [authorities.client, project.devices[0]?.credential ?? authorities.web],
    ] as const;
    for (const [authority, credential] of signed) {
      const certificate = x509(credential.certificate.der);
      expect(certificate.verify(x509(authority.certificate.der).publicKey)).toBe(true);
      const pkcs8 = await secret(env, 'porch', credential.keyRecord ?? 'on the chip');
      const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
      expect(certificate.checkPrivateKey(key)).toBe(true);
    }
  });

  it('may begin with one authority for all jobs, or with three of another kind of key, days and subject', async () => {
    const chosen = { algorithm: 'p384', days: 1000, subject: { C: 'GB', O: 'Garden Club' } } as const;
    const one = await created({ authorities: { kind: 'one', ...chosen } });
    expect(isOneForAll(one)).toBe(true);
    expect(one.authorities.web.certificate.subject).toBe('CN=porch Root CA,O=Garden Club,C=GB');
    const root = new X509Certificate(one.authorities.server.certificate.der);
    for (const { certificate } of [
      one.broker.webListener,
      one.devices[0]?.credential ?? one.broker.webListener,
    ])
      expect(new X509Certificate(certificate.der).verify(root.publicKey)).toBe(true);
    const three = await created({ authorities: { kind: 'three', ...chosen, subject: {} } });
    expect(three.authorities.client.certificate.subject).toBe('CN=porch-2 client authority,O=porch-2');
    const { asymmetricKeyDetails } = new X509Certificate(three.authorities.web.certificate.der).publicKey;
    expect(asymmetricKeyDetails).toMatchObject({ namedCurve: 'secp384r1' });
    const { notBeforeMs, notAfterMs } = three.authorities.web.certificate;
    expect((notAfterMs - notBeforeMs) / 86_400_000).toBe(1000);
  });

  it('may begin with an authority that was made elsewhere, and nothing is stored when that cannot sign', async () => {
    const context = { nowMs: env.clock.nowMs(), crypto };
    const own = await issueRoot(context, { subject: { CN: 'my old CA' }, profile: 'classic' });
    const chosen = { kind: 'own', certificateDer: own.certificateDer, pkcs8: own.pkcs8.slice() } as const;
    const project = await created({ authorities: chosen });
    expect(isOneForAll(project)).toBe(true);
    expect(await secret(env, 'porch', project.authorities.client.keyRecord)).toEqual(own.pkcs8);
    const over = await issueRoot({ ...context, nowMs: 0 }, { subject: { CN: 'over' }, days: 10 });
    const refused = created({ authorities: { kind: 'own', ...over } });
    await expect(refused).rejects.toMatchObject({ code: 'pki.authority-expired' });
    expect(store.commits).toHaveLength(1);
  });

  it('seals the Wi-Fi password, a 256-bit dashboard password and a 32-byte command key', async () => {
    const project = await created();
    const text = async (record: string): Promise<string> => fromUtf8(await secret(env, 'porch', record));
    expect(await text(project.wifi[0]?.pskRecord ?? '')).toBe('wlan-canary-7431');
    expect(await text(project.broker.dashboardPasswordRecord)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await secret(env, 'porch', project.devices[0]?.commandKeyRecord ?? '')).toHaveLength(32);
  });

  it('survives a reload: locked, then open again with the passphrase only', async () => {
    const project = await created({ passphrase });
    const later = openedAnew();
    expect((await later.vaults.of('porch')).state).toEqual({ kind: 'locked' });
    await expect(
      unlockProject(later, 'porch', { passphrase: 'copper window marathon', tier: 'operate' }),
    ).rejects.toMatchObject({ code: 'vault.wrong-passphrase' });
    const live = await unlockProject(later, 'porch', { passphrase, tier: 'operate' });
    expect(live).toEqual({ kind: 'ready-for-live' });
    expect(await secret(later, 'porch', project.broker.dashboardPasswordRecord)).toHaveLength(43);
    const pskRecord = project.wifi[0]?.pskRecord ?? '';
    await expect(secret(later, 'porch', pskRecord)).rejects.toMatchObject({ code: 'vault.locked' });
    await unlockProject(later, 'porch', { passphrase, tier: 'authority' });
    expect(fromUtf8(await secret(later, 'porch', pskRecord))).toBe('wlan-canary-7431');
  });

  it('without a passphrase is not locked, and a reload needs none', async () => {
    const project = await created();
    const later = openedAnew();
    expect((await later.vaults.of('porch')).state).toEqual({ kind: 'not-locked' });
    expect(fromUtf8(await secret(later, 'porch', project.wifi[0]?.pskRecord ?? ''))).toBe('wlan-canary-7431');
  });

  it('gives a second project of the same name its own id', async () => {
    await created();
    const second = await created();
    expect(second.id).toBe('porch-2');
    const long = 'a'.repeat(32);
    await created({ projectName: long });
    expect((await created({ projectName: long })).id).toBe(`${'a'.repeat(30)}-2`);
  });

  it('tells its steps in order', async () => {
    const seen: Progress[] = [];
    await createProject(env, form, { ...options, onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ phase, done, total }) => `${phase} ${done}/${total}`)).toEqual([
      'locking 0/5',
      'authorities 1/5',
      'broker 2/5',
      'device 3/5',
      'saving 4/5',
    ]);
  });

  it('stores nothing, and keeps no key, when cancelled at any of its steps', async () => {
    for (const phase of ['locking', 'authorities', 'broker', 'device']) {
      const kept = new Map<string, CryptoKey>();
      keys.keep = (keyId, key) => Promise.resolve(void kept.set(keyId, key));
      keys.load = (keyId) => Promise.resolve(kept.get(keyId) ?? null);
      keys.forget = (keyId) => Promise.resolve(void kept.delete(keyId));
      const stop = new AbortController();
      const onProgress = (progress: Progress): void => {
        if (progress.phase === phase) stop.abort();
      };
      const run = { signal: stop.signal, timeoutMs: 60_000, onProgress };
      const outcome = await createProject(env, form, run);
      expect(outcome, phase).toEqual({ kind: 'cancelled' });
      expect(store.commits).toEqual([]);
      expect(kept.size).toBe(0);
    }
  });

  it('stops with an error when its time is over', async () => {
    const clock = new ManualClock();
    const onProgress = (): void => void clock.advance(31_000);
    await expect(createProject({ ...env, clock }, form, { ...options, onProgress })).rejects.toMatchObject({
      code: 'project.timed-out',
    });
    expect(store.commits).toEqual([]);
  });
});

describe('secrets', () => {
  const everythingIn = (value: unknown): string =>
    JSON.stringify(value, (_key, v: unknown) =>
      v instanceof Uint8Array ? `${Buffer.from(v).toString('latin1')} ${toHex(v)} ${toBase64(v)}` : v,
    );

  it('never reach the store, the journal or an error in the clear', async () => {
    const project = await created({ passphrase });
    await addDevice(env, 'porch', { name: 'Door 1', sensor: 'none' });
    const stored = everythingIn(store.commits);
    const { value: latest } = await store.load('porch');
    const keyRecords = [
      ...Object.values(latest.authorities),
      latest.broker.deviceListener,
      latest.broker.webListener,
      ...latest.devices.map((device) => device.credential),
    ].map((credential) => credential.keyRecord);
    const others = [
      latest.broker.dashboardPasswordRecord,
      ...latest.wifi.map((network) => network.pskRecord),
      ...latest.devices.map((device) => device.commandKeyRecord),
    ];
    const secrets = await Promise.all(
      [...keyRecords, ...others].map((record) => secret(env, 'porch', record ?? 'on the chip')),
    );
    expect(secrets).toHaveLength(7 + 4);
    // Of a key the scalar is what must not be seen; it stands at offset 36 of WebCrypto's PKCS#8.
    const needles = [...secrets.slice(0, 7).map((pkcs8) => pkcs8.slice(36, 68)), ...secrets.slice(7)];
    for (const needle of needles) {
      for (const text of [
        Buffer.from(needle).toString('latin1'),
        toHex(needle),
        toBase64(needle).replace(/=+$/, ''),
      ]) {
        expect(stored.includes(JSON.stringify(text).slice(1, -1))).toBe(false);
      }
    }
    for (const text of ['wlan-canary', passphrase, 'PRIVATE KEY']) expect(stored).not.toContain(text);
    expect(everythingIn(await store.journal('porch'))).toContain('device added');
    expect(project.devices).toHaveLength(1);
    // The search itself finds what is there: a certificate's bytes.
    expect(stored).toContain(toHex(latest.authorities.web.certificate.der));
  });

  it('are not told by the problems of a form', () => {
    const bad = { ...form, wifiPassword: 'canary\u00e9\u00e9\u00e9\u00e9\u00e9', passphrase: 'canary' };
    const problems = validateProjectForm(bad);
    expect(problems.map((problem) => problem.field)).toEqual(['wifiPassword', 'passphrase']);
    for (const { error } of problems) {
      expect(`${error.message} ${error.remedy} ${JSON.stringify(error)}`).not.toContain('canary');
    }
  });
});

describe('the form', () => {
  const problemsOf = (changes: Partial<ProjectForm>): string[] =>
    validateProjectForm({ ...form, ...changes }).map(
      ({ field, index, error }) => `${field}${index === undefined ? '' : `[${index}]`} ${error.code}`,
    );

  it('has no problem when all is well, an open network or a passphrase included', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ wifiPassword: '', passphrase })).toEqual([]);
    expect(problemsOf({ wifiPassword: '0123456789abcdefABCDEF'.padEnd(64, '0') })).toEqual([]);
    expect(problemsOf({ wifiSsid: '\u00fc'.repeat(16), wifiPassword: `${' ~'.repeat(31)}x` })).toEqual([]);
  });

  it('names each field that is wrong, all at once', () => {
    expect(
      problemsOf({
        projectName: '!!',
        hosts: ['pi.local', 'https://pi', ''],
        wifiSsid: '',
        wifiPassword: 'short',
        deviceName: 'Dashboard',
        passphrase: 'weak',
      }),
    ).toEqual([
      'projectName form.project-name',
      'hosts[1] pki.host-url',
      'hosts[2] pki.host-empty',
      'wifiSsid form.wifi-ssid',
      'wifiPassword form.wifi-password',
      'deviceName form.device-name',
      'passphrase vault.weak-passphrase',
    ]);
  });

  it('knows the limits of Wi-Fi and of the device', () => {
    expect(problemsOf({ wifiSsid: '\u00fc'.repeat(17) })).toEqual(['wifiSsid form.wifi-ssid']);
    expect(problemsOf({ wifiPassword: 'x'.repeat(64) })).toEqual(['wifiPassword form.wifi-password']);
    expect(problemsOf({ wifiPassword: 'gr\u00fc\u00dfe aus wien' })).toEqual([
      'wifiPassword form.wifi-password',
    ]);
    expect(problemsOf({ hosts: [' '] })).toEqual(['hosts form.broker-hosts']);
    const long = `${'a'.repeat(40)}.${'b'.repeat(40)}`;
    expect(problemsOf({ hosts: [long] })).toEqual(['hosts[0] form.broker-host-long']);
    expect(problemsOf({ hosts: ['pi.local', long] })).toEqual([]);
  });

  it('is judged again by the workflow', async () => {
    await expect(createProject(env, { ...form, wifiSsid: '' }, options)).rejects.toMatchObject({
      code: 'form.wifi-ssid',
    });
    expect(store.commits).toEqual([]);
  });
});

const conflict = new AppError('storage.conflict');

describe('adding a device', () => {
  it('commits one more device under the same authority', async () => {
    const project = await created();
    const device = await addDevice(env, 'porch', { name: 'Door 1', sensor: 'none' });
    expect((await store.load('porch')).value.devices.map(({ id }) => id)).toEqual(['porch-1', 'door-1']);
    const authority = new X509Certificate(project.authorities.client.certificate.der);
    expect(new X509Certificate(device.credential.certificate.der).verify(authority.publicKey)).toBe(true);
    expect(device.credential.certificate.subjectAltNames).toEqual(['DNS:door-1.device.porch']);
    expect(await store.journal('porch')).toMatchObject([{}, { what: 'device added', deviceId: 'door-1' }]);
  });

  it('refuses a name that is taken or reserved, and a locked vault', async () => {
    await created({ passphrase });
    const add = (name: string) => addDevice(env, 'porch', { name, sensor: 'none' });
    await expect(add('porch 1')).rejects.toMatchObject({ code: 'project.device-taken' });
    await expect(add('nodered')).rejects.toMatchObject({ code: 'form.device-name' });
    env.vaults.lockAll();
    await expect(add('Door')).rejects.toMatchObject({ code: 'vault.locked' });
    expect(store.commits).toHaveLength(1);
  });

  it("makes thirty in one commit, with another's settings, or none of them", async () => {
    await created();
    const { settings } = await addDevice(env, 'porch', { name: 'Door 1', sensor: 'none' });
    const forms = Array.from({ length: 30 }, (_, i) => ({ name: `bench-${i + 1}`, settings }));
    const made = await addDevices(env, 'porch', forms);
    const devices = made.kind === 'done' ? made.value : [];
    expect(store.commits).toHaveLength(3);
    expect((await store.load('porch')).value.devices).toHaveLength(32);
    expect(devices.every((device) => device.settings.sensor.type === 'none')).toBe(true);
    expect(new Set(devices.map(({ credential }) => credential.certificate.sha256Fingerprint)).size).toBe(30);
    await expect(addDevices(env, 'porch', [{ name: 'new', settings }, ...forms])).rejects.toMatchObject({
      code: 'project.device-taken',
    });
    await expect(
      addDevices(env, 'porch', [
        { name: 'twin', settings },
        { name: 'Twin', settings },
      ]),
    ).rejects.toMatchObject({ code: 'project.device-taken' });
    expect((await store.load('porch')).value.devices).toHaveLength(32);
  });

  it('loses none when several commit at the same moment', async () => {
    await created();
    await Promise.all(
      ['one', 'two', 'three', 'four'].map((name) => addDevice(env, 'porch', { name, sensor: 'none' })),
    );
    const ids = (await store.load('porch')).value.devices.map(({ id }) => id);
    expect(ids.sort()).toEqual(['four', 'one', 'porch-1', 'three', 'two']);
  });

  it('gives up a change that loses every time, and says so', async () => {
    await created();
    const outrun = { ...env.store, load: store.load.bind(store), commit: () => Promise.reject(conflict) };
    const edit = (project: Project) => ({ project, journal: [] });
    await expect(changeProject(outrun as never, 'porch', edit)).rejects.toBe(conflict);
  });
});
