/** A device's stored rotation, moved from one state to the next: committed whole, and only from the state it was in. */
import type { ProjectStore } from '../../ports/storage.ts';
import type { DeviceId, JournalEntry, Project, ProjectChange, ProjectId } from '../../project/entities.ts';
import type { Rotation, RotationState } from '../../project/rotation.ts';
import type { Clock } from '../../shared/clock.ts';
import { changeProject } from '../change-project.ts';

export interface RecordEnvironment {
  readonly store: ProjectStore;
  readonly clock: Clock;
}

export interface RotationKey {
  readonly projectId: ProjectId;
  readonly deviceId: DeviceId;
}

export const rotationOf = (project: Project, deviceId: DeviceId): Rotation | null =>
  project.rotations.find((rotation) => rotation.deviceId === deviceId) ?? null;

/** The project with this rotation in the place of the device's last one. */
export const withRotation = (project: Project, rotation: Rotation): Project => ({
  ...project,
  rotations: [...project.rotations.filter(({ deviceId }) => deviceId !== rotation.deviceId), rotation],
});

export interface RotationEdit {
  readonly rotation: Rotation;
  /** Changed beside the rotation; the project as it is when left out. */
  readonly project?: Project;
  readonly changes?: readonly ProjectChange[];
  readonly entry?: Pick<JournalEntry, 'what' | 'details'>;
}

/**
 * Stores what `edit` makes of it. False, and nothing is changed, when it is not in `from` any more: a person cancelled, or
 * another tab was quicker. Throws storage.*.
 */
export async function moveRotation(
  env: RecordEnvironment,
  { projectId, deviceId }: RotationKey,
  from: RotationState,
  edit: (rotation: Rotation, project: Project, nowMs: number) => RotationEdit,
): Promise<boolean> {
  let isMoved = false;
  const nowMs = env.clock.nowMs();
  await changeProject(env.store, projectId, (project) => {
    const present = rotationOf(project, deviceId);
    isMoved = present?.state === from;
    if (!present || !isMoved) return { project, journal: [] };
    const made = edit(present, project, nowMs);
    const entry = made.entry ? [{ atMs: nowMs, deviceId, ...made.entry }] : [];
    return {
      project: withRotation(made.project ?? project, made.rotation),
      changes: made.changes ?? [],
      journal: entry,
    };
  });
  return isMoved;
}
