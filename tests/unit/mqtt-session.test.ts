// The MQTT adapter's own decisions, and its session over sockets that misbehave.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullJitterBackoff } from '../../src/platform/mqtt/backoff.ts';
import { checkedBrokerUrl } from '../../src/platform/mqtt/broker-address.ts';
import type { WebSocketLike } from '../../src/platform/mqtt/connection.ts';
import { judgeEnd, type ConnectionEnd } from '../../src/platform/mqtt/connection-end.ts';
import { MqttBrokerLink } from '../../src/platform/mqtt/mqtt-broker-link.ts';
import type { BrokerSession, LinkState, MqttMessage } from '../../src/ports/broker-link.ts';
import { utf8, type Bytes } from '../../src/shared/bytes.ts';
import { systemClock, type Clock } from '../../src/shared/clock.ts';
import type { ByteDuplex } from '../../src/virtual-broker/byte-duplex.ts';
import { VirtualBroker } from '../../src/virtual-broker/virtual-broker.ts';
import { VirtualWebSocket } from '../../src/virtual-broker/virtual-web-socket.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

const login = { clientId: 'page', username: 'dashboard', password: 'secret' };
const end: ConnectionEnd = {
  socketOpened: true,
  wasReady: false,
  connackCode: null,
  subscriptionsRefused: false,
  protocolError: false,
};

describe('the wait between attempts', () => {
  it('doubles its upper bound from 1 s to 60 s and is short again after a reset', () => {
    const backoff = fullJitterBackoff({ firstMs: 1_000, maxMs: 60_000, random: () => 0.999999 });
    const waits = Array.from({ length: 8 }, () => backoff.next());
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    backoff.reset();
    expect(backoff.next()).toBe(1_000);
  });

  it('is spread over the whole range, but never hammers the broker', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(100), (random, attempts) => {
        const backoff = fullJitterBackoff({ firstMs: 1_000, maxMs: 60_000, random: () => random });
        for (let i = 0; i < attempts; i++) backoff.next();
        const waitMs = backoff.next();
        expect(waitMs).toBeGreaterThanOrEqual(250);
        expect(waitMs).toBeLessThanOrEqual(60_000);
      }),
    );
  });
});

describe('a broker address', () => {
  it('is refused in plain words when it is not encrypted', () => {
    expect(() => checkedBrokerUrl('ws://pi.local:9001')).toThrow(/not encrypted/);
  });

  it.each([
    '',
    'pi.local:8884',
    'https://pi.local',
    'wss://user:pass@pi.local',
    'wss://',
    'javascript:alert(1)',
  ])('"%s" is refused', (text) => {
    expect(() => checkedBrokerUrl(text)).toThrow(
      expect.objectContaining({ code: 'live.broker-address' }) as Error,
    );
  });

  it('keeps host, port and path', () => {
    expect(checkedBrokerUrl('wss://pi.local:8884/mqtt')).toBe('wss://pi.local:8884/mqtt');
    expect(checkedBrokerUrl('wss://[fd00::1]:8884')).toBe('wss://[fd00::1]:8884/');
  });

  it('is checked before anything is dialled', () => {
    const link = new MqttBrokerLink({ clock: systemClock, random: Math.random });
    const dial = () => link.open({ url: 'ws://pi.local' }, login, [], new AbortController().signal);
    expect(dial).toThrow(expect.objectContaining({ code: 'live.plain-websocket' }) as Error);
  });
});

describe('the end of a connection', () => {
  it.each([
    [4, 'password'],
    [134, 'password'],
    [5, 'password'],
    [135, 'password'],
    [133, 'protocol'],
  ] as const)('CONNACK %i is final: %s', (connackCode, reason) => {
    expect(judgeEnd({ ...end, connackCode }, 5, true)).toEqual({
      reason,
      isFinal: true,
      otherVersion: false,
    });
  });

  it('without a password "not authorised" means just that', () => {
    expect(judgeEnd({ ...end, connackCode: 135 }, 5, false).reason).toBe('not-authorised');
  });

  it('is tried again when the broker is busy, unreachable or was lost', () => {
    expect(judgeEnd({ ...end, connackCode: 136 }, 5, true)).toMatchObject({ isFinal: false });
    expect(judgeEnd({ ...end, socketOpened: false }, 5, true)).toMatchObject({
      reason: 'unreachable',
      isFinal: false,
    });
    expect(judgeEnd({ ...end, wasReady: true }, 5, true)).toMatchObject({ reason: 'lost', isFinal: false });
  });

  it('leads to MQTT 3.1.1 when the broker does not take 5, and gives up when it takes neither', () => {
    expect(judgeEnd({ ...end, connackCode: 132 }, 5, true)).toMatchObject({
      isFinal: false,
      otherVersion: true,
    });
    expect(judgeEnd({ ...end, connackCode: 1 }, 4, true)).toMatchObject({
      isFinal: true,
      otherVersion: false,
    });
  });
});

function open(createSocket: () => WebSocketLike, clock: Clock = systemClock): BrokerSession {
  const link = new MqttBrokerLink({ clock, random: () => 0.5, createSocket });
  return link.open({ url: 'demo://in-page' }, login, ['#'], new AbortController().signal);
}

const state = (session: BrokerSession, kind: LinkState['kind']): Promise<LinkState> =>
  new Promise((resolve) => session.onState((now) => now.kind === kind && resolve(now)));

/** A broker of before 2019: it closes when a CONNECT names version 5. */
class OldBroker implements ByteDuplex {
  readonly #inner: ByteDuplex;
  #isFirst = true;

  constructor(inner: ByteDuplex) {
    this.#inner = inner;
  }

  send(bytes: Uint8Array): void {
    // Fixed header, length, "MQTT" with its length: the version is the ninth byte.
    const isNew = this.#isFirst && bytes[8] === 5;
    this.#isFirst = false;
    if (isNew) this.#inner.close();
    else this.#inner.send(bytes);
  }

  close = (): void => this.#inner.close();
  onBytes = (listener: (bytes: Bytes) => void): void => this.#inner.onBytes(listener);
  onClose = (listener: () => void): void => this.#inner.onClose(listener);
}

describe('a session', () => {
  it('falls back to MQTT 3.1.1 at once when the broker closes on 5', async () => {
    const broker = new VirtualBroker();
    const session = open(() => new VirtualWebSocket(new OldBroker(broker.connectBytes('web'))));
    const seen: string[] = [];
    session.onState((now) => seen.push(now.kind));
    await state(session, 'connected');
    expect(seen).toEqual(['connecting', 'connected']);
    await session.close();
  });

  it('waits its turn after a failure, tells how long, and connects when the time is over', async () => {
    const clock = new ManualClock();
    const broker = new VirtualBroker();
    let fails = true;
    const session = open(() => {
      if (fails) throw new DOMException('blocked', 'SecurityError');
      return broker.openSocket();
    }, clock);
    expect(await state(session, 'waiting')).toEqual({
      kind: 'waiting',
      retryInMs: 500,
      reason: 'unreachable',
    });
    fails = false;
    const again = state(session, 'connected');
    await clock.advance(499);
    expect(await state(session, 'waiting')).toMatchObject({ retryInMs: 500 });
    await clock.advance(1);
    await again;
    await session.close();
  });

  it('survives a broker that speaks no MQTT at all', async () => {
    const noise = (): ByteDuplex => {
      let hear: (bytes: Bytes) => void = () => undefined;
      let closed: () => void = () => undefined;
      return {
        send: () => hear(utf8('HTTP/1.1 400 Bad Request\r\n\r\n')),
        close: () => closed(),
        onBytes: (listener) => (hear = listener),
        onClose: (listener) => (closed = listener),
      };
    };
    const session = open(() => new VirtualWebSocket(noise()));
    expect(await state(session, 'waiting')).toMatchObject({ kind: 'waiting', reason: 'protocol' });
    await session.close();
  });

  it('rejects a publish that is not acknowledged, and does not send it again on the next connection', async () => {
    const clock = new ManualClock();
    const broker = new VirtualBroker();
    const sent: number[] = [];
    let arrived = (): void => undefined;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const deaf = (inner: ByteDuplex): ByteDuplex => ({
      send: (bytes) => {
        // PUBLISH packets are swallowed.
        if ((bytes[0] ?? 0) >> 4 === 3) {
          sent.push(bytes.length);
          arrived();
        } else inner.send(bytes);
      },
      close: () => inner.close(),
      onBytes: (listener) => inner.onBytes(listener),
      onClose: (listener) => inner.onClose(listener),
    });
    const session = open(() => new VirtualWebSocket(deaf(broker.connectBytes('web'))), clock);
    await state(session, 'connected');
    const run = { signal: new AbortController().signal, timeoutMs: 5_000 };
    const publishing = session.publish({ topic: 'a', payload: utf8('x'), qos: 1 }, run);
    const rejected = expect(publishing).rejects.toMatchObject({ code: 'live.no-acknowledgement' });
    await arrival;
    broker.disconnectAll();
    await rejected;
    await state(session, 'waiting');
    const again = state(session, 'connected');
    await clock.advance(1_000);
    await again;
    expect(sent).toHaveLength(1);
    await session.close();
  });

  it('hands a burst over in few batches and in order', async () => {
    const broker = new VirtualBroker();
    const session = open(() => broker.openSocket());
    await state(session, 'connected');
    const count = 5_000;
    const batches: number[] = [];
    const got: string[] = [];
    const all = new Promise<void>((resolve) => {
      session.onMessages((batch: readonly MqttMessage[]) => {
        batches.push(batch.length);
        for (const { payload } of batch) got.push(new TextDecoder().decode(payload));
        if (got.length === count) resolve();
      });
    });
    for (let i = 0; i < count; i++) {
      const run = { signal: new AbortController().signal, timeoutMs: 30_000 };
      await session.publish({ topic: 'burst', payload: utf8(String(i)), qos: 0 }, run);
    }
    await all;
    expect(got).toEqual(Array.from({ length: count }, (_, i) => String(i)));
    expect(batches.length).toBeLessThan(count / 10);
    await session.close();
  });

  it('closes although the broker no longer answers', async () => {
    const clock = new ManualClock();
    const broker = new VirtualBroker();
    const stuck = (inner: ByteDuplex): ByteDuplex => ({
      send: (bytes) => inner.send(bytes),
      close: () => undefined,
      onBytes: (listener) => inner.onBytes(listener),
      onClose: () => undefined,
    });
    const session = open(() => new VirtualWebSocket(stuck(broker.connectBytes('web'))), clock);
    await state(session, 'connected');
    const closed = session.close();
    await clock.advance(1_000);
    await closed;
    let last = '';
    session.onState((now) => (last = now.kind));
    expect(last).toBe('closed');
  });
});
