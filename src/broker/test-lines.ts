/**
 * Lines to paste that show whether the broker does what it should, each with what must come out. They run alike in sh,
 * cmd and PowerShell: no quotes but double ones, nothing redirected.
 */
import { deviceTopic } from '../contract/topics.ts';
import { deviceUser } from './access-rules.ts';
import type { BundleInput } from './bundle-input.ts';
import { layoutOf } from './bundle-layout.ts';
import { bracketed } from './web-url.ts';

export interface TestLine {
  readonly purpose: string;
  /** For a shell in the unpacked bundle's folder. */
  readonly command: string;
  /** One of these stands in what the command prints. */
  readonly expected: readonly string[];
}

export interface TestGroup {
  /** Whom the lines are: "listeners", or a user's name on the broker. */
  readonly name: string;
  readonly title: string;
  /** Files that are not in the bundle and must lie beside it: a certificate and its key. */
  readonly needs: readonly string[];
  readonly lines: readonly TestLine[];
}

export type TestLinesInput = Pick<
  BundleInput,
  | 'projectId'
  | 'hosts'
  | 'devicePort'
  | 'webPort'
  | 'devices'
  | 'userNames'
  | 'clients'
  | 'users'
  | 'dashboard'
  | 'access'
  | 'system'
>;

/** The listeners first, then devices, other certificates, and users with passwords. */
export function testGroups(input: TestLinesInput): TestGroup[] {
  const { devices, clients = [], users = [], access, dashboard } = input;
  const named = access.deviceLogin === 'certificate' ? clients : [];
  return [
    { name: 'listeners', title: 'Both ports', needs: [], lines: listenerLines(input) },
    ...devices.map((id) => deviceGroup(input, id)),
    ...named.map(({ user }) => clientGroup(input, user)),
    ...[dashboard.username, ...users.map(({ user }) => user)].map((user) => passwordGroup(input, user)),
  ];
}

function listenerLines(input: TestLinesInput): TestLine[] {
  const { devicePort, webPort } = input;
  const host = hostOf(input);
  return [
    {
      purpose: 'The device port shows the right certificate',
      command: handshakeLine(host, devicePort, serverAuthority(input)),
      expected: ['Verification: OK'],
    },
    {
      purpose: 'The browser port shows the right certificate',
      command: handshakeLine(host, webPort, 'web-ca.crt'),
      expected: ['Verification: OK'],
    },
    {
      purpose: 'The browser port speaks MQTT over WebSocket',
      command: [
        `curl --cacert web-ca.crt --http1.1 -s -i -m 3`,
        ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'].map(header),
        ...['Sec-WebSocket-Protocol: mqtt', 'Sec-WebSocket-Key: c2lnbmV0LXRlc3QtbGluZQ=='].map(header),
        `https://${bracketed(host)}:${webPort}/`,
      ].join(' '),
      expected: ['101 Switching Protocols'],
    },
    {
      purpose: 'Nobody without a name gets in',
      command: `${clientLine('pub', input)} -t signet/test -m hello`,
      expected: ['Error'],
    },
  ];
}

/** 16: taken too, but nobody listens. */
const taken = ['RC:0', 'RC:16'];

const header = (text: string): string => `-H "${text}"`;

/** What a device needs to be let in, as options of mosquitto_pub and mosquitto_sub. */
function deviceIdentity(
  { access }: TestLinesInput,
  file: string,
  user: string,
): { needs: string[]; options: string } {
  const needs = access.deviceLogin === 'password' ? [] : [`${file}.crt`, `${file}.key`];
  const certificate = needs.length === 0 ? [] : [`--cert ${file}.crt --key ${file}.key`];
  const password = access.deviceLogin === 'certificate' ? [] : [`-u ${user} -P PASSWORD`];
  return { needs, options: [...certificate, ...password].join(' ') };
}

function deviceGroup(input: TestLinesInput, id: string): TestGroup {
  const user = deviceUser(input, id);
  const { needs, options } = deviceIdentity(input, id, user);
  const topic = (leaf: 'tele' | 'cmd'): string => deviceTopic(input.projectId, id, leaf);
  const { device } = input.access;
  const pub = `${clientLine('pub', input)} ${options}`;
  return {
    name: user,
    title: `${id}, a device`,
    needs,
    lines: [
      {
        purpose: 'It may write its readings',
        command: `${pub} -q 1 -d -t ${topic('tele')} -m test`,
        expected: device.write.includes('tele') ? taken : ['RC:135'],
      },
      {
        purpose: 'It may not write commands, not even its own',
        command: `${pub} -q 1 -d -t ${topic('cmd')} -m test`,
        expected: ['RC:135'],
      },
      {
        purpose: 'It may listen to its commands',
        command: `${clientLine('sub', input)} ${options} -q 1 -d -W 2 -t ${topic('cmd')}`,
        expected: ['SUBACK'],
      },
    ],
  };
}

function clientGroup(input: TestLinesInput, user: string): TestGroup {
  const { needs, options } = deviceIdentity(input, user, user);
  return { name: user, title: `${user}, a certificate`, needs, lines: listening(input, user, options) };
}

/** Over the browser port where the device port asks for certificates. */
function passwordGroup(input: TestLinesInput, user: string): TestGroup {
  const isOnDevicePort = input.access.deviceLogin === 'password' && user !== input.dashboard.username;
  const title = `${user}, a password`;
  if (isOnDevicePort)
    return { name: user, title, needs: [], lines: listening(input, user, `-u ${user} -P PASSWORD`) };
  const web = `--ws -h ${hostOf(input)} -p ${input.webPort} --cafile web-ca.crt -V 5 -u ${user}`;
  return {
    name: user,
    title,
    needs: [],
    lines: [
      {
        purpose: 'The password is right (mosquitto_sub speaks WebSocket from version 2.1 on)',
        command: `mosquitto_sub ${web} -P PASSWORD -i signet-test -d -W 2 -t signet/${input.projectId}/#`,
        expected: ['SUBACK'],
      },
      {
        purpose: 'A wrong one is refused',
        command: `mosquitto_sub ${web} -P wrong -i signet-test -d -W 2 -t signet/${input.projectId}/#`,
        expected: ['Not authorized'],
      },
    ],
  };
}

const listening = (input: TestLinesInput, user: string, options: string): TestLine[] => [
  {
    purpose: `${user} may listen`,
    command: `${clientLine('sub', input)} ${options} -q 1 -d -W 2 -t signet/${input.projectId}/#`,
    expected: ['SUBACK'],
  },
  {
    purpose: `${user} may not pose as a device`,
    command: `${clientLine('pub', input)} ${options} -q 1 -d -t signet/${input.projectId}/nobody/tele -m test`,
    expected: ['RC:135'],
  },
];

const hostOf = ({ hosts }: TestLinesInput): string => hosts[0] ?? 'localhost';

const clientLine = (tool: 'pub' | 'sub', input: TestLinesInput): string =>
  `mosquitto_${tool} -h ${hostOf(input)} -p ${input.devicePort} --cafile ${serverAuthority(input)} -V 5`;

function serverAuthority({ system }: TestLinesInput): string {
  const { folder, paths } = layoutOf(system);
  return `${folder}/${paths.serverAuthority}`;
}

const handshakeLine = (host: string, port: number, authority: string): string =>
  `echo Q | openssl s_client -connect ${bracketed(host)}:${port} -CAfile ${authority} ${verifyOption(host)} -brief`;

const isAddress = (host: string): boolean => host.includes(':') || /^[\d.]+$/.test(host);
const verifyOption = (host: string): string =>
  isAddress(host) ? `-verify_ip ${host}` : `-servername ${host} -verify_hostname ${host}`;
