/** Which Wi-Fi networks a device is to join: its own, else the project's. */
import type { Device, Project, WifiNetwork } from './entities.ts';

export const networksOf = (
  project: Pick<Project, 'wifi'>,
  device: Pick<Device, 'wifi'>,
): readonly WifiNetwork[] => device.wifi ?? project.wifi;

/** Every network that any device knows: for looking for their passwords. */
export const everyNetwork = (project: Pick<Project, 'wifi' | 'devices'>): readonly WifiNetwork[] => [
  ...project.wifi,
  ...project.devices.flatMap((device) => device.wifi ?? []),
];
