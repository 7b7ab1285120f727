// The raw view: every topic with its last payloads, within bounds, and payloads as people read them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MqttMessage } from '../../src/ports/broker-link.ts';
import { utf8 } from '../../src/shared/bytes.ts';
import { bestForm, payloadText } from '../../src/telemetry/payload-text.ts';
import { TopicLog } from '../../src/telemetry/topic-log.ts';

const message = (
  topic: string,
  payload: string | Uint8Array,
  change: Partial<MqttMessage> = {},
): MqttMessage => ({
  topic,
  payload: typeof payload === 'string' ? utf8(payload) : payload,
  retained: false,
  atMs: 1,
  ...change,
});

describe('the topics', () => {
  it('are a tree with counts of everything below, and the last payloads of each', () => {
    const log = new TopicLog();
    log.accept([message('a/b', '1'), message('a/b', '2', { retained: true, qos: 1 }), message('a/c', '3')]);
    const a = log.root.children.get('a');
    expect([a?.count, a?.entry, [...(a?.children.keys() ?? [])]]).toEqual([3, null, ['b', 'c']]);
    expect(
      log.entry('a/b')?.messages.map(({ payload, retained, qos }) => [payload[0], retained, qos]),
    ).toEqual([
      [0x32, true, 1],
      [0x31, false, 0],
    ]);
    expect(log.search('B a', 10).map(({ topic }) => topic)).toEqual(['a/b']);
  });

  it('stay within their bounds under a flood, and say what was left out', () => {
    const log = new TopicLog();
    const large = new Uint8Array(100_000);
    for (let i = 0; i < 12_000; i += 1) log.accept([message(`flood/${i}`, large)]);
    for (let i = 0; i < 200; i += 1)
      log.accept([message('flood/1', large), message('deep/'.repeat(300), 'x')]);
    expect(log.topicCount).toBe(5_000);
    expect(log.leftOut).toBeGreaterThan(6_999);
    expect(log.heldBytes).toBeLessThanOrEqual(5_001 * 8_192 + 16 * 1024 * 1024);
    expect(log.entry('flood/1')?.messages[0]).toMatchObject({
      sizeBytes: 100_000,
      payload: { length: 8_192 },
    });
  });

  it('take any topic and payload without an exception', () => {
    const log = new TopicLog();
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.uint8Array({ maxLength: 100 }),
        (topic, payload) => {
          log.accept([message(topic, payload)]);
          const text = payloadText(payload, bestForm(payload));
          expect(typeof text).toBe('string');
        },
      ),
      { numRuns: 2_000 },
    );
    log.accept([message('__proto__', 'x'), message('constructor/x', 'y')]);
    expect(log.entry('__proto__')?.count).toBeGreaterThan(0);
  });
});

describe('a payload as people read it', () => {
  it.each([
    ['{"a":[1,2]}', 'json', '{\n  "a": [\n    1,\n    2\n  ]\n}'],
    ['plain', 'text', 'plain'],
    ['{"a":', 'text', '{"a":'],
    ['21.5', 'text', '21.5'],
  ])('%j is shown as %s', (text, form, shown) => {
    expect(bestForm(utf8(text))).toBe(form);
    expect(payloadText(utf8(text), bestForm(utf8(text)))).toBe(shown);
  });

  it('binary is hex with its letters beside it, and no text is made of it', () => {
    const bytes = Uint8Array.of(0, 0x41, 0xff, 0x0a);
    expect(bestForm(bytes)).toBe('hex');
    const hex = `0000  00 41 ff 0a${' '.repeat(36)}  .A..`;
    for (const form of ['text', 'json', 'hex'] as const) expect(payloadText(bytes, form)).toBe(hex);
  });
});
