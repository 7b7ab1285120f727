/**
 * A project of the page with its own bundle in a real Mosquitto, boards of the firmware's Linux home, the page's live
 * session over WSS, and an ear that hears everything at the broker. What the tests of rotations stand on.
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { WebSocket } from 'ws';
import { zipBundle } from '../../src/broker/bundle.ts';
import { firstFiles, type SlotContents } from '../../src/contract/slot-files.ts';
import { toPem } from '../../src/pki/pem.ts';
import { MqttBrokerLink } from '../../src/platform/mqtt/mqtt-broker-link.ts';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import type { ProjectStore } from '../../src/ports/storage.ts';
import type { Device, Project } from '../../src/project/entities.ts';
import type { Rotation } from '../../src/project/rotation.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { addDevices } from '../../src/workflows/add-device.ts';
import { makeBrokerBundle } from '../../src/workflows/broker-bundle.ts';
import { changeProject } from '../../src/workflows/change-project.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import { makeDeviceSlot } from '../../src/workflows/device-image.ts';
import { openLive, type LiveEnvironment, type LiveSession } from '../../src/workflows/open-live.ts';
import type { ProjectEnvironment } from '../../src/workflows/environment.ts';
import { RotationRunner, type RotationActivity } from '../../src/workflows/rotation/rotation-runner.ts';
import { freePorts, startBroker, type RunningBroker } from './broker-bench.ts';
import {
  buildHost,
  freePort,
  HostProgram,
  removeFolder,
  temporaryFolder,
  writeFiles,
} from './firmware-host-bench.ts';

export const wifiCanary = 'wlan-canary-7431';

/** A tab at work on the rotations: its session and its runner end together. */
export interface Tab {
  readonly live: LiveSession;
  readonly runner: RotationRunner;
  readonly activities: ReadonlyMap<string, RotationActivity>;
  close(): Promise<void>;
}

export class RotationSite {
  readonly folder = temporaryFolder();
  readonly store = new MemoryProjectStore();
  /** Everything that anybody published, as one who sits at the broker sees it. */
  readonly heard: { topic: string; payload: Buffer }[] = [];
  readonly env: LiveEnvironment & ProjectEnvironment;
  readonly #program = buildHost('firmware');
  #broker: RunningBroker | null = null;
  #plainPort = 0;
  #ear: MqttClient | null = null;
  #bundles = 0;
  readonly #boards: HostProgram[] = [];
  readonly #tabs: Tab[] = [];

  constructor() {
    const { store } = this;
    const { crypto } = globalThis;
    const vaults = createVaults({ store, keys: new MemoryBrowserKeys(), crypto, clock: systemClock });
    const link = async (): Promise<MqttBrokerLink> => {
      const ca = toPem('CERTIFICATE', (await this.project()).authorities.web.certificate.der);
      const createSocket = (url: string, words: string | string[]) => new WebSocket(url, words, { ca });
      return new MqttBrokerLink({ clock: systemClock, random: () => 0.1, createSocket });
    };
    this.env = { store, vaults, clock: systemClock, crypto, brokerLink: link };
  }

  async project(): Promise<Project> {
    return (await this.store.load('porch')).value;
  }

  async rotation(deviceId: string): Promise<Rotation | undefined> {
    return (await this.project()).rotations.find((rotation) => rotation.deviceId === deviceId);
  }

  async device(deviceId: string): Promise<Device> {
    const found = (await this.project()).devices.find(({ id }) => id === deviceId);
    if (!found) throw new Error(`no ${deviceId}`);
    return found;
  }

  /** The first device is porch-1. */
  async start(...moreDevices: readonly string[]): Promise<void> {
    const ports = await freePorts();
    this.#plainPort = await freePort();
    const form = {
      projectName: 'Porch',
      hosts: ['localhost'],
      wifiSsid: 'Gartenzaun',
      wifiPassword: wifiCanary,
      deviceName: 'porch-1',
      sensor: 'dht22' as const,
      passphrase: null,
      ports: { device: ports.devicePort, web: ports.webPort },
    };
    await createProject(this.env, form, { signal: new AbortController().signal, timeoutMs: 60_000 });
    await addDevices(
      this.env,
      'porch',
      moreDevices.map((name) => ({ name, sensor: 'dht11' as const })),
    );
    await this.startBroker();
  }

  /** With the project's bundle of now, as a person would unpack it and start it again. */
  async startBroker(): Promise<void> {
    await this.#broker?.stop();
    await this.#ear?.endAsync(true);
    const bundle = path.join(this.folder, `bundle-${++this.#bundles}`);
    mkdirSync(bundle, { recursive: true });
    writeFileSync(`${bundle}.zip`, zipBundle(await makeBrokerBundle(this.env, await this.project())));
    execFileSync('unzip', ['-q', '-o', `${bundle}.zip`, '-d', bundle]);
    appendFileSync(
      path.join(bundle, 'mosquitto/mosquitto.conf'),
      `\nlistener ${this.#plainPort} 127.0.0.1\nallow_anonymous true\n`,
    );
    this.#broker = await startBroker(path.join(bundle, 'start.sh'), []);
    this.#ear = await mqtt.connectAsync(`mqtt://127.0.0.1:${this.#plainPort}`);
    this.#ear.on('message', (topic, payload) => this.heard.push({ topic, payload }));
    await this.#ear.subscribeAsync('#', { qos: 1 });
  }

  /** What a board is given; the project knows from then on that it was written. */
  async credentials(deviceId: string): Promise<SlotContents> {
    const made = await makeDeviceSlot(this.env, await this.project(), await this.device(deviceId));
    await changeProject(this.store, 'porch', (project) => ({
      project: {
        ...project,
        devices: project.devices.map((device) =>
          device.id === deviceId
            ? { ...device, credentialState: 'written', generation: made.generation }
            : device,
        ),
      },
      journal: [],
    }));
    return made.slot;
  }

  async boot(slot: SlotContents): Promise<HostProgram> {
    const own = path.join(this.folder, `board-${this.#boards.length}`);
    mkdirSync(own);
    const files = await firstFiles(slot, Date.now());
    const named = Object.fromEntries(files.map((file) => [file.path.slice(1), file.content]));
    const where = ['--files', writeFiles(own, named), '--resolve', 'localhost=127.0.0.1'];
    const board = new HostProgram(this.#program, own, [...where, '--time', 'real']);
    this.#boards.push(board);
    return board;
  }

  /** `store` stands between the tab and what is stored. */
  async openTab(store: ProjectStore = this.store): Promise<Tab> {
    const closing = new AbortController();
    const live = await openLive(this.env, await this.project());
    const activities = new Map<string, RotationActivity>();
    const runner = new RotationRunner({
      env: { ...this.env, store },
      projectId: 'porch',
      live,
      signal: closing.signal,
      onActivity: (id, activity) => (activity ? activities.set(id, activity) : activities.delete(id)),
    });
    const running = runner.run();
    const close = async (): Promise<void> => {
      closing.abort();
      await live.close();
      await running;
    };
    const tab = { live, runner, activities, close };
    this.#tabs.push(tab);
    return tab;
  }

  async stop(): Promise<void> {
    for (const tab of this.#tabs) await tab.close();
    await Promise.all(this.#boards.map((board) => board.kill()));
    await this.#ear?.endAsync(true);
    await this.#broker?.stop();
    removeFolder(this.folder);
  }
}

/** A file of the board's flash. */
export const onBoard = (board: HostProgram, name: string): Buffer =>
  readFileSync(path.join(board.stateFolder, name));

/** Resolves when it holds; rejects after half a minute. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patienceMs = 30_000,
): Promise<void> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline;) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`did not happen within ${patienceMs / 1000} s: ${what}`);
}
