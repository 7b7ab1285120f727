/** Node-RED's own command keys: what they may do, which devices have one, and making them. Knows no flow. */
import type { CommandName } from '../contract/envelope.ts';
import type { FlowButton } from '../node-red/flow-input.ts';
import { nodeRedKeyName } from '../node-red/function-code.ts';
import { rightsOf } from '../project/access.ts';
import type { Device, NamedCommandKey, Project, ProjectId } from '../project/entities.ts';
import type { Outcome, RunOptions } from '../shared/outcome.ts';
import { cancelled, done } from '../shared/outcome.ts';
import { ensureProgram } from './other-programs.ts';
import { changeTrust, type TrustDraft, type TrustEnvironment } from './trust/change.ts';

export type NodeRedCommand = Extract<
  CommandName,
  'led' | 'display' | 'read' | 'identify' | 'interval' | 'relay' | 'outputs' | 'reboot'
>;

export interface NodeRedRight {
  readonly command: NodeRedCommand;
  readonly label: string;
  /** Given unless somebody says otherwise. */
  readonly isUsual: boolean;
}

/** In the order of the screen; what moves something is given only on purpose. New credentials are nobody's but the page's. */
export const nodeRedRights: readonly NodeRedRight[] = [
  { command: 'led', label: 'Switch the LED', isUsual: true },
  { command: 'read', label: 'Ask for a reading', isUsual: true },
  { command: 'identify', label: 'Let it blink', isUsual: true },
  { command: 'display', label: 'Show a text', isUsual: true },
  { command: 'interval', label: 'Change the interval', isUsual: false },
  { command: 'relay', label: 'Pulse the relay', isUsual: false },
  { command: 'outputs', label: 'Switch the outputs', isUsual: false },
  { command: 'reboot', label: 'Restart it', isUsual: false },
];

export const nodeRedKeyOf = (device: Device): NamedCommandKey | null =>
  device.commandKeys.find(({ name }) => name === nodeRedKeyName) ?? null;

/** What Node-RED may do now: by the newest key, or the usual when there is none. */
export function rightsNow(project: Project): NodeRedCommand[] {
  const allow = project.devices.map(nodeRedKeyOf).findLast((key) => key !== null)?.allow;
  return nodeRedRights
    .filter(({ command, isUsual }) => (allow ? allow.includes(command) : isUsual))
    .map(({ command }) => command);
}

/** Devices that have no key for Node-RED, and those whose board was not written since they got it or it was changed. */
export function nodeRedGaps({ devices }: Project): {
  readonly keyless: string[];
  readonly unwritten: string[];
} {
  const isWritten = (key: NamedCommandKey, device: Device): boolean =>
    device.writtenCommandKeys.some(
      (written) => written.keyRecord === key.keyRecord && written.allow.join() === key.allow.join(),
    );
  const unwritten = devices.filter((device) => {
    const key = nodeRedKeyOf(device);
    return key !== null && !isWritten(key, device);
  });
  return {
    keyless: devices.filter((device) => nodeRedKeyOf(device) === null).map(({ id }) => id),
    unwritten: unwritten.map(({ id }) => id),
  };
}

/**
 * Gives Node-RED its certificate and each device a key for it, each with these rights; what is there stays, but for the
 * rights. Throws as createCertificate does.
 */
export async function setUpNodeRed(
  env: TrustEnvironment,
  projectId: ProjectId,
  allow: readonly NodeRedCommand[],
  options: RunOptions,
): Promise<Outcome<null>> {
  const identity = await ensureProgram(env, projectId, 'nodered', options);
  if (identity.kind === 'cancelled') return cancelled;
  await changeTrust(env, projectId, async (draft) => {
    const { project } = draft;
    const devices: Device[] = [];
    for (const device of project.devices) devices.push(await withKey(draft, device, allow));
    // Rights at the broker that somebody had narrowed would make each button fail.
    const otherCertificates = project.otherCertificates.map((other) =>
      other.kind === 'nodered' ? { ...other, rights: rightsOf('command') } : other,
    );
    return {
      project: { ...project, devices, otherCertificates },
      what: 'Node-RED set up',
      details: { devices: devices.length, commands: allow.join(', ') },
    };
  });
  return done(null);
}

/**
 * New keys in place of those that somebody else may have; the old ones count until the devices' settings are written.
 * Throws vault.locked, storage.*.
 */
export async function renewNodeRedKeys(env: TrustEnvironment, projectId: ProjectId): Promise<void> {
  await changeTrust(env, projectId, async (draft) => {
    const { project } = draft;
    const dropped = project.devices.flatMap((device) => nodeRedKeyOf(device)?.keyRecord ?? []);
    const devices: Device[] = [];
    for (const device of project.devices) {
      const key = nodeRedKeyOf(device);
      const others = device.commandKeys.filter((other) => other !== key);
      devices.push(key ? await withKey(draft, { ...device, commandKeys: others }, key.allow) : device);
    }
    const details = { devices: dropped.length };
    return { project: { ...project, devices }, what: 'Node-RED keys renewed', details, dropped };
  });
}

async function withKey(
  { secrets, context }: TrustDraft,
  device: Device,
  allow: readonly string[],
): Promise<Device> {
  const present = nodeRedKeyOf(device);
  const keyRecord =
    present?.keyRecord ??
    (await secrets.seal(
      `nodered-key-${device.id}`,
      'operate',
      context.crypto.getRandomValues(new Uint8Array(32)),
    ));
  const others = device.commandKeys.filter(({ name }) => name !== nodeRedKeyName);
  return { ...device, commandKeys: [...others, { name: nodeRedKeyName, keyRecord, allow }] };
}

/** The buttons that a device with these settings has in the flow; one of a foreign form takes no signed command. */
export function flowButtons({ settings }: Device, allow: readonly string[]): FlowButton[] {
  const isLit = settings.led !== null || settings.pixel !== undefined;
  if ((settings.form?.kind ?? 'signet') !== 'signet') return [];
  const buttons: readonly (FlowButton & { readonly isThere: boolean })[] = [
    { label: 'LED on', command: 'led', arguments: { on: 1 }, isThere: isLit },
    { label: 'LED off', command: 'led', arguments: { on: 0 }, isThere: isLit },
    { label: 'Relay pulse', command: 'relay', arguments: {}, isThere: settings.relay !== null },
    { label: 'Read now', command: 'read', arguments: {}, isThere: true },
    { label: 'Identify', command: 'identify', arguments: {}, isThere: true },
    { label: 'Restart', command: 'reboot', arguments: {}, isThere: true },
  ];
  return buttons
    .filter(({ command, isThere }) => isThere && allow.includes(command))
    .map(({ label, command, arguments: given }) => ({ label, command, arguments: given }));
}
