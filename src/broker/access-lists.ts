/**
 * Who may do what on the broker, as Mosquitto ACL files. One file per listener: the certificate's name space (CN) and
 * the password users' stay apart, so that a certificate with CN `dashboard` has no rights.
 */
import { deviceUsers, webUsers, type AccessInput, type UserRules } from './access-rules.ts';

const deviceHeads = {
  certificate: 'the user name is the common name of the client certificate',
  password: 'users of passwd-devices',
  both: 'users of passwd-devices, with any certificate of the client authority',
} as const;

/** An explicit block per device, no `pattern %u`: taking a block out revokes. */
export const deviceAccessList = (input: AccessInput): string =>
  `# Device port: ${deviceHeads[input.access.deviceLogin]}.\n${blocks(deviceUsers(input))}`;

export const webAccessList = (input: AccessInput): string =>
  `# Browser port: users of the password file.\n${blocks(webUsers(input))}`;

/** A user without rights gets no block: Mosquitto takes a list without topics for him as none at all. */
const blocks = (users: readonly UserRules[]): string =>
  users
    .filter(({ rules }) => rules.length > 0)
    .map(({ user, rules }) => `\nuser ${user}\n${rules.map(line).join('')}`)
    .join('');

const line = ({ may, topic }: UserRules['rules'][number]): string => `topic ${may} ${topic}\n`;
