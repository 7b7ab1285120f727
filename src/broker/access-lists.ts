/**
 * Who may do what on the broker, as Mosquitto ACL files. One file per listener: the certificate's name space (CN) and
 * the password users' stay apart, so that a certificate with CN `dashboard` has no rights.
 */

/** What a device writes below `signet/<project>/<id>/` (docs/contracts.md, Topics). */
const deviceWrites = ['tele', 'status', 'reply', 'health'] as const;

/** An explicit block per device, no `pattern %u`: taking a block out revokes. */
export function deviceAccessList(projectId: string, devices: readonly string[]): string {
  const head = '# Device port: the user name is the common name of the client certificate.\n';
  return head + devices.map((id) => deviceBlock(projectId, id)).join('');
}

function deviceBlock(projectId: string, id: string): string {
  const topic = `signet/${projectId}/${id}`;
  const writes = deviceWrites.map((leaf) => `topic write ${topic}/${leaf}\n`).join('');
  return `\nuser ${id}\n${writes}topic read ${topic}/cmd\n`;
}

/** The dashboard sees everything of its project and writes nothing but commands. */
export function webAccessList(projectId: string, username: string, devices: readonly string[]): string {
  const commands = devices.map((id) => `topic write signet/${projectId}/${id}/cmd\n`).join('');
  return (
    '# Browser port: users of the password file.\n' +
    `\nuser ${username}\ntopic read signet/${projectId}/#\n${commands}`
  );
}
