/** The flow's nodes that Node-RED's own core has: connection, readings, buttons, signing, replies. */
import type { FlowButton, FlowDevice, FlowInput, FlowNode, NodeId } from './flow-input.ts';
import { keyVariable, rememberCode, replyCode, signCode } from './function-code.ts';

const columns = { source: 160, program: 430, sink: 740 } as const;

/** The tab; a device's key is one of its credentials, which Node-RED keeps encrypted and leaves out of exports. */
export function tabNode({ projectName, devices }: FlowInput, id: NodeId): FlowNode {
  const keys = devices.flatMap(({ id: device, commandKeyHex }) =>
    commandKeyHex === null ? [] : [[keyVariable(device), commandKeyHex] as const],
  );
  return {
    id: id('tab'),
    type: 'tab',
    label: `Signet: ${projectName}`,
    disabled: false,
    info: 'Made by Signet. To change it for good, make it anew there and import it again.',
    env: keys.map(([name]) => ({ name, value: '', type: 'cred' })),
    credentials: Object.fromEntries(
      keys.flatMap(([name, hex]) => [
        [name, hex],
        [`has_${name}`, true],
      ]),
    ),
  };
}

export const connectionNodes = (input: FlowInput, id: NodeId): FlowNode[] => [
  {
    id: id('tls'),
    type: 'tls-config',
    name: `Signet ${input.userName}`,
    cert: '',
    key: '',
    ca: '',
    certname: `${input.userName}.crt`,
    keyname: `${input.userName}.key`,
    caname: 'ca.crt',
    servername: input.host,
    verifyservercert: true,
    alpnprotocol: '',
    credentials: { certdata: input.certificatePem, keydata: input.keyPem, cadata: input.authorityPem },
  },
  {
    id: id('broker'),
    type: 'mqtt-broker',
    name: `Signet ${input.host}`,
    broker: input.host,
    port: String(input.port),
    tls: id('tls'),
    usetls: true,
    clientid: input.userName,
    autoConnect: true,
    // Version 5, so that a refusal by the access list is seen.
    protocolVersion: '5',
    keepalive: '60',
    cleansession: true,
    autoUnsubscribe: true,
    sessionExpiry: '',
    userProps: '',
    ...noMessages,
  },
];

const noMessages = Object.fromEntries(
  ['birth', 'close', 'will'].flatMap((name) => [
    [`${name}Topic`, ''],
    [`${name}Qos`, '0'],
    [`${name}Retain`, 'false'],
    [`${name}Payload`, ''],
    [`${name}Msg`, {}],
  ]),
);

/** What the three programs send on, by the names of the nodes that take it. */
export interface Wires {
  readonly readings: readonly string[];
  readonly temperature: readonly string[];
  readonly humidity: readonly string[];
  readonly lines: readonly string[];
  readonly outcomes: readonly string[];
}

export function readingNodes({ projectId }: FlowInput, id: NodeId, wires: Wires): FlowNode[] {
  const z = id('tab');
  const listen = (leaf: string, y: number): FlowNode => ({
    ...mqttIn(`signet/${projectId}/+/${leaf}`, id),
    id: id(leaf),
    datatype: 'utf8',
    x: columns.source,
    y,
    wires: [[id('remember')]],
  });
  const outputs = [wires.readings, wires.temperature, wires.humidity, wires.lines];
  return [
    listen('tele', 60),
    listen('status', 120),
    {
      ...functionNode('What devices say', rememberCode, outputs.length),
      id: id('remember'),
      z,
      x: columns.program,
      y: 80,
      wires: outputs.map((names) => names.map(id)),
    },
    { ...debugNode('Readings'), id: id('readings'), z, x: columns.sink, y: 60 },
  ];
}

export function commandNodes({ projectId }: FlowInput, id: NodeId, wires: Wires): FlowNode[] {
  const z = id('tab');
  const y = 240;
  const outcomes = [...wires.outcomes, 'outcomes'].map(id);
  return [
    {
      ...functionNode('Sign a command', signCode(projectId), 2),
      id: id('sign'),
      z,
      x: columns.program,
      y,
      wires: [[id('send')], outcomes],
    },
    {
      ...{ id: id('send'), type: 'mqtt out', z, name: 'To the device', topic: '', qos: '1', retain: 'false' },
      ...{ respTopic: '', contentType: '', userProps: '', correl: '', expiry: '' },
      ...{ broker: id('broker'), x: columns.sink, y, wires: [] },
    },
    {
      ...mqttIn(`signet/${projectId}/+/reply`, id),
      id: id('reply'),
      datatype: 'buffer',
      x: columns.source,
      y: 180,
      wires: [[id('check')]],
    },
    {
      ...functionNode('Check a reply', replyCode, 2),
      id: id('check'),
      z,
      x: columns.program,
      y: 180,
      wires: [[id('answers')], outcomes],
    },
    { ...debugNode('Answers'), id: id('answers'), z, x: columns.sink, y: 160 },
    { ...debugNode('What became of it'), id: id('outcomes'), z, x: columns.sink, y: 300 },
  ];
}

/** Buttons of the editor itself, one under the other. */
export const injectNodes = (devices: readonly FlowDevice[], id: NodeId, fromY: number): FlowNode[] =>
  buttonsOf(devices).map(({ device, button }, index) => ({
    id: id(`inject ${device.id} ${button.label}`),
    type: 'inject',
    z: id('tab'),
    name: `${device.id}: ${button.label}`,
    props: [
      { p: 'topic', vt: 'str' },
      { p: 'payload', v: orderOf(button), vt: 'json' },
    ],
    topic: device.id,
    payload: orderOf(button),
    payloadType: 'json',
    repeat: '',
    crontab: '',
    once: false,
    onceDelay: 0.1,
    x: columns.source,
    y: fromY + index * 40,
    wires: [[id('sign')]],
  }));

/** The buttons of the devices that have a key. */
export const buttonsOf = (
  devices: readonly FlowDevice[],
): { readonly device: FlowDevice; readonly button: FlowButton }[] =>
  devices
    .filter(({ commandKeyHex }) => commandKeyHex !== null)
    .flatMap((device) => device.buttons.map((button) => ({ device, button })));

export const orderOf = (button: FlowButton): string =>
  JSON.stringify({ command: button.command, arguments: button.arguments });

const mqttIn = (topic: string, id: NodeId): Omit<FlowNode, 'id'> & { readonly type: string } => ({
  ...{ type: 'mqtt in', z: id('tab'), name: '', topic, qos: '1', broker: id('broker'), inputs: 0 },
  ...{ nl: false, rap: true, rh: 0 },
});

const functionNode = (name: string, func: string, outputs: number) => ({
  ...{ type: 'function', name, func, outputs, timeout: 0, noerr: 0, initialize: '', finalize: '' },
  // Node's own module; a setting of Node-RED (functionExternalModules) allows it, and does by default.
  libs: [{ var: 'crypto', module: 'crypto' }],
});

const debugNode = (name: string) => ({
  ...{ type: 'debug', name, active: true, tosidebar: true, console: false, tostatus: false },
  ...{ complete: 'payload', targetType: 'msg', statusVal: '', statusType: 'auto', wires: [] },
});
