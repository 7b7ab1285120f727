/** The firmware's TLS client (BearSSL, as on the chip) against a real Mosquitto and certificates made by openssl. */
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  buildHost,
  DeviceBroker,
  freePort,
  OpensslAuthority,
  removeFolder,
  sha1Of,
  spkiPinOf,
  temporaryFolder,
  type KeyKind,
  startWithoutFragments,
  type Leaf,
} from './firmware-host-bench.ts';
import { connack, dial, type Attempt } from './firmware-host-dial.ts';

const daySeconds = 86_400;
const nowSeconds = Math.floor(Date.now() / 1000);

const folder = temporaryFolder();
const program = buildHost('driver');
let serverAuthority: OpensslAuthority;
let clientAuthority: OpensslAuthority;
let server: Leaf;
let device: Leaf;
let broker: DeviceBroker;

/** Runs the driver once and returns what it printed. */
const attempt = async (wish: Partial<Attempt> = {}): Promise<readonly string[]> => {
  const { lines } = await dial(program, folder, {
    port: broker.port,
    unixTime: nowSeconds + 3600,
    ...wish,
    files: {
      'a.ca': serverAuthority.certificateDer,
      'a.crt': device.certificateDer,
      'a.key': device.keyDer,
      ...wish.files,
    },
  });
  return lines;
};

const makeServer = (kind: KeyKind, name: string): Leaf =>
  serverAuthority.issue(name, 'serverAuth', kind, 'DNS:pi.local,DNS:localhost,DNS:127.0.0.1');

beforeAll(async () => {
  serverAuthority = new OpensslAuthority(path.join(folder, 'server'), 'server authority', 'ec');
  clientAuthority = new OpensslAuthority(path.join(folder, 'client'), 'client authority', 'ec');
  server = makeServer('ec', 'pi');
  device = clientAuthority.issue('porch-1', 'clientAuth', 'ec');
  broker = new DeviceBroker(folder);
  await broker.start(clientAuthority, server);
});

afterAll(async () => {
  await broker.stop();
  removeFolder(folder);
});

describe('a broker that is what it says', () => {
  it('is connected to with a certificate on both sides, in small fragments', async () => {
    expect(await attempt()).toEqual(['open fragment=512 resumed=0', connack]);
  });

  it.each([512, 1024, 2048, 4096])('negotiates a fragment of %i bytes', async (fragment) => {
    expect(await attempt({ fragment })).toEqual([`open fragment=${fragment} resumed=0`, connack]);
  });

  it('is recognised on reconnecting, without a second full handshake', async () => {
    const full = ['open fragment=512 resumed=0', connack];
    const short = ['open fragment=512 resumed=1', connack];
    expect(await attempt({ rounds: 3 })).toEqual([...full, ...short, ...short]);
  });

  it('may be named by an address when its certificate names the text', async () => {
    expect(await attempt({ host: '127.0.0.1' })).toContain(connack);
  });

  it('is found by one of two anchors', async () => {
    const other = new OpensslAuthority(path.join(folder, 'second'), 'another authority', 'ec');
    const both = Buffer.concat([other.certificateDer, serverAuthority.certificateDer]);
    expect(await attempt({ files: { 'a.ca': both } })).toContain(connack);
  });

  it('is believed under an authority with an RSA key', async () => {
    const rsa = new OpensslAuthority(path.join(folder, 'rsa'), 'RSA authority', 'rsa');
    await broker.stop();
    await broker.start(clientAuthority, rsa.issue('pi', 'serverAuth', 'ec', 'DNS:pi.local'));
    expect(await attempt({ files: { 'a.ca': rsa.certificateDer } })).toContain(connack);
    await broker.stop();
    await broker.start(clientAuthority, server);
  });

  it('passes with its own key pinned beside the authority', async () => {
    expect(await attempt({ files: { pin: spkiPinOf(server.certificateDer) } })).toContain(connack);
  });

  it('passes by its fingerprint alone where that was asked for', async () => {
    const files = { pin: sha1Of(server.certificateDer), 'a.ca': '' };
    expect(await attempt({ mode: 1, host: 'any.name', files })).toContain(connack);
  });
});

describe('a broker that is not', () => {
  it('fails with 404 when another authority signed it', async () => {
    const other = new OpensslAuthority(path.join(folder, 'other'), 'other authority', 'ec');
    expect(await attempt({ files: { 'a.ca': other.certificateDer } })).toEqual(['failed 404 62']);
  });

  it('fails with 404 when an authority of the same name, but another key, signed it', async () => {
    const twin = new OpensslAuthority(path.join(folder, 'twin'), 'server authority', 'ec');
    expect((await attempt({ files: { 'a.ca': twin.certificateDer } }))[0]).toMatch(/^failed 404 /);
  });

  it('fails with 403 under a name that its certificate does not have', async () => {
    expect(await attempt({ host: 'elsewhere.local' })).toEqual(['failed 403 56']);
  });

  it('fails with 401 once its certificate has expired', async () => {
    expect(await attempt({ unixTime: nowSeconds + 398 * daySeconds })).toEqual(['failed 401 54']);
  });

  it('fails with 402 before its certificate begins', async () => {
    expect(await attempt({ unixTime: nowSeconds - 2 * daySeconds })).toEqual(['failed 402 54']);
  });

  it('fails with 405 when its key is not the pinned one, though the authority is right', async () => {
    const pin = spkiPinOf(serverAuthority.certificateDer);
    expect((await attempt({ files: { pin } }))[0]).toMatch(/^failed 405 /);
  });

  it('fails with 404, not 405, when the pin is right but the authority is not', async () => {
    const other = new OpensslAuthority(path.join(folder, 'fourth'), 'fourth authority', 'ec');
    const files = { pin: spkiPinOf(server.certificateDer), 'a.ca': other.certificateDer };
    expect((await attempt({ files }))[0]).toMatch(/^failed 404 /);
  });

  it('fails with 405 when its fingerprint is another', async () => {
    const files = { pin: sha1Of(serverAuthority.certificateDer) };
    expect((await attempt({ mode: 1, files }))[0]).toMatch(/^failed 405 /);
  });
});

describe('a broker that does not want this device', () => {
  it('shows as 407 when the device certificate was revoked, and only then', async () => {
    const lost = clientAuthority.issue('porch-lost', 'clientAuth', 'ec');
    await broker.stop();
    await broker.start(clientAuthority, server, { revoked: clientAuthority.revoke(lost) });
    try {
      const files = { 'a.crt': lost.certificateDer, 'a.key': lost.keyDer };
      expect((await attempt({ files }))[0]).toMatch(/^failed 407 /);
      expect(await attempt()).toContain(connack);
    } finally {
      await broker.stop();
      await broker.start(clientAuthority, server);
    }
  });

  it('shows as 407 when the device has a certificate from another authority', async () => {
    const stranger = serverAuthority.issue('stranger', 'clientAuth', 'ec');
    const files = { 'a.crt': stranger.certificateDer, 'a.key': stranger.keyDer };
    expect((await attempt({ files }))[0]).toMatch(/^failed 407 /);
  });

  it('shows as 407 when the device has none', async () => {
    expect((await attempt({ files: { 'a.crt': '', 'a.key': '' } }))[0]).toMatch(/^failed 407 /);
  });

  it('shows as 501 when nobody listens', async () => {
    expect((await attempt({ port: await freePort() }))[0]).toMatch(/^failed 501 /);
  });

  it('shows as 352 when a .local name is unknown, and as 351 for any other', async () => {
    const resolve = (host: string): readonly string[] => ['--resolve', `${host}=no-such-host.invalid`];
    expect(await attempt({ host: 'gone.local', options: resolve('gone.local') })).toEqual(['failed 352 0']);
    expect(await attempt({ host: 'gone.test', options: resolve('gone.test') })).toEqual(['failed 351 0']);
  });

  it('is not opened at all with a key that does not belong to the certificate type', async () => {
    const rsa = clientAuthority.issue('rsa-key', 'clientAuth', 'rsa');
    expect(await attempt({ files: { 'a.key': rsa.keyDer } })).toEqual(['failed 408 0']);
  });
});

describe('a broker that knows no fragment lengths', () => {
  it('is noticed, and served on a second connection with full-size records', async () => {
    const stranger = await startWithoutFragments(folder, server);
    try {
      const lines = await attempt({ port: stranger.port, rounds: 2 });
      expect(lines[0]).toBe('open fragment=0 resumed=0');
      expect(lines.filter((line) => line === connack)).toHaveLength(2);
    } finally {
      stranger.stop();
    }
  });
});

describe('every pairing of key types', () => {
  afterEach(async () => {
    await broker.stop();
    await broker.start(clientAuthority, server);
  });

  it.each<[KeyKind, KeyKind]>([
    ['ec', 'rsa'],
    ['rsa', 'rsa'],
    ['rsa', 'ec'],
  ])('shakes hands with a device key %s and a broker key %s', async (deviceKind, brokerKind) => {
    await broker.stop();
    await broker.start(clientAuthority, makeServer(brokerKind, `pi-${deviceKind}-${brokerKind}`));
    const own = clientAuthority.issue(`porch-${deviceKind}-${brokerKind}`, 'clientAuth', deviceKind);
    const lines = await attempt({ files: { 'a.crt': own.certificateDer, 'a.key': own.keyDer } });
    expect(lines).toContain(connack);
  });
});
