/**
 * Who may do what on the broker, as Mosquitto ACL files. One file per listener: the certificate's name space (CN) and
 * the password users' stay apart, so that a certificate with CN `dashboard` has no rights.
 */
import type { BundleInput } from './bundle-input.ts';

/** What a device writes below `signet/<project>/<id>/` (docs/contracts.md, Topics). */
const deviceWrites = ['tele', 'status', 'reply', 'health'] as const;

type DeviceUsers = Pick<BundleInput, 'projectId' | 'devices' | 'userNames' | 'clients'>;

/** An explicit block per device, no `pattern %u`: taking a block out revokes. */
export function deviceAccessList({ projectId, devices, userNames, clients = [] }: DeviceUsers): string {
  const head = '# Device port: the user name is the common name of the client certificate.\n';
  const blocks = devices.map((id) => deviceBlock(projectId, id, userNames?.get(id) ?? id));
  const others = clients.map(({ user, mayCommand }) =>
    watcherBlock(projectId, user, mayCommand ? devices : []),
  );
  return head + [...blocks, ...others].join('');
}

function deviceBlock(projectId: string, id: string, user: string): string {
  const topic = `signet/${projectId}/${id}`;
  const writes = deviceWrites.map((leaf) => `topic write ${topic}/${leaf}\n`).join('');
  return `\nuser ${user}\n${writes}topic read ${topic}/cmd\n`;
}

/** Sees everything of its project and writes commands to these devices, which believe signed ones only. */
function watcherBlock(projectId: string, user: string, commanded: readonly string[]): string {
  const commands = commanded.map((id) => `topic write signet/${projectId}/${id}/cmd\n`).join('');
  return `\nuser ${user}\ntopic read signet/${projectId}/#\n${commands}`;
}

/** The dashboard sees everything of its project and writes nothing but commands. */
export const webAccessList = (projectId: string, username: string, devices: readonly string[]): string =>
  `# Browser port: users of the password file.\n${watcherBlock(projectId, username, devices)}`;
