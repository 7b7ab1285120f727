/**
 * The programs of the flow's three function nodes, as texts that Node-RED runs: they keep what devices say, sign commands
 * and check replies (docs/contracts.md, "Commands"). Each holds no secret: keys are the flow's own credentials.
 *
 * What they share lies in the flow's context as `signet`: per device `{n, offset, last, isOffline, sent}`.
 */

/** Name of Node-RED's key in the devices' key files. */
export const nodeRedKeyName = 'nodered';

/** The flow's credential that holds a device's command key; ids have no underscore, so no two share one. */
export const keyVariable = (deviceId: string): string =>
  `SIGNET_KEY_${deviceId.toUpperCase().replaceAll('-', '_')}`;

/** In: tele and status. Out: reading (object), temperature, humidity (numbers), a line for people; topic: the device. */
export const rememberCode = `// Keeps each device's boot number and clock, which commands need; passes its readings on.
const [, , id = '', leaf] = msg.topic.split('/');
if (!/^[a-z0-9-]{1,32}$/.test(id)) return null;
let said;
try {
  said = JSON.parse(msg.payload);
} catch (error) {
  return null;
}
if (said === null || typeof said !== 'object' || typeof said.n !== 'string') return null;
const devices = flow.get('signet') || {};
let device = devices[id];
// A last will counts only for the boot that left it.
if (leaf === 'status' && said.st === 'offline' && device && device.n !== said.n) return null;
if (!device || device.n !== said.n) device = devices[id] = { n: said.n, offset: 0, last: 0, sent: null };
device.isOffline = leaf === 'status' && said.st === 'offline';
if (Number.isFinite(said.t)) {
  // Whole seconds, and late by the way: the largest difference seen is the nearest.
  const differs = said.t * 1000 - Date.now();
  if (differs > device.offset + 1500 || !device.isTimed) device.offset = Math.abs(differs) <= 1500 ? 0 : differs;
  device.isTimed = true;
}
flow.set('signet', devices);

const number = (value) => (Number.isFinite(value) ? { topic: id, payload: value } : null);
const parts = [
  Number.isFinite(said.temperature) ? said.temperature + ' °C' : '',
  Number.isFinite(said.humidity) ? said.humidity + ' %' : '',
].filter((part) => part !== '');
const words = leaf === 'status' ? String(said.st) : parts.join(', ') || 'no reading';
node.status({ fill: device.isOffline ? 'grey' : 'green', shape: 'dot', text: id + ': ' + words });
const line = { topic: id, payload: words };
if (leaf === 'status') return [null, null, null, line];
return [{ topic: id, payload: said }, number(said.temperature), number(said.humidity), line];
`;

/** In: topic the device's id, payload `{command, arguments}`. Out: the message for the broker; what became of it. */
export const signCode = (projectId: string): string => `// Signs a command with Node-RED's own key.
// In: msg.topic is the device, msg.payload {"command": "led", "arguments": {"on": 1}}.
const id = String(msg.topic);
const order = msg.payload;
const devices = flow.get('signet') || {};
const device = devices[id];
const key = env.get('SIGNET_KEY_' + id.toUpperCase().replaceAll('-', '_'));
const refuse = (why) => {
  node.status({ fill: 'red', shape: 'ring', text: id + ': ' + why });
  return [null, { topic: id, payload: why }];
};
if (!/^[0-9a-f]{64}$/.test(key || '')) return refuse('no command key: import the flow again from Signet');
if (!order || typeof order.command !== 'string') return refuse('no command in msg.payload');
if (!device) return refuse('nothing heard from it yet');
if (device.isOffline) return refuse('it is offline; nothing was sent');

const ts = Math.max(Date.now() + device.offset, device.last + 1);
const body = JSON.stringify({
  i: crypto.randomBytes(16).toString('base64url'),
  n: device.n,
  ts: Math.round(ts),
  ttl: 10000,
  c: order.command,
  a: order.arguments || {},
});
const topic = 'signet/${projectId}/' + id + '/cmd';
const mac = crypto.createHmac('sha256', Buffer.from(key, 'hex'));
mac.update('signet-c1\\n' + topic + '\\n' + body);
const payload = 'c1.${nodeRedKeyName}.' + mac.digest('hex') + '.' + body;
if (Buffer.byteLength(payload) > 2048) return refuse('the command is too long');

const sent = { i: JSON.parse(body).i, command: order.command };
device.last = Math.round(ts);
device.sent = sent;
flow.set('signet', devices);
node.status({ fill: 'blue', shape: 'dot', text: id + ': ' + order.command + ' sent' });
setTimeout(() => {
  const now = (flow.get('signet') || {})[id];
  if (!now || !now.sent || now.sent.i !== sent.i) return;
  now.sent = null;
  const text = order.command + ': no answer; it may have happened';
  node.status({ fill: 'yellow', shape: 'ring', text: id + ': ' + text });
  node.send([null, { topic: id, payload: text }]);
}, 12000);
// Never retained: a kept command would be given again at each start of the device.
return [{ topic, payload, qos: 1, retain: false }, null];
`;

/** What a device's refusal means (docs/contracts.md, Codes). */
const refusals: Readonly<Record<number, string>> = {
  604: 'it could not read the command',
  605: 'it has restarted; press again',
  606: 'its clock is not set yet',
  607: 'the clocks differ; press again',
  608: 'a newer command came first; press again',
  609: 'it does not know the command, or this key may not give it',
  610: 'the arguments are not right',
  611: 'too soon after the last one',
  701: 'it could not write to its flash',
};

/** In: replies as buffers. Out: the device's answer, payload `{ok, code, text, data}`; a line for people. */
export const replyCode = `// Believes only replies that were made with Node-RED's own key.
const id = msg.topic.split('/')[2];
const devices = flow.get('signet') || {};
const device = devices[id];
const key = env.get('SIGNET_KEY_' + id.toUpperCase().replaceAll('-', '_'));
const payload = Buffer.from(msg.payload);
const head = /^r1\\.([0-9a-f]{64})\\.$/.exec(payload.subarray(0, 68).toString('latin1'));
if (!head || !device || !/^[0-9a-f]{64}$/.test(key || '')) return null;
const json = payload.subarray(68);
const mac = crypto.createHmac('sha256', Buffer.from(key, 'hex'));
mac.update('signet-r1\\n' + msg.topic + '\\n').update(json);
// Replies to other keys, such as the page's, come along here too.
if (!crypto.timingSafeEqual(mac.digest(), Buffer.from(head[1], 'hex'))) return null;

let body;
try {
  body = JSON.parse(json.toString('utf8'));
} catch (error) {
  return null;
}
if (Number.isFinite(body.now)) device.offset = body.now - Date.now();
if (Number.isFinite(body.last)) device.last = Math.max(device.last, body.last);
const sent = device.sent && device.sent.i === body.i ? device.sent : null;
if (sent) device.sent = null;
flow.set('signet', devices);

const refusals = ${JSON.stringify(refusals)};
const isDone = body.ok === 1;
const what = sent ? sent.command : 'command';
const text = what + (isDone ? ': done' : ': refused, ' + (refusals[body.e] || 'code ' + body.e));
node.status({ fill: isDone ? 'green' : 'red', shape: 'dot', text: id + ': ' + text });
const answer = { ok: isDone, code: isDone ? null : body.e, text, data: body.d || {} };
return [{ topic: id, payload: answer }, { topic: id, payload: text }];
`;
