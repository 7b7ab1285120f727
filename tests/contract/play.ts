/** Plays a fixture on both homes at once: their raw transcripts must be equal, and what they say what is expected. */
import { createHmac } from 'node:crypto';
import * as mqtt from 'mqtt-packet';
import { slotParts } from '../../src/contract/rotation.ts';
import {
  slotFiles,
  slotGeneration,
  firstFiles,
  encodeCommandKeys,
  type SlotContents,
} from '../../src/contract/slot-files.ts';
import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8, type Bytes } from '../../src/shared/bytes.ts';
import {
  commandKey,
  standardAnchorHex,
  standardConfig,
  standardUnixMs,
  type CommandStep,
  type Fixture,
  type PutStep,
  type Step,
} from './fixture.ts';
import type { Home } from './homes.ts';
import { Transcript } from './transcript.ts';

const resets = ['power', 'external', 'software', 'watchdog', 'exception'];
const cmdTopic = 'signet/porch/porch-1/cmd';

export interface Played {
  readonly expected: string[][];
  readonly found: string[][];
}

export async function play(fixture: Fixture, homes: readonly Home[]): Promise<Played> {
  const player = new Player(fixture, homes);
  await player.prepare();
  const expected: string[][] = [];
  const found: string[][] = [];
  for (const step of fixture.steps) {
    await player.take(step);
    if (!step.expect) continue;
    expected.push([...step.expect]);
    found.push(player.transcript.take());
  }
  return { expected, found };
}

class Player {
  readonly transcript: Transcript;
  private readonly fixture: Fixture;
  private readonly homes: readonly Home[];
  private nowMs = 60;
  private unixAtMs = 0;
  private unixSetMs = 0;
  private nextId = 1;
  private lastCommand = '';
  private staged: Partial<SlotContents> = {};
  private generation = '';

  constructor(fixture: Fixture, homes: readonly Home[]) {
    this.fixture = fixture;
    this.homes = homes;
    this.transcript = new Transcript(
      fixture.watch,
      this.keys().map(({ name }) => name),
    );
  }

  private keys(): readonly { readonly name: string; readonly allow: '*' | readonly string[] }[] {
    return this.fixture.device.keys ?? [{ name: 'app', allow: '*' }];
  }

  private async send(order: string): Promise<void> {
    const [first = [], ...others] = await Promise.all(this.homes.map((home) => home.send(order)));
    for (const other of others) {
      if (first.join('\n') === other.join('\n')) continue;
      const at = first.findIndex((line, index) => line !== other[index]);
      throw new Error(
        `after "${order}" the homes differ: "${first[at] ?? 'nothing'}" and "${other[at] ?? 'nothing'}"`,
      );
    }
    first.forEach((line) => this.transcript.add(line));
  }

  private slot(): SlotContents {
    const { config, configText, certificateBase64, ca } = this.fixture.device;
    const all: Record<string, unknown> = { ...standardConfig, ...config };
    const merged = Object.entries(all).filter(([, value]) => value !== null);
    const keys = this.keys().map(({ name, allow }) => ({ name, key: commandKey(name), allow }));
    return {
      cfg: utf8(configText ?? JSON.stringify(Object.fromEntries(merged))),
      ca: ca === undefined ? fromHex(standardAnchorHex) : utf8(ca),
      crt: certificateBase64 === undefined ? utf8('the certificate, DER') : fromBase64(certificateBase64),
      key: utf8('the key, DER'),
      mac: encodeCommandKeys(keys),
    };
  }

  async prepare(): Promise<void> {
    const { device } = this.fixture;
    const slots = device.slots ?? { a: 'good', b: 'absent' };
    const slot = this.slot();
    const general = (await firstFiles(slot, standardUnixMs)).filter(({ path }) => !path.startsWith('/a.'));
    for (const { path, content } of general) await this.putFile(path, content);
    for (const name of ['a', 'b'] as const) {
      if (slots[name] === 'absent') continue;
      const badKeys = utf8(fromUtf8(slot.mac).replace(/ [0-9a-f]{64} /, ' no-hex '));
      const kept = slots[name] === 'bad keys' ? { ...slot, mac: badKeys } : slot;
      for (const { path, content } of await slotFiles(name, kept)) {
        await this.putFile(
          path,
          slots[name] === 'bad seal' && path.endsWith('.ok') ? content.map((b) => b ^ 1) : content,
        );
      }
    }
    if (device.sel !== undefined) await this.putFile('/sel', utf8(device.sel));
    if (device.clk !== undefined)
      await this.putFile('/clk', utf8(device.clk === null ? '' : `${device.clk}\n`));
    if (device.hasFileSystem === false) await this.send('mount 0');
    const bad = device.badBoots;
    if (bad !== undefined)
      await this.send(`keep 53474b31${toHex(Uint8Array.of(bad, bad ^ 0xff))}${'00'.repeat(10)}`);
    await this.send(`reset ${resets.indexOf(device.reset ?? 'power')}`);
    await this.send('setup');
  }

  private putFile(path: string, content: Bytes): Promise<void> {
    return this.send(`file ${path} ${toHex(content)}`.trimEnd());
  }

  async take(step: Step): Promise<void> {
    await this.takeSurroundings(step);
    await this.takeNetwork(step);
    await this.takeBroker(step);
    if (step.type !== undefined) await this.send(`serial ${toHex(utf8(`${step.type}\r\n`))}`);
    for (let left = step.waitMs ?? 0; left > 0; left -= 1000) {
      await this.wait(step.answersPings ? Math.min(left, 1000) : left);
      if (!step.answersPings) break;
      await this.answerPings();
    }
  }

  private async answerPings(): Promise<void> {
    for (; this.transcript.pings > 0; this.transcript.pings--) await this.fromBroker({ cmd: 'pingresp' });
  }

  private async wait(ms: number): Promise<void> {
    this.nowMs += ms;
    await this.send(`run ${ms}`);
  }

  private async takeSurroundings(step: Step): Promise<void> {
    if (step.mayWrite !== undefined) await this.send(`mayWrite ${step.mayWrite ? 1 : 0}`);
    if (step.sensor === 'fails') await this.send('sensor 2 0 0');
    else if (step.sensor) {
      const { temperature, humidity } = step.sensor;
      await this.send(`sensor 1 ${Math.round(temperature * 10)} ${Math.round(humidity * 10)}`);
    }
    if (step.boot === undefined) return;
    await this.send(`reset ${resets.indexOf(step.boot)}`);
    if (step.boot === 'power') await this.send(`keep ${'a5'.repeat(16)}`);
    this.nowMs = 60;
    await this.send('wifi 0 0 0 0 0 0 0');
    await this.send('net 0 0 0 0 0 0 0');
    await this.send('unix 0');
    this.unixAtMs = 0;
    await this.send('setup');
  }

  private async takeNetwork(step: Step): Promise<void> {
    if (step.zoneS !== undefined) await this.send(`zone ${step.zoneS}`);
    if (step.wifi === 'joining') await this.send('wifi 1 0 0 0 0 0 0');
    else if (step.wifi === 'connected') await this.send('wifi 2 0 -58 192 168 1 40');
    else if (step.wifi) await this.send(`wifi 3 ${step.wifi.failed} -80 0 0 0 0 ${step.wifi.raw ?? 0}`);
    if (step.unixMs !== undefined) await this.setUnix(step.unixMs ?? 0);
    const states = ['closed', 'resolving', 'connecting', 'handshaking'];
    if (step.net === 'open') await this.send('net 4 0 0 1480 512 0 0');
    else if (typeof step.net === 'string') await this.send(`net ${states.indexOf(step.net)} 0 0 0 0 0 0`);
    else if (step.net) await this.send(`net 5 ${step.net.failed} ${step.net.raw ?? 0} 0 0 0 0`);
    if (step.chunks) await this.send(`chunks ${step.chunks[0]} ${step.chunks[1]}`);
    if (step.gone) await this.send('gone');
    if (step.online) await this.goOnline();
  }

  private async setUnix(ms: number): Promise<void> {
    this.unixAtMs = ms;
    this.unixSetMs = this.nowMs;
    await this.send(`unix ${ms}`);
  }

  private async goOnline(): Promise<void> {
    await this.send('wifi 2 0 -58 192 168 1 40');
    await this.setUnix(standardUnixMs + 1000);
    await this.send('net 4 0 0 1480 512 0 0');
    await this.wait(200);
    await this.fromBroker({ cmd: 'connack', returnCode: 0, sessionPresent: false });
    await this.wait(50);
    await this.fromBroker({ cmd: 'suback', messageId: 1, granted: [1] });
    await this.wait(50);
    this.transcript.take();
  }

  private fromBroker(packet: mqtt.Packet): Promise<void> {
    return this.send(`in ${mqtt.generate(packet).toString('hex')}`);
  }

  private async takeBroker(step: Step): Promise<void> {
    if (step.connack !== undefined) {
      await this.fromBroker({ cmd: 'connack', returnCode: step.connack, sessionPresent: false });
    }
    if (step.suback !== undefined)
      await this.fromBroker({ cmd: 'suback', messageId: 1, granted: [step.suback] });
    if (step.pingresp) await this.fromBroker({ cmd: 'pingresp' });
    if (step.bytes !== undefined) await this.send(`in ${step.bytes.replaceAll(' ', '')}`);
    if (step.publish)
      await this.publish(step.publish.topic, step.publish.payload, step.publish.retain ?? false);
    if (step.command) await this.sendCommand(step.command);
    if (step.put) await this.putParts(step.put);
    if (step.tryFor !== undefined) await this.tryStaged(step.tryFor);
    if (step.keep) await this.giveNext('slot.keep', { gen: this.generation });
    if (step.again) await this.publish(cmdTopic, this.lastCommand, false);
  }

  private async publish(topic: string, payload: string, retain: boolean): Promise<void> {
    const messageId = this.nextId++;
    await this.fromBroker({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain, messageId });
  }

  private async giveNext(c: string, a: Record<string, unknown>): Promise<void> {
    await this.sendCommand({ c, a, i: `r${this.nextId}` });
    await this.wait(100);
  }

  private async putParts({ f, text, base64, damaged }: PutStep): Promise<void> {
    const content = text === undefined ? fromBase64(base64 ?? '') : utf8(text);
    const parts = await slotParts(f, content, { topic: cmdTopic, commandKey: commandKey('app') });
    for (const part of parts) {
      const bytes = fromBase64(part.b64);
      const isHit = damaged === true && part.i === part.of - 1;
      if (isHit) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      await this.giveNext('slot.put', { ...part, b64: toBase64(bytes) });
    }
    if (damaged !== true) this.staged = { ...this.staged, [f]: content };
  }

  private async tryStaged(waitS: number): Promise<void> {
    this.generation = await slotGeneration({ ...this.slot(), ...this.staged }, commandKey('app'));
    await this.giveNext('slot.try', { gen: this.generation, wait_s: waitS });
  }

  private async sendCommand(command: CommandStep): Promise<void> {
    const now = this.unixAtMs + this.nowMs - this.unixSetMs;
    const json = JSON.stringify({
      i: command.i.padEnd(22, '-'),
      n: command.n ?? this.transcript.nonce,
      ts: now + (command.tsOffsetMs ?? 0),
      ttl: command.ttlMs ?? 10_000,
      c: command.c,
      a: command.a ?? {},
    });
    const name = command.key ?? 'app';
    const mac = createHmac('sha256', commandKey(command.forged === true ? 'zzz' : name));
    mac.update(`signet-c1\n${cmdTopic}\n${json}`);
    this.lastCommand = `c1.${name}.${mac.digest('hex')}.${json}`;
    await this.publish(cmdTopic, this.lastCommand, command.retained ?? false);
  }
}
