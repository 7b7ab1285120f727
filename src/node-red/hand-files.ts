/** The files that a person needs who sets Node-RED up by hand: certificate, programs of the function nodes, keys. */
import type { FlowInput } from './flow-input.ts';
import { keyVariable, rememberCode, replyCode, signCode } from './function-code.ts';

export interface HandFile {
  readonly name: string;
  readonly text: string;
}

/** Whatever is secret has `SECRET` in its name, but for the private key, whose name Node-RED shows. */
export const handFiles = (input: FlowInput): HandFile[] => [
  { name: 'ca.crt', text: input.authorityPem },
  { name: `${input.userName}.crt`, text: input.certificatePem },
  { name: `${input.userName}.key`, text: input.keyPem },
  { name: 'what-devices-say.js', text: rememberCode },
  { name: 'sign-a-command.js', text: signCode(input.projectId) },
  { name: 'check-a-reply.js', text: replyCode },
  { name: 'command-keys-SECRET.txt', text: keyLines(input) },
];

const keyLines = ({ devices }: FlowInput): string =>
  devices
    .map(({ id, commandKeyHex }) =>
      commandKeyHex === null ? `${id} has no key for Node-RED\n` : `${keyVariable(id)} ${commandKeyHex}\n`,
    )
    .join('');
