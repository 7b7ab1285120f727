/** The devices of a project as rows of the renewal's table: when each ends, whether it can be begun, how far it is. */
import type { Device, Project } from '../../project/entities.ts';
import type { Rotation } from '../../project/rotation.ts';
import { hasEnded } from '../../rotation/saga.ts';
import { rotationObstacle, type RotationObstacle } from '../../workflows/rotation/begin-rotations.ts';
import { daysLeft, soonDays } from '../../workflows/trust/standing.ts';

export interface FleetRow {
  readonly device: Device;
  readonly endsMs: number;
  readonly isSoon: boolean;
  readonly obstacle: RotationObstacle | null;
  readonly rotation: Rotation | null;
}

/** The first to end stands first. */
export function fleetRows(project: Project, nowMs: number): FleetRow[] {
  const rotations = new Map(project.rotations.map((rotation) => [rotation.deviceId, rotation]));
  return project.devices
    .map((device) => {
      const { certificate } = device.credential;
      return {
        device,
        endsMs: certificate.notAfterMs,
        isSoon: daysLeft(certificate, nowMs) < soonDays,
        obstacle: rotationObstacle(project, device),
        rotation: rotations.get(device.id) ?? null,
      };
    })
    .sort((a, b) => a.endsMs - b.endsMs);
}

export interface FleetCount {
  readonly running: number;
  readonly kept: number;
  readonly notChanged: number;
}

export function countRotations({ rotations }: Project): FleetCount {
  const ended = rotations.filter(hasEnded);
  const notChanged = ended.filter(({ state }) => state === 'reverted').length;
  return { running: rotations.length - ended.length, kept: ended.length - notChanged, notChanged };
}
