/** Words of a project that are worth nothing in a passphrase: whoever finds what it locks may know them. */
import type { Project } from '../../project/entities.ts';

/** Of more devices the names are too many to be guessed by them. */
const mostDevices = 50;

export const projectWords = ({ id, name, wifi, devices }: Project): string[] => [
  id,
  name,
  ...wifi.map(({ ssid }) => ssid),
  ...devices.slice(0, mostDevices).map((device) => device.id),
];
