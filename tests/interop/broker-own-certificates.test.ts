/** Our own certificates in our own bundle, judged by Mosquitto's OpenSSL on one side and Node's on the other. */
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { MqttClient } from 'mqtt';
import type { BundleCertificates, BundleInput } from '../../src/broker/bundle-input.ts';
import { parseHosts } from '../../src/pki/hosts.ts';
import {
  issueAuthority,
  issueBrokerCertificates,
  issueDeviceCertificate,
  issuerFrom,
  type Issued,
  type Issuer,
} from '../../src/pki/issuing.ts';
import { importSigningKey } from '../../src/pki/key-pair.ts';
import { toPem } from '../../src/pki/pem.ts';
import {
  bundleInput,
  connect,
  dashboardPassword,
  deviceOptions,
  type Identity,
  publishReason,
  removeFolder,
  type RunningBroker,
  startBroker,
  temporaryFolder,
  unpackBundle,
  webOptions,
} from './broker-bench.ts';

const context = { nowMs: Date.now(), crypto };
const hosts = parseHosts(['localhost', '127.0.0.1']);
const certificatePem = ({ certificateDer }: Issued): string => toPem('CERTIFICATE', certificateDer);
const keyPem = ({ pkcs8 }: Issued): string => toPem('PRIVATE KEY', pkcs8);

let folder: string;
let input: BundleInput;
let broker: RunningBroker;
let porch: Identity;
let certificates: BundleCertificates;
const clients: MqttClient[] = [];

beforeAll(async () => {
  folder = temporaryFolder();
  const authority = (role: 'server' | 'client' | 'web'): Promise<Issued> =>
    issueAuthority(context, { role, projectId: 'porch', hosts });
  const issuer = async ({ certificateDer, pkcs8 }: Issued): Promise<Issuer> =>
    issuerFrom(certificateDer, await importSigningKey(pkcs8, crypto), crypto);
  const [server, client, web] = await Promise.all([
    authority('server'),
    authority('client'),
    authority('web'),
  ]);
  const issuers = { server: await issuer(server), web: await issuer(web) };
  const { deviceListener, webListener } = await issueBrokerCertificates(context, {
    ...issuers,
    projectId: 'porch',
    hosts,
  });
  certificates = {
    clientAuthorityPem: certificatePem(client),
    serverAuthorityPem: certificatePem(server),
    webAuthorityPem: certificatePem(web),
    deviceListenerPem: certificatePem(deviceListener),
    deviceListenerKeyPem: keyPem(deviceListener),
    webListenerPem: certificatePem(webListener),
    webListenerKeyPem: keyPem(webListener),
  };
  const device = { projectId: 'porch', deviceId: 'porch-1' };
  const issued = await issueDeviceCertificate(context, await issuer(client), device);
  porch = { certificatePem: certificatePem(issued), keyPem: keyPem(issued) };
  input = await bundleInput(certificates);
  unpackBundle(input, path.join(folder, 'bundle'));
  broker = await startBroker(path.join(folder, 'bundle/start.sh'), []);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
});
afterAll(async () => {
  await broker.stop();
  removeFolder(folder);
});

it.each(['localhost', '127.0.0.1'])('a device gets in at %s and is known by its id', async (host) => {
  const client = await connect({ ...deviceOptions(input, porch), host });
  clients.push(client);
  expect(await publishReason(client, 'signet/porch/porch-1/tele')).toBe(0);
  expect(await publishReason(client, 'signet/porch/door-1/tele')).toBe(135);
});

it.each(['localhost', '127.0.0.1'])(
  'the browser port’s certificate holds at %s under the web authority',
  async (host) => {
    const login = { username: 'dashboard', password: dashboardPassword };
    clients.push(await connect({ ...webOptions(input, login), host }));
  },
);

it('a verifier that trusts one authority refuses what another signed', async () => {
  const wrong = { ca: certificates.webAuthorityPem };
  await expect(connect({ ...deviceOptions(input, porch), ...wrong })).rejects.toThrow(/certificate/i);
  const login = { username: 'dashboard', password: dashboardPassword };
  const other = { ca: certificates.serverAuthorityPem };
  await expect(connect({ ...webOptions(input, login), ...other })).rejects.toThrow(/certificate/i);
});

it('a device certificate on the device port is not taken for the broker', async () => {
  const posing = { deviceListenerPem: porch.certificatePem, deviceListenerKeyPem: porch.keyPem };
  const fake = await bundleInput({ ...certificates, ...posing });
  unpackBundle(fake, path.join(folder, 'fake'));
  const running = await startBroker(path.join(folder, 'fake/start.sh'), []);
  try {
    await expect(connect(deviceOptions(fake, porch))).rejects.toThrow(/certificate|issuer/i);
  } finally {
    await running.stop();
  }
});
