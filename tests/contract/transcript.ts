/** Turns the core's raw lines into ones a person reads: boot lines, MQTT packets, replies, pins. Checks every MAC and CRC. */
import { createHmac } from 'node:crypto';
import * as mqtt from 'mqtt-packet';
import { parseBootLine } from '../../src/contract/boot-lines.ts';
import { fromHex, fromUtf8, toHex } from '../../src/shared/bytes.ts';
import { commandKey } from './fixture.ts';

const quietKinds = ['say', 'bytes', 'net', 'join', 'keep', 'sensor', 'clock'];

export class Transcript {
  /** Of the boot that runs, 16 hex. */
  nonce = '';
  pings = 0;
  private serial = '';
  private parser = mqtt.parser();
  private lines: string[] = [];
  private readonly watch: readonly string[] | undefined;
  private readonly keyNames: readonly string[];

  constructor(watch: readonly string[] | undefined, keyNames: readonly string[]) {
    this.watch = watch;
    this.keyNames = keyNames;
  }

  /** The watched lines since the last call. */
  take(): string[] {
    const { lines } = this;
    this.lines = [];
    return lines;
  }

  add(raw: string): void {
    const [, kind = '', ...rest] = raw.split(' ');
    const first = rest[0] ?? '';
    if (kind === 'serial' && first !== 'open') this.addSerial(fromHex(first));
    else if (kind === 'net') this.addNet(first, rest.slice(1));
    else if (kind === 'file') this.tell('file', `${first} ${contentText(rest[1])}`);
    else if (kind === 'display') this.tell('display', text(first));
    else if (kind === 'wifi') this.tell('join', first === 'join' ? text(rest[1]) : first);
    else if (kind === 'time') this.tell('clock', rest.join(' '));
    else this.tell(kind, rest.join(' '));
  }

  private tell(kind: string, line: string): void {
    const isWatched = this.watch ? this.watch.includes(kind) : !quietKinds.includes(kind);
    const shown = this.nonce === '' ? line : line.replaceAll(this.nonce, '<boot>');
    if (isWatched) this.lines.push(`${kind} ${shown}`.trim());
  }

  private addSerial(bytes: Uint8Array): void {
    this.serial += fromUtf8(bytes);
    for (let end = this.serial.indexOf('\n'); end >= 0; end = this.serial.indexOf('\n')) {
      const line = this.serial.slice(0, end + 1);
      this.refuseSecrets(line);
      this.serial = this.serial.slice(end + 1);
      if (line.startsWith('@sg1')) this.addBootLine(line);
      else this.tell('say', line.trimEnd());
    }
  }

  /** Whatever the fixture is about: no secret ever stands on the console. */
  private refuseSecrets(line: string): void {
    const secrets = [
      'password1',
      'secret word',
      'token',
      ...this.keyNames.map((name) => toHex(commandKey(name))),
    ];
    const found = secrets.find((secret) => line.includes(secret));
    if (found !== undefined) throw new Error(`a secret on the console: ${line}`);
  }

  private addBootLine(line: string): void {
    const parsed = parseBootLine(line.slice(0, -1));
    if (!parsed) throw new Error(`not a boot line: ${line}`);
    if (line.length > 160) throw new Error(`a boot line of ${line.length} bytes`);
    if (parsed.stage === 'boot') this.nonce = parsed.fields['n'] ?? '';
    const fields = Object.entries(parsed.fields).map(([key, value]) => ` ${key}=${value}`);
    this.tell('serial', `${parsed.stage} ${parsed.state}${fields.join('')}`);
  }

  private addNet(what: string, rest: string[]): void {
    if (what === 'open') {
      this.parser = mqtt.parser();
      this.parser.on('packet', (packet: mqtt.Packet) => this.addPacket(packet));
      const [host, port, ca, crt, key, pin, mode, fragment, nowMs] = rest;
      this.tell(
        'net',
        `open ${host ?? ''}:${port ?? ''} ca=${ca ?? ''} crt=${crt ?? ''} key=${key ?? ''} pin=${pin ?? ''} mode=${mode ?? ''} frag=${fragment ?? ''} at=${nowMs ?? ''}`,
      );
    } else if (what === 'out') {
      this.tell('bytes', rest[0] ?? '');
      this.parser.parse(Buffer.from(rest[0] ?? '', 'hex'));
    } else {
      this.tell('net', what);
    }
  }

  private addPacket(packet: mqtt.Packet): void {
    if (packet.cmd === 'connect') this.tell('mqtt', describeConnect(packet));
    else if (packet.cmd === 'subscribe') this.tell('mqtt', `subscribe ${describeSubscriptions(packet)}`);
    else if (packet.cmd === 'publish') this.addPublish(packet);
    else if (packet.cmd === 'puback') this.tell('mqtt', `puback ${packet.messageId ?? 0}`);
    else {
      if (packet.cmd === 'pingreq') this.pings++;
      this.tell('mqtt', packet.cmd);
    }
  }

  private addPublish(packet: mqtt.IPublishPacket): void {
    const payload = packet.payload.toString();
    const retained = packet.retain ? ' retained' : '';
    if (packet.topic.endsWith('/reply')) this.tell('reply', this.openReply(packet.topic, payload));
    else this.tell('mqtt', `publish ${packet.topic} qos${packet.qos}${retained} ${payload}`);
  }

  private openReply(topic: string, payload: string): string {
    const match = /^r1\.([0-9a-f]{64})\.(.*)$/.exec(payload);
    const signer = this.keyNames.find((name) => {
      const mac = createHmac('sha256', commandKey(name)).update(`signet-r1\n${topic}\n${match?.[2] ?? ''}`);
      return mac.digest('hex') === match?.[1];
    });
    if (signer === undefined) throw new Error(`a reply nobody signed: ${payload}`);
    return `${signer} ${match?.[2] ?? ''}`;
  }
}

/** Text in quotes, or the hex of what is none. */
function contentText(hex = ''): string {
  const bytes = Buffer.from(hex, 'hex');
  const isText = bytes.equals(Buffer.from(bytes.toString('utf8'), 'utf8')) && !bytes.includes(0);
  return isText ? JSON.stringify(bytes.toString('utf8')) : hex;
}

const text = (hex: string | undefined): string => fromUtf8(fromHex(hex ?? ''));

function describeConnect(packet: mqtt.IConnectPacket): string {
  const login = packet.username === undefined ? '' : ` user=${packet.username}`;
  const password = packet.password === undefined ? '' : ` pass=${packet.password.toString()}`;
  const will = packet.will
    ? ` will: ${packet.will.topic} qos${packet.will.qos ?? 0}${packet.will.retain === true ? ' retained' : ''} ${packet.will.payload.toString()}`
    : '';
  return `connect v${packet.protocolVersion ?? 0} clean=${String(packet.clean)} keep=${packet.keepalive ?? 0} client=${packet.clientId}${login}${password}${will}`;
}

const describeSubscriptions = (packet: mqtt.ISubscribePacket): string =>
  packet.subscriptions.map(({ topic, qos }) => `${topic} qos${qos}`).join(', ');
