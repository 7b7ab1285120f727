/** README.txt of the bundle: what each file is, how to start, how to see that it works, whom the browser must trust. */
import type { BundleInput } from './bundle-input.ts';
import { layoutOf } from './bundle-layout.ts';
import { startLines, systems } from './systems/system-lines.ts';
import { testGroups } from './test-lines.ts';
import { webUrl } from './web-url.ts';

export interface ListedFile {
  readonly path: string;
  readonly purpose: string;
  readonly secret: boolean;
}

export function readmeText(input: BundleInput, files: readonly ListedFile[]): string {
  return [
    `MQTT broker of the project "${input.projectId}"`,
    warning,
    filesSection(files),
    startSection(input),
    testSection(input),
    ...(input.certificates.revocationListPem === undefined ? [] : [revocationSection(input)]),
    limitsSection,
    trustSection(input),
  ].join('\n\n');
}

const warning = `This folder holds private keys and a password file: give it to nobody, put it in no public place.`;

const heading = (text: string): string => `${text}\n${'='.repeat(text.length)}\n`;

function filesSection(files: readonly ListedFile[]): string {
  const widest = Math.max(...files.map(({ path }) => path.length));
  const lines = files.map(({ path, purpose, secret }) => {
    const note = secret ? ' SECRET' : '';
    return `${path.padEnd(widest)}  ${purpose}${note}`;
  });
  return heading('Files') + lines.join('\n');
}

function startSection(input: BundleInput): string {
  const { hosts, devicePort, webPort, system, projectId } = input;
  const words = systems.find((each) => each.system === system);
  const folder = `${projectId}-broker`;
  const lines = startLines(system, { ...input, zipName: `${folder}.zip`, folder }).map(
    ({ title, text }) => `${title}:\n\n${text.replaceAll(/^/gm, '    ')}`,
  );
  return `${heading('Start')}On ${words?.name ?? system}, with Mosquitto 2.0 or 2.1${words?.isRun ? '' : ' (written after its documentation; not run by\nthe makers of this page)'}.

${lines.join('\n\n')}

The computer must be reachable as ${hosts.join(', ')}, and its firewall must let in the ports
${devicePort} (devices) and ${webPort} (browser), both TCP. Nothing listens without encryption.`;
}

/** The listeners' lines and the first device's: the page shows those of everybody. */
function testSection(input: BundleInput): string {
  const groups = testGroups({ ...input, devices: input.devices.slice(0, 1) }).slice(0, 2);
  const text = groups.map(({ title, needs, lines }) => {
    const beside =
      needs.length > 0 ? `Needs ${needs.join(' and ')} in this folder: the page saves them.\n\n` : '';
    const shown = lines.map(
      ({ purpose, command, expected }) =>
        `${purpose}:\n\n    ${command}\n\n    must show: ${expected.join(' or ')}`,
    );
    return `${title}\n${'-'.repeat(title.length)}\n${beside}${shown.join('\n\n')}`;
  });
  return `${heading('See that it works')}Run these in this folder (sudo apt install openssl curl mosquitto-clients).\n\n${text.join('\n\n')}`;
}

const revocationSection = ({ system }: BundleInput): string => {
  const { folder, paths } = layoutOf(system);
  return (
    heading('Revoked certificates') +
    `${folder}/${paths.revocationList} lists the certificates that are let in no more. Start the broker again after it has
changed: who is connected stays connected until then. Keep the list: with this configuration and without a
readable list the broker lets nobody in.`
  );
};

const limitsSection =
  heading('What the broker does not prevent') +
  `Who knows the dashboard's password can connect with a device's client id and so throw the device off the
broker, again and again; neither read more nor pose as the device. Mosquitto has no setting against it that
lets two browser tabs connect. Keep the password as you keep the keys. Mosquitto 2.0 does not apply
max_packet_size to browsers.`;

const trustSection = ({ hosts, webPort }: BundleInput): string =>
  heading('Let the browser trust the broker') +
  `The page connects to ${webUrl(hosts[0] ?? 'localhost', webPort)}. The browser must trust web-ca.crt for that.
This authority can vouch for the broker's hosts and the names below them, .local names, localhost and
private addresses; for no other site.

Chrome, Edge   open chrome://certificate-manager, "Installed by you", "Trusted Certificates", Import.
               Where that is missing, bring it into the system as below.
Firefox        Settings, Privacy & Security, View Certificates, Authorities, Import:
               tick "Trust this CA to identify websites".
Debian, Ubuntu sudo cp web-ca.crt /usr/local/share/ca-certificates/signet-web-ca.crt
               sudo update-ca-certificates        (Firefox and Chrome do not look there)
Fedora         sudo cp web-ca.crt /etc/pki/ca-trust/source/anchors/ && sudo update-ca-trust extract
macOS          open it with Keychain Access, double-click it, Trust: Always Trust.
Windows        double-click, Install Certificate, Local Machine, Trusted Root Certification Authorities.
Asked for a .p12 file? That is the section for your own certificates: look for "Authorities".

Then restart the browser.
`;
