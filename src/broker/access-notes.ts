/** What follows from a choice of rights, in words for people: what stops working, and what becomes possible. */
import { deviceWrites, type TopicLeaf } from '../contract/topics.ts';
import type { ClientRights, DeviceLogin, TopicRights } from '../project/access.ts';

export interface NamedRights {
  readonly name: string;
  readonly rights: ClientRights;
}

const withoutDevice: Partial<Record<TopicLeaf, string>> = {
  tele: 'Without tele no device can send readings.',
  status: 'Without status nobody learns whether a device is there.',
  reply: 'Without reply every command ends as "No answer".',
  health: 'Without health the page knows nothing of memory and signal.',
};

/** Empty when everything is as it begins. */
export function accessNotes(
  device: TopicRights,
  dashboard: ClientRights,
  others: readonly NamedRights[],
): string[] {
  const missing = deviceWrites.filter((leaf) => !device.write.includes(leaf));
  const unseen = (['tele', 'status', 'reply'] as const).filter((leaf) => !dashboard.read.includes(leaf));
  const posing = [{ name: 'dashboard', rights: dashboard }, ...others].filter(({ rights }) =>
    rights.write.some((leaf) => leaf !== 'cmd'),
  );
  return [
    ...missing.map((leaf) => withoutDevice[leaf] ?? ''),
    ...(device.read.includes('cmd') ? [] : ['Without cmd devices hear no command and take no new keys.']),
    ...(unseen.length > 0 ? [`This page will not see ${unseen.join(', ')} of any device.`] : []),
    ...(dashboard.write.includes('cmd') ? [] : ['This page cannot send commands.']),
    ...(dashboard.devices === null ? [] : ['This page works with the chosen devices only.']),
    ...posing.map(({ name }) => `${name} may write what devices write, and so pose as them.`),
  ];
}

export interface LoginWords {
  readonly login: DeviceLogin;
  readonly name: string;
  readonly excludes: string;
}

/** Ways into the device port, each with what it excludes. */
export const loginWords: readonly LoginWords[] = [
  {
    login: 'certificate',
    name: 'By certificate',
    excludes:
      'The name in the certificate is the user. Excludes users with passwords from this port: its password file would not be read. A key never leaves its device, and a certificate can be revoked.',
  },
  {
    login: 'password',
    name: 'By name and password',
    excludes:
      'Each device gets a generated password with its settings: write every device again. Excludes certificates: Node-RED and others need a password too, and revoking a certificate shuts nobody out of this port; taking a device from the list does. Who reads a password out of a board has it.',
  },
  {
    login: 'both',
    name: 'By certificate and password',
    excludes:
      'The user is who the password says, not who the certificate says: any valid certificate of this project plus that password gets in. Excludes clients that have only one of the two. Revoked certificates stay out.',
  },
];

/** Why the other port has no choice. */
export const webLoginWords =
  'By name and password, always. Browsers offer no certificate for a connection that a script opens, so asking for one would only make it fail.';
