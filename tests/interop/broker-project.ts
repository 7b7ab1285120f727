/** A whole project in memory, made and changed by the page's own workflows, and its bundle under a real Mosquitto. */
import path from 'node:path';
import type { IClientOptions } from 'mqtt';
import { devicePassword } from '../../src/broker/device-password.ts';
import { PageKeyMaker } from '../../src/platform/keys/page-key-maker.ts';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import { toPem } from '../../src/pki/pem.ts';
import type { CertificateOwner, Project } from '../../src/project/entities.ts';
import type { RunOptions } from '../../src/shared/outcome.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { addDevices } from '../../src/workflows/add-device.ts';
import { accessTable, saveAccess, type AccessTable } from '../../src/workflows/broker-access.ts';
import { userPassword } from '../../src/workflows/password-users.ts';
import { makeBrokerBundle } from '../../src/workflows/broker-bundle.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import { openSecret } from '../../src/workflows/open-secret.ts';
import type { TrustEnvironment } from '../../src/workflows/trust/change.ts';
import { createCertificate } from '../../src/workflows/trust/create-certificate.ts';
import { ownedBy } from '../../src/workflows/trust/owners.ts';
import { revokeCertificate } from '../../src/workflows/trust/revoke.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import {
  freePorts,
  startBroker,
  TestAuthority,
  unpackFiles,
  type Identity,
  type RunningBroker,
} from './broker-bench.ts';

const options: RunOptions = { signal: new AbortController().signal, timeoutMs: 60_000 };

export class BrokerProject {
  readonly env: TrustEnvironment;
  readonly folder: string;
  #bundles = 0;

  constructor(folder: string) {
    this.folder = folder;
    const store = new MemoryProjectStore();
    const clock = new ManualClock(Date.now());
    const { crypto } = globalThis;
    const vaults = createVaults({ store, keys: new MemoryBrowserKeys(), crypto, clock });
    this.env = { store, vaults, clock, crypto, keyMaker: () => Promise.resolve(new PageKeyMaker()) };
  }

  /** "porch" on localhost with these devices; the first is made with it. */
  async create([first = 'porch-1', ...others]: readonly string[]): Promise<void> {
    const { devicePort, webPort } = await freePorts();
    await createProject(
      this.env,
      {
        projectName: 'Porch',
        hosts: ['localhost', '127.0.0.1'],
        ports: { device: devicePort, web: webPort },
        wifiSsid: 'Attic',
        wifiPassword: 'correct horse',
        deviceName: first,
        sensor: 'dht22',
        passphrase: null,
      },
      options,
    );
    const forms = others.map((name) => ({ name, sensor: 'none' as const }));
    if (forms.length > 0) await addDevices(this.env, 'porch', forms);
  }

  project = async (): Promise<Project> => (await this.env.store.load('porch')).value;

  async access(change: (table: AccessTable) => AccessTable): Promise<void> {
    await saveAccess(this.env, 'porch', change(accessTable(await this.project())));
  }

  async certificate(
    kind: 'nodered' | 'custom',
    name: string,
    access: 'none' | 'read' | 'command',
  ): Promise<void> {
    await createCertificate(this.env, 'porch', { kind, name, access, algorithm: 'p256', days: 30 }, options);
  }

  async revoke(owner: CertificateOwner): Promise<void> {
    const { serialNumberHex } = ownedBy(await this.project(), owner).certificate;
    await revokeCertificate(this.env, 'porch', { owner, serialNumberHex, reason: 'keyCompromise' });
  }

  async identity(owner: CertificateOwner): Promise<Identity> {
    const { certificate, keyRecord } = ownedBy(await this.project(), owner);
    const key = await openSecret(this.env, 'porch', keyRecord ?? '');
    return { certificatePem: toPem('CERTIFICATE', certificate.der), keyPem: toPem('PRIVATE KEY', key) };
  }

  /** The project's own client authority in the hands of the openssl command line, for certificates we would not make. */
  async clientAuthority(): Promise<TestAuthority> {
    return new TestAuthority(path.join(this.folder, 'stolen'), '', await this.identity('authority:client'));
  }

  password = async (name: string): Promise<string> => userPassword(this.env, await this.project(), name);

  async devicePassword(id: string): Promise<string> {
    const device = (await this.project()).devices.find((each) => each.id === id);
    return devicePassword(await openSecret(this.env, 'porch', device?.commandKeyRecord ?? ''));
  }

  /** Unpacked into a folder of its own, or over an earlier one. */
  async bundle(folder = path.join(this.folder, `bundle-${(this.#bundles += 1)}`)): Promise<string> {
    unpackFiles(await makeBrokerBundle(this.env, await this.project()), folder);
    return folder;
  }

  start = async (): Promise<RunningBroker> => startBroker(path.join(await this.bundle(), 'start.sh'), []);

  async onDevicePort(identity: Identity | null, login: IClientOptions = {}): Promise<IClientOptions> {
    const { broker, authorities } = await this.project();
    return {
      protocol: 'mqtts',
      host: 'localhost',
      port: broker.devicePort,
      ca: toPem('CERTIFICATE', authorities.server.certificate.der),
      ...(identity === null ? {} : { cert: identity.certificatePem, key: identity.keyPem }),
      ...login,
    };
  }

  async onWebPort(login: IClientOptions): Promise<IClientOptions> {
    const { broker, authorities } = await this.project();
    const ca = toPem('CERTIFICATE', authorities.web.certificate.der);
    return { protocol: 'wss', host: 'localhost', port: broker.webPort, ca, ...login };
  }
}
