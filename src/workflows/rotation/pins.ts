/** Which devices insist on the broker's present certificate, so that a renewed one would lock them out. Reads only. */
import type { BrokerCheck } from '../../project/device-settings.ts';
import type { Device, Project } from '../../project/entities.ts';

export interface PinnedDevice {
  readonly device: Device;
  readonly check: Exclude<BrokerCheck, 'ca'>;
}

/**
 * Devices on a board that will refuse the broker's next certificate for devices. With the same key only its fingerprint
 * changes.
 */
export const lockedOutBy = (
  project: Pick<Project, 'devices'>,
  change: { readonly isNewKey: boolean },
): PinnedDevice[] =>
  project.devices.flatMap((device) => {
    const { brokerCheck: check = 'ca' } = device.settings;
    if (check === 'ca' || device.generation === null) return [];
    return check === 'fingerprint' || change.isNewKey ? [{ device, check }] : [];
  });
