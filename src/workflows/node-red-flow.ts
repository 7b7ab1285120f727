/** A project's Node-RED flow and the files for setting it up by hand: opens the secrets, builds the texts, saves them. */
import { zipSync } from 'fflate';
import { flowText } from '../node-red/flow.ts';
import type { FlowDevice, FlowInput } from '../node-red/flow-input.ts';
import { handFiles } from '../node-red/hand-files.ts';
import type { Downloads } from '../ports/files.ts';
import type { Device, Project } from '../project/entities.ts';
import { toHex, utf8 } from '../shared/bytes.ts';
import type { Clock } from '../shared/clock.ts';
import { flowButtons, nodeRedKeyOf } from './node-red-keys.ts';
import { openSecret, type SecretEnvironment } from './open-secret.ts';
import { programOf, programPems } from './other-programs.ts';

export interface FlowChoice {
  /** One of `reachableHosts`. */
  readonly host: string;
  readonly hasCharts: boolean;
}

export type FlowEnvironment = SecretEnvironment & {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly downloads: Downloads;
};

/** Throws program.no-certificate, vault.locked. */
export async function makeFlowInput(
  env: Omit<FlowEnvironment, 'downloads'>,
  project: Project,
  { host, hasCharts }: FlowChoice,
): Promise<FlowInput> {
  const pems = await programPems(env, project, programOf(project, 'nodered', env.clock.nowMs()));
  return {
    ...pems,
    edition: toHex(env.crypto.getRandomValues(new Uint8Array(8))),
    projectId: project.id,
    projectName: project.name,
    host,
    port: project.broker.devicePort,
    devices: await Promise.all(project.devices.map((device) => flowDevice(env, project, device))),
    hasCharts,
  };
}

/** Saves `<project>-node-red-flow-SECRET.json`. Throws as {@link makeFlowInput}. */
export async function saveFlow(env: FlowEnvironment, project: Project, choice: FlowChoice): Promise<void> {
  const text = flowText(await makeFlowInput(env, project, choice));
  env.downloads.save(`${project.id}-node-red-flow-SECRET.json`, utf8(text), 'application/json');
}

/** Saves `<project>-node-red-files-SECRET.zip`: what the panels of Node-RED ask for. Throws as {@link makeFlowInput}. */
export async function saveHandFiles(
  env: FlowEnvironment,
  project: Project,
  choice: FlowChoice,
): Promise<void> {
  const files = handFiles(await makeFlowInput(env, project, choice));
  const entries = Object.fromEntries(files.map(({ name, text }) => [name, utf8(text)]));
  const zip = new Uint8Array(zipSync(entries, { mtime: new Date(2020, 0, 1) }));
  env.downloads.save(`${project.id}-node-red-files-SECRET.zip`, zip, 'application/zip');
}

async function flowDevice(env: SecretEnvironment, project: Project, device: Device): Promise<FlowDevice> {
  const key = nodeRedKeyOf(device);
  if (!key) return { id: device.id, commandKeyHex: null, buttons: [] };
  const raw = await openSecret(env, project.id, key.keyRecord);
  const commandKeyHex = toHex(raw);
  raw.fill(0);
  return { id: device.id, commandKeyHex, buttons: flowButtons(device, key.allow) };
}
