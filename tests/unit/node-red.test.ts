/** The programs of the flow's function nodes, run as Node-RED runs them; and the flow around them. */
import nodeCrypto from 'node:crypto';
import vm from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importCommandKey, openReply, sealCommand, type CommandBody } from '../../src/contract/envelope.ts';
import { flowNodes, flowText } from '../../src/node-red/flow.ts';
import type { FlowInput } from '../../src/node-red/flow-input.ts';
import { keyVariable, rememberCode, replyCode, signCode } from '../../src/node-red/function-code.ts';
import { handFiles } from '../../src/node-red/hand-files.ts';
import { fromHex, fromUtf8, utf8 } from '../../src/shared/bytes.ts';

const keyHex = '5a'.repeat(32);
const boot = '00112233445566aa';
const topic = 'signet/porch/porch-1/cmd';
const replyTopic = 'signet/porch/porch-1/reply';

interface Message {
  readonly topic: string;
  readonly payload: unknown;
}

/** One tab of Node-RED: its context, its credentials, a clock that stands still. */
class Tab {
  nowMs = 1_790_000_000_000;
  readonly sentLater: (Message | null)[][] = [];
  readonly statuses: string[] = [];
  timers: (() => void)[] = [];
  readonly #context = new Map<string, unknown>();
  readonly #keys: Readonly<Record<string, string>>;

  constructor(keys: Readonly<Record<string, string>> = { SIGNET_KEY_PORCH_1: keyHex }) {
    this.#keys = keys;
  }

  run(code: string, msg: Message): (Message | null)[] | null {
    const sandbox = {
      ...{ msg, Buffer, crypto: nodeCrypto },
      env: { get: (name: string) => this.#keys[name] },
      // As a context kept on disk gives it: a copy each time.
      flow: {
        get: (name: string): unknown => structuredClone(this.#context.get(name)),
        set: (name: string, value: unknown) => this.#context.set(name, structuredClone(value)),
      },
      node: {
        status: ({ text }: { text: string }) => this.statuses.push(text),
        send: (messages: (Message | null)[]) => this.sentLater.push(messages),
      },
      setTimeout: (act: () => void) => this.timers.push(act),
    };
    vm.createContext(sandbox);
    // The programs read the time by Date.now.
    vm.runInContext(`Date.now = () => ${this.nowMs}`, sandbox);
    const answer: unknown = vm.runInContext(`(function () {\n${code}\n})()`, sandbox);
    return answer as (Message | null)[] | null;
  }

  hears(leaf: string, said: unknown): (Message | null)[] | null {
    return this.run(rememberCode, { topic: `signet/porch/porch-1/${leaf}`, payload: JSON.stringify(said) });
  }

  sign(command: string, args: Readonly<Record<string, unknown>> = {}): (Message | null)[] | null {
    return this.run(signCode('porch'), { topic: 'porch-1', payload: { command, arguments: args } });
  }
}

const bodyOf = (message: Message | null | undefined): CommandBody =>
  JSON.parse(String(message?.payload).slice('c1.nodered.'.length + 65)) as CommandBody;

async function replyTo(body: Record<string, unknown>, key = keyHex): Promise<Buffer> {
  const json = JSON.stringify(body);
  const mac = nodeCrypto.createHmac('sha256', Buffer.from(key, 'hex'));
  const text = `r1.${mac.update(`signet-r1\n${replyTopic}\n${json}`).digest('hex')}.${json}`;
  // The page's own reader agrees that this is a reply.
  expect(await openReply(replyTopic, await importCommandKey(fromHex(key)), utf8(text))).toEqual(body);
  return Buffer.from(text);
}

describe('the command that Node-RED signs', () => {
  it('is, byte for byte, what the page signs for the same body', async () => {
    const key = await importCommandKey(fromHex(keyHex));
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 64, unit: 'grapheme' }), async (text) => {
        const tab = new Tab();
        tab.hears('tele', { v: 1, n: boot, q: 0, temperature: 21.5 });
        const [sent] = tab.sign('display', { text }) ?? [];
        const sealed = await sealCommand(topic, 'nodered', key, bodyOf(sent));
        expect(sent).toMatchObject({ topic, payload: fromUtf8(sealed), qos: 1, retain: false });
      }),
      { numRuns: 50 },
    );
  });

  it('carries the boot number, the device’s time, ten seconds to live and a fresh id', () => {
    const tab = new Tab();
    tab.hears('status', { v: 1, st: 'online', n: boot });
    const first = bodyOf(tab.sign('led', { on: 1 })?.[0]);
    expect(first).toMatchObject({ n: boot, ts: tab.nowMs, ttl: 10_000, c: 'led', a: { on: 1 } });
    expect(first.i).toMatch(/^[A-Za-z0-9_-]{22}$/);
    const second = bodyOf(tab.sign('led', { on: 0 })?.[0]);
    expect(second.ts, 'in the same millisecond it is still the newer one').toBe(tab.nowMs + 1);
    expect(second.i).not.toBe(first.i);
  });

  it('is made by the device’s clock where that differs', () => {
    const tab = new Tab();
    tab.hears('tele', { v: 1, n: boot, q: 0, t: tab.nowMs / 1000 + 90 });
    expect(bodyOf(tab.sign('read')?.[0]).ts).toBe(tab.nowMs + 90_000);
    tab.hears('tele', { v: 1, n: boot, q: 1, t: tab.nowMs / 1000 + 40 });
    expect(bodyOf(tab.sign('read')?.[0]).ts, 'a late reading makes no clock slow').toBe(tab.nowMs + 90_001);
  });

  it.each([
    ['without a key', new Tab({}), { v: 1, st: 'online', n: boot }, /no command key/],
    ['of a device that was never heard', new Tab(), null, /nothing heard/],
  ])('%s is not made, and it says why', (_, tab, said, why) => {
    if (said) tab.hears('status', said);
    const [sent, outcome] = tab.sign('led', { on: 1 }) ?? [];
    expect(sent).toBeNull();
    expect(outcome?.payload).toMatch(why);
  });

  it('for a device that went offline is not made; the will of an earlier boot changes nothing', () => {
    const tab = new Tab();
    tab.hears('status', { v: 1, st: 'online', n: boot });
    tab.hears('status', { v: 1, st: 'offline', n: 'f'.repeat(16) });
    expect(tab.sign('read')?.[0]).not.toBeNull();
    tab.hears('status', { v: 1, st: 'offline', n: boot });
    expect(tab.sign('read')?.[1]?.payload).toMatch(/offline; nothing was sent/);
  });

  it('longer than a device takes is not made', () => {
    const tab = new Tab();
    tab.hears('status', { v: 1, st: 'online', n: boot });
    expect(tab.sign('display', { text: 'x'.repeat(2000) })?.[1]?.payload).toMatch(/too long/);
  });

  it('without an answer ends as “it may have happened”', () => {
    const tab = new Tab();
    tab.hears('status', { v: 1, st: 'online', n: boot });
    tab.sign('relay');
    tab.timers.forEach((ring) => ring());
    expect(tab.sentLater).toEqual([
      [null, { topic: 'porch-1', payload: 'relay: no answer; it may have happened' }],
    ]);
  });
});

describe('the reply', () => {
  const waiting = (): { tab: Tab; sent: CommandBody } => {
    const tab = new Tab();
    tab.hears('status', { v: 1, st: 'online', n: boot });
    return { tab, sent: bodyOf(tab.sign('led', { on: 1 })?.[0]) };
  };

  it('of the device is believed, and ends the waiting', async () => {
    const { tab, sent } = waiting();
    const payload = await replyTo({ i: sent.i, n: boot, ok: 1, now: tab.nowMs, last: sent.ts, d: {} });
    const answer = tab.run(replyCode, { topic: replyTopic, payload });
    expect(answer?.[0]?.payload).toEqual({ ok: true, code: null, text: 'led: done', data: {} });
    tab.timers.forEach((ring) => ring());
    expect(tab.sentLater).toEqual([]);
  });

  it('that refuses tells why, and the next command follows the device’s clock', async () => {
    const { tab, sent } = waiting();
    const now = tab.nowMs + 60_000;
    const payload = await replyTo({ i: sent.i, n: boot, ok: 0, e: 607, now, last: 0 });
    const answer = tab.run(replyCode, { topic: replyTopic, payload });
    expect(answer?.[1]?.payload).toBe('led: refused, the clocks differ; press again');
    expect(bodyOf(tab.sign('led', { on: 1 })?.[0]).ts).toBe(now);
  });

  it.each([
    ['made with another key', (payload: Buffer) => payload, 'cc'.repeat(32)],
    [
      'changed on the way',
      (payload: Buffer) => Buffer.from(payload.toString().replace('"ok":0', '"ok":1')),
      keyHex,
    ],
    ['cut short', (payload: Buffer) => payload.subarray(0, 40), keyHex],
  ])('%s is ignored', async (_, spoilt, key) => {
    const { tab, sent } = waiting();
    const payload = spoilt(await replyTo({ i: sent.i, n: boot, ok: 0, e: 611, now: 1, last: 0 }, key));
    expect(tab.run(replyCode, { topic: replyTopic, payload })).toBeNull();
  });
});

describe('what devices say', () => {
  it('comes out as a reading, two numbers and a line', () => {
    const said = { v: 1, n: boot, q: 0, temperature: -3.5, humidity: 40.2 };
    expect(new Tab().hears('tele', said)).toEqual([
      { topic: 'porch-1', payload: said },
      { topic: 'porch-1', payload: -3.5 },
      { topic: 'porch-1', payload: 40.2 },
      { topic: 'porch-1', payload: '-3.5 °C, 40.2 %' },
    ]);
  });

  it('without a value charts nothing', () => {
    const [, temperature, humidity, line] = new Tab().hears('tele', { v: 1, n: boot, q: 0, e: 801 }) ?? [];
    expect([temperature, humidity, line?.payload]).toEqual([null, null, 'no reading']);
  });

  it('whatever it is, ends no flow', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.string(), (payload, id) => {
        const said = { topic: `signet/porch/${id}/tele`, payload };
        expect(() => new Tab().run(rememberCode, said)).not.toThrow();
      }),
    );
  });
});

describe('the flow', () => {
  const device = (id: string, commandKeyHex: string | null = keyHex) => ({
    id,
    commandKeyHex,
    buttons: [{ label: 'LED on', command: 'led', arguments: { on: 1 } }],
  });
  const input: FlowInput = {
    ...{
      edition: '1',
      projectId: 'porch',
      projectName: 'Porch',
      host: 'pi.local',
      port: 8883,
      userName: 'nodered',
    },
    ...{ certificatePem: 'CERTIFICATE', keyPem: 'THE KEY', authorityPem: 'AUTHORITY', hasCharts: true },
    devices: [device('porch-1'), device('a-1', null)],
  };

  it('holds each key once, as a credential, and none in a program or a property', () => {
    for (const hasCharts of [true, false]) {
      const nodes = flowNodes({ ...input, hasCharts });
      const open = JSON.stringify(nodes.map((node) => ({ ...node, credentials: null })));
      expect(open).not.toContain(keyHex);
      expect(open).not.toContain('THE KEY');
      expect(flowText({ ...input, hasCharts }).split(keyHex)).toHaveLength(2);
    }
  });

  it('has no two nodes of one id, and wires only to nodes that are there', () => {
    for (const hasCharts of [true, false]) {
      const nodes = flowNodes({ ...input, hasCharts });
      const ids = new Set(nodes.map(({ id }) => id));
      expect(ids.size).toBe(nodes.length);
      const wires = nodes.flatMap((node) => ((node['wires'] ?? []) as string[][]).flat());
      const used = nodes.flatMap((node) =>
        ['z', 'broker', 'tls', 'group', 'page', 'theme', 'ui'].map((name) => node[name]),
      );
      const isId = (value: unknown): value is string =>
        typeof value === 'string' && /^[0-9a-f]{16}$/.test(value);
      for (const id of [...wires, ...used.filter(isId)]) expect(ids).toContain(id);
    }
  });

  it('has no button for a device without a key', () => {
    const names = flowNodes({ ...input, hasCharts: false }).map((node) => node['name']);
    expect(names).toContain('porch-1: LED on');
    expect(names).not.toContain('a-1: LED on');
  });

  it('imported after an earlier one shares no node with it', () => {
    const ids = (edition: string): string[] => flowNodes({ ...input, edition }).map(({ id }) => id);
    expect(ids('2').filter((id) => ids('1').includes(id))).toEqual([]);
    expect(ids('1'), 'same input, same flow').toEqual(ids('1'));
  });

  it('keeps two devices’ keys apart whatever they are called', () => {
    const id = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
    fc.assert(fc.property(id, id, (a, b) => (keyVariable(a) === keyVariable(b)) === (a === b)));
  });

  it('by hand needs files, of which the command keys’ says SECRET', () => {
    const files = handFiles(input);
    expect(files.filter(({ text }) => text.includes(keyHex)).map(({ name }) => name)).toEqual([
      'command-keys-SECRET.txt',
    ]);
    expect(files.find(({ text }) => text.includes('THE KEY'))?.name).toBe('nodered.key');
  });
});
