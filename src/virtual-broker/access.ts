/** Who may log in and do what on the in-page broker. The ready-made rules are those of the real broker's bundle. */
import { dashboardUser } from '../project/ids.ts';
import { fromUtf8 } from '../shared/bytes.ts';

export type Port = 'device' | 'web';

export interface Login {
  readonly port: Port;
  readonly clientId: string;
  readonly username: string | null;
  readonly password: Uint8Array | null;
}

export type ClientIdentity = Omit<Login, 'password'>;

export interface AccessRules {
  mayConnect(login: Login): boolean;
  mayWrite(client: ClientIdentity, topic: string): boolean;
  mayRead(client: ClientIdentity, topic: string): boolean;
}

/** Everybody may do everything. */
export const openAccess: AccessRules = { mayConnect: () => true, mayWrite: () => true, mayRead: () => true };

const deviceWrites = ['tele', 'status', 'reply', 'health'];

export interface ProjectAccess {
  readonly projectId: string;
  readonly dashboardPassword: string;
}

/**
 * A device is whom its client id says (the certificate of the real device port has no stand-in here) and has its own
 * five topics; the dashboard needs its password, reads the project and writes commands.
 */
export function projectAccess({ projectId, dashboardPassword }: ProjectAccess): AccessRules {
  const root = `signet/${projectId}/`;
  const leafOf = (client: ClientIdentity, topic: string): string | null => {
    const own = `${root}${client.clientId}/`;
    return topic.startsWith(own) ? topic.slice(own.length) : null;
  };
  const isCommand = (topic: string): boolean =>
    topic.startsWith(root) && /^[^/]+\/cmd$/.test(topic.slice(root.length));
  return {
    mayConnect: ({ port, username, password }) =>
      port === 'device' ||
      (username === dashboardUser && password !== null && textOf(password) === dashboardPassword),
    mayWrite: (client, topic) =>
      client.port === 'web' ? isCommand(topic) : deviceWrites.includes(leafOf(client, topic) ?? ''),
    mayRead: (client, topic) =>
      client.port === 'web' ? topic.startsWith(root) : leafOf(client, topic) === 'cmd',
  };
}

function textOf(password: Uint8Array): string | null {
  try {
    return fromUtf8(password);
  } catch {
    return null;
  }
}
