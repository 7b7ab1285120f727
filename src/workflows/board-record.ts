/**
 * Keeps the project's record of a board true when its flash is erased or put back: whose settings are on it, and which.
 * Knows what a report says, no flash.
 */
import type { Device, Project, ProjectId } from '../project/entities.ts';
import type { Environment } from './environment.ts';
import type { BoardReport } from './board-report.ts';

export type RecordEnvironment = Pick<Environment, 'store' | 'clock'>;

/** A device of this project whose whole settings a board would run. */
export interface BoardHolds {
  readonly deviceId: string;
  readonly generation: string;
  readonly layout: string;
  /** Whether its command keys are those that the project has for it. */
  readonly hasCommandKeys: boolean;
}

/** Null: nothing of this project, or nothing that would run. */
export function holdsOf({ contents, slots, verdicts }: BoardReport, project: Project): BoardHolds | null {
  const slot = slots?.runs ? slots[slots.runs] : null;
  if (!slot?.generation || slot.project !== project.id || contents.fileSystem.kind !== 'littlefs')
    return null;
  if (!project.devices.some(({ id }) => id === slot.device)) return null;
  const keyFile = verdicts?.find(({ path }) => path === `/${slots?.runs ?? ''}.mac`);
  return {
    deviceId: slot.device,
    generation: slot.generation,
    layout: contents.fileSystem.layout.name,
    hasCommandKeys: keyFile?.result === 'same',
  };
}

/**
 * Before the first sector goes: the device whose settings stood there, as far as the record is about them, is on no board
 * any more. Throws storage.*.
 */
export async function recordGone(
  env: RecordEnvironment,
  projectId: ProjectId,
  holds: BoardHolds | null,
  what: 'board erased' | 'board restored',
): Promise<void> {
  if (!holds) return;
  await change(env, projectId, { what, deviceId: holds.deviceId, details: {} }, (device) =>
    device.generation === holds.generation
      ? { ...device, credentialState: 'made', generation: null, layout: null, writtenCommandKeys: [] }
      : device,
  );
}

/** After a backup was put back: what it holds of this project is on a board again. Throws storage.*. */
export async function recordFound(
  env: RecordEnvironment,
  projectId: ProjectId,
  holds: BoardHolds | null,
): Promise<void> {
  if (!holds) return;
  const { deviceId, generation, layout, hasCommandKeys } = holds;
  // What is journalled as written is what *saved is not on the device* counts from.
  const entry = { what: 'board written', deviceId, details: { layout, generation } };
  await change(env, projectId, entry, (device) => ({
    ...device,
    credentialState: 'written',
    generation,
    layout,
    writtenCommandKeys: hasCommandKeys ? device.commandKeys : [],
  }));
}

async function change(
  env: RecordEnvironment,
  projectId: ProjectId,
  entry: {
    readonly what: string;
    readonly deviceId: string;
    readonly details: Readonly<Record<string, string>>;
  },
  changed: (device: Device) => Device,
): Promise<void> {
  const { revision, value: project } = await env.store.load(projectId);
  const devices = project.devices.map((device) => (device.id === entry.deviceId ? changed(device) : device));
  await env.store.commit(
    projectId,
    revision,
    [{ kind: 'put-project', project: { ...project, devices } }],
    [{ atMs: env.clock.nowMs(), ...entry }],
  );
}
