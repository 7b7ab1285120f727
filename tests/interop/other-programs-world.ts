/**
 * A project made by the page's own workflows, its broker bundle started as it is, and its device as the firmware's Linux
 * build with the settings that the page would write: what Node-RED and Home Assistant meet.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zipBundle } from '../../src/broker/bundle.ts';
import { firstFiles } from '../../src/contract/slot-files.ts';
import { PageKeyMaker } from '../../src/platform/keys/page-key-maker.ts';
import { MemoryBrowserKeys, MemoryProjectStore } from '../../src/platform/storage/memory-project-store.ts';
import type { Project } from '../../src/project/entities.ts';
import { systemClock } from '../../src/shared/clock.ts';
import type { RunOptions } from '../../src/shared/outcome.ts';
import { createVaults } from '../../src/vault/vaults.ts';
import { makeBrokerBundle } from '../../src/workflows/broker-bundle.ts';
import { createProject } from '../../src/workflows/create-project.ts';
import { makeDeviceSlot } from '../../src/workflows/device-image.ts';
import {
  programOf,
  programPems,
  type ProgramKind,
  type ProgramPems,
} from '../../src/workflows/other-programs.ts';
import type { TrustEnvironment } from '../../src/workflows/trust/change.ts';
import { freePorts, startBroker, type RunningBroker } from './broker-bench.ts';
import { buildHost, HostProgram, removeFolder, temporaryFolder, writeFiles } from './firmware-host-bench.ts';

export const options: RunOptions = { signal: new AbortController().signal, timeoutMs: 60_000 };

export class OtherProgramsWorld {
  readonly folder = temporaryFolder();
  readonly env: TrustEnvironment;
  readonly saved = new Map<string, Uint8Array>();
  #broker: RunningBroker | null = null;
  readonly #boards: HostProgram[] = [];

  constructor() {
    const store = new MemoryProjectStore();
    const { crypto } = globalThis;
    const vaults = createVaults({ store, keys: new MemoryBrowserKeys(), crypto, clock: systemClock });
    this.env = {
      ...{ store, vaults, clock: systemClock, crypto },
      keyMaker: () => Promise.resolve(new PageKeyMaker()),
    };
  }

  /** As workflows want them to save files. */
  get downloads() {
    return { save: (name: string, content: Uint8Array): void => void this.saved.set(name, content) };
  }

  async createProject(): Promise<void> {
    const form = {
      ...{ projectName: 'Porch', hosts: ['localhost'], wifiSsid: 'Attic', wifiPassword: 'correct horse' },
      ...{ deviceName: 'porch-1', sensor: 'dht22' as const, passphrase: null },
    };
    await createProject(this.env, form, options);
    const { devicePort, webPort } = await freePorts();
    const { revision, value } = await this.env.store.load('porch');
    const devices = value.devices.map((device) => ({
      ...device,
      settings: {
        ...device.settings,
        sensor: { ...device.settings.sensor, everyS: 2 },
        relay: { pin: 5, activeLow: false, pulseMs: 100 },
      },
    }));
    const project: Project = { ...value, devices, broker: { ...value.broker, devicePort, webPort } };
    await this.env.store.commit('porch', revision, [{ kind: 'put-project', project }], []);
  }

  async project(): Promise<Project> {
    return (await this.env.store.load('porch')).value;
  }

  async identity(kind: ProgramKind): Promise<ProgramPems> {
    const project = await this.project();
    return programPems(this.env, project, programOf(project, kind, Date.now()));
  }

  /** The bundle as it is now, by its own start script. */
  async startBroker(): Promise<void> {
    const bundle = path.join(this.folder, 'bundle');
    mkdirSync(bundle, { recursive: true });
    const zip = path.join(this.folder, 'bundle.zip');
    writeFileSync(zip, zipBundle(await makeBrokerBundle(this.env, await this.project())));
    execFileSync('unzip', ['-q', '-o', zip, '-d', bundle]);
    this.#broker = await startBroker(path.join(bundle, 'start.sh'), []);
  }

  async boot(): Promise<HostProgram> {
    const project = await this.project();
    const [device] = project.devices;
    if (!device) throw new Error('no device');
    const own = path.join(this.folder, `board-${this.#boards.length + 1}`);
    mkdirSync(own);
    const { slot } = await makeDeviceSlot(this.env, project, device);
    const files = await firstFiles(slot, Date.now());
    const named = Object.fromEntries(files.map((file) => [file.path.slice(1), file.content]));
    const where = ['--files', writeFiles(own, named), '--resolve', 'localhost=127.0.0.1'];
    const board = new HostProgram(buildHost('firmware'), own, [...where, '--time', 'real']);
    this.#boards.push(board);
    return board;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#boards.map((board) => board.kill()));
    await this.#broker?.stop();
    removeFolder(this.folder);
  }
}
