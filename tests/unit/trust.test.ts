import { beforeEach, describe, expect, it } from 'vitest';
import { PageKeyMaker } from '../../src/platform/keys/page-key-maker.ts';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import { certificateParts } from '../../src/pki/certificate-fields.ts';
import { issueRoot } from '../../src/pki/issuing.ts';
import { generateKey } from '../../src/pki/key-pair.ts';
import { createRequest } from '../../src/pki/request.ts';
import type { AuthorityRole, CertificateOwner, Project } from '../../src/project/entities.ts';
import { fromUtf8, toHex } from '../../src/shared/bytes.ts';
import type { Outcome, RunOptions } from '../../src/shared/outcome.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { makeBrokerBundle } from '../../src/workflows/broker-bundle.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import { makeDeviceSlot } from '../../src/workflows/device-image.ts';
import { isOneForAll, isSignedBy } from '../../src/workflows/trust/authorities.ts';
import { calendarText } from '../../src/workflows/trust/calendar.ts';
import type { CertificateForm } from '../../src/workflows/trust/certificate-form.ts';
import { adoptAuthority } from '../../src/workflows/trust/adopt-authority.ts';
import {
  createAuthority,
  renewAuthority,
  stopTrusting,
  type AuthorityForm,
} from '../../src/workflows/trust/change-authorities.ts';
import type { TrustEnvironment } from '../../src/workflows/trust/change.ts';
import { createCertificate } from '../../src/workflows/trust/create-certificate.ts';
import { ownedBy } from '../../src/workflows/trust/owners.ts';
import { renewCertificates } from '../../src/workflows/trust/renew-certificates.ts';
import { revokeCertificate } from '../../src/workflows/trust/revoke.ts';
import { endingSoon, standingOf } from '../../src/workflows/trust/standing.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const DAY_MS = 86_400_000;
const options: RunOptions = { signal: new AbortController().signal, timeoutMs: 60_000 };
let clock: ManualClock;
let env: TrustEnvironment;

beforeEach(async () => {
  clock = new ManualClock();
  const store = new MemoryProjectStore();
  const { crypto } = globalThis;
  const vaults = createVaults({ store, keys: new MemoryBrowserKeys(), crypto, clock });
  env = { store, vaults, clock, crypto, keyMaker: () => Promise.resolve(new PageKeyMaker()) };
  await createProject(
    env,
    {
      projectName: 'Porch',
      hosts: ['pi.local', '192.168.1.10'],
      wifiSsid: 'Attic',
      wifiPassword: 'correct horse',
      deviceName: 'porch-1',
      sensor: 'dht22',
      passphrase: null,
    },
    options,
  );
});

const project = async (): Promise<Project> => (await env.store.load('porch')).value;
const value = <T>(outcome: Outcome<T>): T => {
  if (outcome.kind !== 'done') throw new Error('cancelled');
  return outcome.value;
};

const authorityForm = (changes: Partial<AuthorityForm> = {}): AuthorityForm => ({
  scope: 'server',
  subject: { O: 'porch', CN: 'porch server authority 2' },
  algorithm: 'p256',
  days: 3650,
  pathLength: 0,
  profile: 'modern',
  ...changes,
});

const form = (changes: Partial<CertificateForm> = {}): CertificateForm => ({
  kind: 'device',
  name: 'door-1',
  algorithm: 'p256',
  days: 825,
  ...changes,
});

const make = (changes: Partial<CertificateForm> = {}): Promise<Outcome<CertificateOwner>> =>
  createCertificate(env, 'porch', form(changes), options);

const renew = async (owner: CertificateOwner, key: 'same' | 'p256' = 'same', hosts?: string[]) =>
  value(
    await renewCertificates(
      env,
      'porch',
      { renewals: [{ owner, key }], ...(hosts ? { hosts } : {}) },
      options,
    ),
  );

async function bundleText(path: string): Promise<string> {
  const file = (await makeBrokerBundle(env, await project())).find(
    (each) => each.path === `mosquitto/${path}`,
  );
  return file ? fromUtf8(file.content) : '';
}

const count = (text: string, what: string): number => text.split(what).length - 1;
const keyOf = (of: Project, owner: CertificateOwner): string =>
  toHex(certificateParts(ownedBy(of, owner).certificate.der).publicKeyInfo);

describe('certificates', () => {
  it('are made for a device, which the broker then knows', async () => {
    expect(value(await make())).toBe('device:door-1');
    expect((await project()).devices.map(({ id }) => id)).toEqual(['porch-1', 'door-1']);
    expect(await bundleText('acl-devices')).toContain('user door-1\ntopic write signet/porch/door-1/tele');
  });

  it('let a device be called another name at the broker', async () => {
    await make({ commonName: 'd:ESP8266:door-1', clientId: 'garage.local' });
    expect(await bundleText('acl-devices')).toContain(
      'user d:ESP8266:door-1\ntopic write signet/porch/door-1/tele',
    );
    const changed = await project();
    const device = changed.devices.find(({ id }) => id === 'door-1');
    if (!device) throw new Error('no device');
    expect(device.credential.certificate.subject).toContain('CN=d:ESP8266:door-1');
    const { slot } = await makeDeviceSlot(env, changed, device);
    expect(JSON.parse(fromUtf8(slot.cfg))).toMatchObject({ id: 'door-1', mqtt: { client: 'garage.local' } });
  });

  it('are made for Node-RED and a dashboard, with the rights that were chosen', async () => {
    await make({ kind: 'nodered', name: '', access: 'command' });
    await make({ kind: 'dashboard', name: '', access: 'read' });
    await make({ kind: 'custom', name: 'backup', access: 'none' });
    const list = await bundleText('acl-devices');
    expect(list).toContain('user nodered\ntopic read signet/porch/#\ntopic write signet/porch/porch-1/cmd\n');
    expect(list).toContain('user dashboard\ntopic read signet/porch/#\n');
    expect(list).not.toContain('backup');
  });

  it('carry any names and purposes that an expert asks for, an address under the server authority twice', async () => {
    const custom = {
      subject: { C: 'GB' },
      names: ['mqtt', '192.168.1.9', 'Bücher.example'],
      purposes: ['serverAuth'],
    } as const;
    await make({ kind: 'custom', name: 'second', custom: { ...custom, role: 'server' } });
    expect(ownedBy(await project(), 'other:second').certificate).toMatchObject({
      subject: 'CN=second,C=GB',
      subjectAltNames: ['DNS:mqtt', 'IP:192.168.1.9', 'DNS:xn--bcher-kva.example', 'DNS:192.168.1.9'],
    });
    const web = make({ kind: 'custom', name: 'third', custom: { ...custom, role: 'web' } });
    await expect(web).rejects.toMatchObject({ code: 'pki.outside-constraints' });
  });

  it('are refused reserved, taken and illegal names', async () => {
    const refused: readonly (readonly [Partial<CertificateForm>, string])[] = [
      [{ name: 'dashboard' }, 'pki.name-reserved'],
      [{ kind: 'custom', name: 'x', commonName: 'Admin' }, 'pki.name-reserved'],
      [{ commonName: 'nodered' }, 'pki.name-reserved'],
      [{ name: 'porch-1' }, 'pki.name-taken'],
      [{ commonName: 'porch-1' }, 'pki.name-taken'],
      [{ commonName: 'a/b' }, 'pki.name-characters'],
      [{ name: '!!' }, 'pki.name-characters'],
      [{ days: 0 }, 'pki.validity'],
      [{ days: 1.5 }, 'pki.validity'],
      [{ days: 100_000 }, 'pki.validity'],
    ];
    for (const [changes, code] of refused) await expect(make(changes), code).rejects.toMatchObject({ code });
  });

  it('end no later than their authority', async () => {
    await make({ days: 3650 });
    const made = await project();
    expect(ownedBy(made, 'device:door-1').certificate.notAfterMs).toBe(
      made.authorities.client.certificate.notAfterMs,
    );
  });

  it('are made for a request, whose key stays where it is, and never for a key that is in use', async () => {
    const pair = await generateKey(crypto);
    const requestDer = await createRequest(pair, { subject: { CN: 'whatever' }, names: [] }, crypto);
    const owner = value(await make({ kind: 'custom', name: 'laptop', requestDer }));
    const { certificate, keyRecord } = ownedBy(await project(), owner);
    expect(keyRecord).toBeNull();
    expect(certificate.subject).toContain('CN=laptop');
    expect(toHex(certificateParts(certificate.der).publicKeyInfo)).toBe(toHex(pair.publicKeyInfo));
    await expect(make({ kind: 'custom', name: 'second', requestDer })).rejects.toMatchObject({
      code: 'pki.key-taken',
    });
    await expect(renew(owner, 'p256')).rejects.toMatchObject({ code: 'trust.key-elsewhere' });
    await renew(owner);
  });

  it('are made for a request of a device, which the broker knows and whose key never was here', async () => {
    const pair = await generateKey(crypto);
    const requestDer = await createRequest(pair, { subject: { CN: 'gate-1' }, names: [] }, crypto);
    expect(value(await make({ name: 'gate-1', requestDer }))).toBe('device:gate-1');
    const made = await project();
    const device = made.devices.find(({ id }) => id === 'gate-1');
    expect(device?.credential.keyRecord).toBeNull();
    expect(device?.credential.certificate.subjectAltNames).toEqual(['DNS:gate-1.device.porch']);
    expect(keyOf(made, 'device:gate-1')).toBe(toHex(pair.publicKeyInfo));
    expect(await bundleText('acl-devices')).toContain('user gate-1');
    expect(keyOf(await renew('device:gate-1'), 'device:gate-1')).toBe(toHex(pair.publicKeyInfo));
    expect(ownedBy(await renew('device:gate-1', 'p256'), 'device:gate-1').keyRecord).not.toBeNull();
  });
});

describe('renewing', () => {
  it('keeps the key or makes a new one, and remembers what was replaced', async () => {
    const before = await project();
    const same = await renew('device:porch-1');
    expect(keyOf(same, 'device:porch-1')).toBe(keyOf(before, 'device:porch-1'));
    const fresh = await renew('device:porch-1', 'p256');
    expect(keyOf(fresh, 'device:porch-1')).not.toBe(keyOf(before, 'device:porch-1'));
    expect(fresh.replacedCertificates.map(({ owner }) => owner)).toEqual([
      'device:porch-1',
      'device:porch-1',
    ]);
    expect(ownedBy(fresh, 'device:porch-1').certificate).toMatchObject({
      subject: ownedBy(before, 'device:porch-1').certificate.subject,
      subjectAltNames: ownedBy(before, 'device:porch-1').certificate.subjectAltNames,
    });
    expect(standingOf(fresh, ownedBy(fresh, 'device:porch-1'), clock.nowMs())).toEqual({ kind: 'made' });
  });

  it('gives the broker other hosts, and says when the web authority does not cover them', async () => {
    const renewals = [
      { owner: 'broker:device', key: 'same' },
      { owner: 'broker:web', key: 'same' },
    ] as const;
    const changed = value(
      await renewCertificates(env, 'porch', { renewals, hosts: ['pi.local', 'other.local'] }, options),
    );
    expect(changed.broker.hosts).toEqual(['pi.local', 'other.local']);
    expect(ownedBy(changed, 'broker:web').certificate.subjectAltNames).toContain('DNS:other.local');
    const outside = renewCertificates(env, 'porch', { renewals, hosts: ['mqtt.example.org'] }, options);
    await expect(outside).rejects.toMatchObject({ code: 'pki.outside-constraints' });
    expect((await project()).broker.hosts).toEqual(['pi.local', 'other.local']);
  });

  it('of all that ends soon takes one call, authorities first', async () => {
    expect(endingSoon(await project(), clock.nowMs())).toEqual([]);
    await clock.advance(3620 * DAY_MS);
    const soon = endingSoon(await project(), clock.nowMs());
    expect(soon).toHaveLength(6);
    const renewals = soon.map(({ owner }) => ({ owner, key: 'same' as const }));
    const renewed = value(await renewCertificates(env, 'porch', { renewals }, options));
    expect(endingSoon(renewed, clock.nowMs())).toEqual([]);
    expect(keyOf(renewed, 'authority:client')).toBe(keyOf(await project(), 'authority:client'));
  });

  it('is an outcome when it is cancelled, and changes nothing', async () => {
    const before = await project();
    const signal = AbortSignal.abort();
    const renewals = [{ owner: 'device:porch-1', key: 'rsa2048' }] as const;
    const outcome = await renewCertificates(env, 'porch', { renewals }, { ...options, signal });
    expect(outcome.kind).toBe('cancelled');
    expect(await project()).toEqual(before);
  });
});

describe('a new authority', () => {
  it('stands beside the old one until all that it signed is renewed', async () => {
    const before = await project();
    value(await createAuthority(env, 'porch', authorityForm(), options));
    const device = before.devices[0];
    if (!device) throw new Error('no device');
    const beside = await project();
    const { slot } = await makeDeviceSlot(env, beside, device);
    const sizes = [beside.authorities.server, before.authorities.server].map(
      ({ certificate }) => certificate.der.length,
    );
    expect(slot.ca.length).toBe((sizes[0] ?? 0) + (sizes[1] ?? 0));
    expect(count(await bundleText('certs/server-ca.crt'), 'BEGIN CERTIFICATE')).toBe(2);
    await expect(
      createAuthority(env, 'porch', authorityForm({ subject: { CN: 'third' } }), options),
    ).rejects.toMatchObject({
      code: 'trust.change-unfinished',
    });
    await expect(stopTrusting(env, 'porch', 'server')).rejects.toMatchObject({
      code: 'trust.authority-in-use',
      details: { owners: 'device' },
    });
    const renewed = await renew('broker:device');
    expect(isSignedBy(renewed.broker.deviceListener.certificate, renewed.authorities.server)).toBe(true);
    await stopTrusting(env, 'porch', 'server');
    expect((await project()).previousAuthorities).toEqual([]);
    await expect(env.store.record('porch', before.authorities.server.keyRecord)).rejects.toMatchObject({
      code: 'storage.not-found',
    });
  });

  it('can do every job, signs with any kind of key, and its own key is never made twice', async () => {
    const all = authorityForm({
      scope: 'all',
      subject: { C: 'GB', O: 'porch', CN: 'porch Root CA' },
      algorithm: 'rsa2048',
      profile: 'classic',
    });
    const changed = value(await createAuthority(env, 'porch', all, options));
    expect(isOneForAll(changed)).toBe(true);
    expect(changed.previousAuthorities).toHaveLength(3);
    await make();
    const made = await project();
    expect(isSignedBy(ownedBy(made, 'device:door-1').certificate, made.authorities.web)).toBe(true);
    expect(count(await bundleText('certs/client-ca.crt'), 'BEGIN CERTIFICATE')).toBe(2);
  });

  it('is refused a subject or key that another certificate has', async () => {
    const taken = authorityForm({ subject: { O: 'porch', CN: 'porch server authority' } });
    await expect(createAuthority(env, 'porch', taken, options)).rejects.toMatchObject({
      code: 'pki.subject-taken',
    });
  });

  it('can be taken in from elsewhere, with a warning where devices or browsers will mind', async () => {
    const context = { nowMs: clock.nowMs(), crypto };
    const own = await issueRoot(context, {
      subject: { CN: 'my old CA' },
      profile: 'classic',
      algorithm: 'rsa2048',
    });
    const other = await generateKey(crypto, 'rsa2048');
    const adopt = (pkcs8: Uint8Array<ArrayBuffer>, scope: AuthorityRole | 'all' = 'all') =>
      adoptAuthority(env, 'porch', { certificateDer: own.certificateDer, pkcs8: pkcs8.slice(), scope });
    await expect(adopt(other.pkcs8)).rejects.toMatchObject({ code: 'pki.key-mismatch' });
    const { warnings, project: changed } = await adopt(own.pkcs8);
    expect(warnings).toEqual(['no-constraints', 'not-critical']);
    expect(isOneForAll(changed)).toBe(true);
    expect(value(await make())).toBe('device:door-1');
    const leaf = ownedBy(await project(), 'device:porch-1');
    const notOne = {
      certificateDer: leaf.certificate.der,
      pkcs8: other.pkcs8.slice(),
      scope: 'all',
    } as const;
    await expect(adoptAuthority(env, 'porch', notOne)).rejects.toMatchObject({ code: 'pki.key-mismatch' });
  });

  it('is renewed with its own key: what it signed stays good', async () => {
    const before = await project();
    await clock.advance(100 * DAY_MS);
    const after = await renewAuthority(env, 'porch', 'client');
    if (!after) throw new Error('nothing renewed');
    expect(after.authorities.client.certificate.notAfterMs).toBe(
      before.authorities.client.certificate.notAfterMs + 100 * DAY_MS,
    );
    expect(isSignedBy(ownedBy(after, 'device:porch-1').certificate, after.authorities.client)).toBe(true);
    expect(after.previousAuthorities).toEqual([]);
  });
});

describe('revoking', () => {
  const revoke = async (owner: CertificateOwner): Promise<Project | null> => {
    const { serialNumberHex } = ownedBy(await project(), owner).certificate;
    return revokeCertificate(env, 'porch', { owner, serialNumberHex, reason: 'keyCompromise' });
  };

  it('takes the device out of the access list and puts its certificate on the list', async () => {
    await make();
    expect(await bundleText('mosquitto.conf')).not.toContain('crlfile');
    const revoked = await revoke('device:porch-1');
    expect(revoked?.revocationLists).toMatchObject([{ number: 1 }]);
    expect(await bundleText('mosquitto.conf')).toContain(
      'cafile certs/client-ca.crt\ncrlfile certs/client.crl\n',
    );
    expect(await bundleText('certs/client.crl')).toMatch(/^-----BEGIN X509 CRL-----\n/);
    expect(await bundleText('acl-devices')).not.toContain('porch-1');
    expect(await bundleText('acl-web')).not.toContain('porch-1');
    expect(standingOf(await project(), ownedBy(await project(), 'device:porch-1'), clock.nowMs())).toEqual({
      kind: 'revoked',
    });
    await expect(revoke('device:porch-1')).rejects.toMatchObject({ code: 'trust.already-revoked' });
  });

  it('takes every certificate for the key along, also those it replaced', async () => {
    await renew('device:porch-1', 'same');
    await renew('device:porch-1', 'same');
    const revoked = await revoke('device:porch-1');
    expect(revoked?.revocations).toHaveLength(3);
    const listed = new Set(revoked?.revocations.map(({ serialNumberHex }) => serialNumberHex));
    for (const { certificate } of revoked?.replacedCertificates ?? [])
      expect(listed).toContain(certificate.serialNumberHex);
  });

  it('of a replaced certificate that is superseded leaves the present one, for the same key, alone', async () => {
    const before = ownedBy(await project(), 'device:porch-1').certificate.serialNumberHex;
    await renew('device:porch-1', 'same');
    const request = { owner: 'device:porch-1', serialNumberHex: before } as const;
    const revoked = await revokeCertificate(env, 'porch', { ...request, reason: 'superseded' });
    expect(revoked?.revocations.map(({ serialNumberHex }) => serialNumberHex)).toEqual([before]);
  });

  it('is undone for the device by a new certificate, never for the old one', async () => {
    await revoke('device:porch-1');
    const again = await renew('device:porch-1', 'p256');
    expect(standingOf(again, ownedBy(again, 'device:porch-1'), clock.nowMs())).toEqual({ kind: 'made' });
    expect(await bundleText('acl-devices')).toContain('user porch-1');
    expect(again.revocationLists).toHaveLength(1);
  });

  it('keeps a list for every authority that the broker trusts, with growing numbers', async () => {
    await revoke('device:porch-1');
    const scope = authorityForm({ scope: 'client', subject: { CN: 'porch client authority 2' } });
    const two = value(await createAuthority(env, 'porch', scope, options));
    expect(two.revocationLists.map(({ number }) => number)).toEqual([1, 2]);
    expect(count(await bundleText('certs/client.crl'), 'BEGIN X509 CRL')).toBe(2);
    await renew('device:porch-1', 'p256');
    await stopTrusting(env, 'porch', 'client');
    expect((await project()).revocationLists).toHaveLength(1);
  });

  it('is refused where nobody looks', async () => {
    await expect(revoke('broker:device')).rejects.toMatchObject({ code: 'trust.not-revocable' });
  });
});

describe('the calendar file', () => {
  it('has an event for each certificate, folded and escaped as RFC 5545 wants', async () => {
    const text = calendarText(await project(), clock.nowMs());
    expect(count(text, 'BEGIN:VEVENT\r\n')).toBe(6);
    expect(count(text, 'TRIGGER:-P21D\r\n')).toBe(6);
    for (const line of text.split('\r\n'))
      expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
    const unfolded = text.replaceAll('\r\n ', '');
    expect(unfolded).toContain('SUMMARY:Certificate ends: porch-1 (device)\\, project porch\r\n');
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
  });
});
