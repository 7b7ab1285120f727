/** What the live tests share: a stored project, the in-page broker, and a device stand-in that obeys signed commands. */
import mqtt, { type MqttClient } from 'mqtt';
import { importCommandKey } from '../../src/contract/envelope.ts';
import { MqttBrokerLink } from '../../src/platform/mqtt/mqtt-broker-link.ts';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import type { Project } from '../../src/project/entities.ts';
import { concatBytes, fromUtf8, toHex, utf8, type Bytes } from '../../src/shared/bytes.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { projectAccess } from '../../src/virtual-broker/access.ts';
import { VirtualBroker } from '../../src/virtual-broker/virtual-broker.ts';
import { VirtualWebSocket } from '../../src/virtual-broker/virtual-web-socket.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import type { ProjectEnvironment } from '../../src/workflows/environment.ts';
import type { LiveEnvironment, LiveSession } from '../../src/workflows/open-live.ts';
import { openSecret, openSecretText } from '../../src/workflows/open-secret.ts';

const form = {
  projectName: 'Porch',
  hosts: ['pi.local'],
  wifiSsid: 'Gartenzaun',
  wifiPassword: 'wlan-canary-7431',
  deviceName: 'porch-1',
  sensor: 'dht22' as const,
  passphrase: null,
};

export interface Bench {
  readonly project: Project;
  readonly env: LiveEnvironment & ProjectEnvironment;
  readonly broker: VirtualBroker;
  readonly commandKey: CryptoKey;
}

export async function newBench(): Promise<Bench> {
  const store = new MemoryProjectStore();
  const { crypto } = globalThis;
  const clock = systemClock;
  const vaults = createVaults({ store, keys: new MemoryBrowserKeys(), crypto, clock });
  const base: ProjectEnvironment = { store, vaults, clock, crypto };
  const outcome = await createProject(base, form, {
    signal: new AbortController().signal,
    timeoutMs: 60_000,
  });
  if (outcome.kind !== 'done') throw new Error('cancelled');
  const project = outcome.value;
  const dashboardPassword = await openSecretText(base, project.id, project.broker.dashboardPasswordRecord);
  const broker = new VirtualBroker({ access: projectAccess({ projectId: project.id, dashboardPassword }) });
  const link = new MqttBrokerLink({
    clock,
    random: () => 0,
    createSocket: () => broker.openSocket(),
    batchMs: 1,
  });
  const [device] = project.devices;
  const commandKey = await importCommandKey(
    await openSecret(base, project.id, device?.commandKeyRecord ?? 'no device'),
  );
  return { project, broker, commandKey, env: { ...base, brokerLink: () => Promise.resolve(link) } };
}

export const until = (live: LiveSession, holds: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const check = (): void => {
      if (!holds()) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = live.subscribe(check);
    check();
  });

export type Obey = (body: { i: string; n: string; c: string; ts: number }) => object | null;

/** Stands in for the firmware on the broker's device port: last will, readings, signed replies. */
export class DeviceStandIn {
  readonly received: string[] = [];
  readonly nonce: string;
  readonly #bench: Bench;
  readonly #client: MqttClient;

  constructor(bench: Bench, nonce: string) {
    this.#bench = bench;
    this.nonce = nonce;
    const { broker } = bench;
    this.#client = mqtt.connect('wss://in-page/mqtt', {
      createWebsocket: () => new VirtualWebSocket(broker.connectBytes()),
      forceNativeWebSocket: true,
      timerVariant: 'native',
      reconnectPeriod: 0,
      clientId: 'porch-1',
      will: {
        topic: this.#topic('status'),
        payload: Buffer.from(JSON.stringify({ v: 1, st: 'offline', n: nonce })),
        qos: 1,
        retain: true,
      },
    });
  }

  async goOnline(): Promise<void> {
    if (!this.#client.connected) await new Promise((resolve) => this.#client.once('connect', resolve));
    const status = { v: 1, st: 'online', n: this.nonce, caps: ['led'] };
    await this.#client.publishAsync(this.#topic('status'), JSON.stringify(status), { qos: 1, retain: true });
  }

  async tele(q: number, values: object): Promise<void> {
    const t = Math.floor(Date.now() / 1000);
    await this.say('tele', JSON.stringify({ v: 1, n: this.nonce, q, t, ...values }));
  }

  async say(leaf: string, payload: string | Bytes): Promise<void> {
    await this.#client.publishAsync(
      this.#topic(leaf),
      typeof payload === 'string' ? payload : Buffer.from(payload),
    );
  }

  /** From now on answers what is rightly signed with what `obey` returns; null is silence. */
  async listen(obey: Obey, replyKey: CryptoKey = this.#bench.commandKey): Promise<void> {
    this.#client.on('message', (topic, payload) => void this.#obey({ topic, payload, obey, replyKey }));
    await this.#client.subscribeAsync(this.#topic('cmd'), { qos: 1 });
  }

  /** As when the power goes: the broker publishes the last will. */
  vanish(): void {
    this.#client.stream.destroy();
  }

  async end(): Promise<void> {
    await this.#client.endAsync(true);
  }

  async #obey(got: { topic: string; payload: Uint8Array; obey: Obey; replyKey: CryptoKey }): Promise<void> {
    const [, , , json = ''] = /^c1\.([a-z]+)\.([0-9a-f]{64})\.(.*)$/s.exec(fromUtf8(got.payload)) ?? [];
    const mac = await this.#mac(this.#bench.commandKey, `signet-c1\n${got.topic}\n${json}`);
    if (fromUtf8(got.payload) !== `c1.app.${mac}.${json}`) return;
    this.received.push(json);
    const body = JSON.parse(json) as Parameters<Obey>[0];
    const answer = got.obey(body);
    if (!answer) return;
    const reply = JSON.stringify({ i: body.i, n: this.nonce, ...answer });
    const topic = this.#topic('reply');
    const replyMac = await this.#mac(got.replyKey, `signet-r1\n${topic}\n${reply}`);
    await this.say('reply', concatBytes([utf8(`r1.${replyMac}.`), utf8(reply)]));
  }

  async #mac(key: CryptoKey, text: string): Promise<string> {
    return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(text))));
  }

  #topic(leaf: string): string {
    return `signet/${this.#bench.project.id}/porch-1/${leaf}`;
  }
}
