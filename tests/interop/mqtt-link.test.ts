// The MQTT adapter against a real Mosquitto over TLS WebSockets.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { RealBroker } from './mqtt-link-broker.ts';
import { MqttBrokerLink } from '../../src/platform/mqtt/mqtt-broker-link.ts';
import type { BrokerSession, LinkState, MqttMessage } from '../../src/ports/broker-link.ts';
import { fromUtf8, utf8 } from '../../src/shared/bytes.ts';
import { systemClock } from '../../src/shared/clock.ts';

const broker = new RealBroker();
const sessions: BrokerSession[] = [];
const dashboard = { clientId: 'dashboard-test', username: 'dashboard', password: 'dashboard-secret' };
const filters = ['signet/porch/+/tele', 'signet/porch/+/status'];
const run = { signal: new AbortController().signal, timeoutMs: 5_000 };

beforeAll(async () => {
  await broker.prepare();
  await broker.start();
});
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
});
afterAll(() => broker.remove());

function link(caPem: string, onNetworkReturn?: (listener: () => void) => () => void): MqttBrokerLink {
  return new MqttBrokerLink({
    clock: systemClock,
    random: Math.random,
    createSocket: (url, subprotocols) => new WebSocket(url, subprotocols, { ca: caPem }),
    ...(onNetworkReturn && { onNetworkReturn }),
  });
}

function open(login = dashboard, topics = filters, onNetworkReturn?: (f: () => void) => () => void) {
  const session = link(broker.caPem, onNetworkReturn).open(
    { url: broker.url },
    login,
    topics,
    new AbortController().signal,
  );
  sessions.push(session);
  return session;
}

const state = <K extends LinkState['kind']>(
  session: BrokerSession,
  kind: K,
): Promise<Extract<LinkState, { kind: K }>> =>
  new Promise((resolve) => {
    session.onState((now) => {
      if (now.kind === kind) resolve(now as Extract<LinkState, { kind: K }>);
    });
  });

const nextMessage = (session: BrokerSession, leaf: string): Promise<MqttMessage> =>
  new Promise((resolve) => {
    session.onMessages((batch) => {
      const found = batch.find((message) => message.topic.endsWith(`/${leaf}`));
      if (found) resolve(found);
    });
  });

describe('a session with Mosquitto over WSS', () => {
  it('connects and hands over what a device publishes', async () => {
    const session = open();
    await state(session, 'connected');
    const arrived = nextMessage(session, 'tele');
    broker.publishAsDevice('tele', '{"v":1,"temperature":21.5}');
    const message = await arrived;
    expect(fromUtf8(message.payload)).toBe('{"v":1,"temperature":21.5}');
    expect(message.retained).toBe(false);
    expect(Math.abs(message.atMs - Date.now())).toBeLessThan(5_000);
  });

  it('says which messages the broker had kept', async () => {
    broker.publishAsDevice('status', '{"st":"online"}', { retain: true });
    const session = open();
    const kept = await nextMessage(session, 'status');
    expect(kept.retained).toBe(true);
  });

  it('is refused for its password when the password is wrong, and does not try again', async () => {
    const session = open({ ...dashboard, password: 'wrong' });
    const states: string[] = [];
    session.onState((now) => states.push(now.kind));
    expect(await state(session, 'refused')).toEqual({ kind: 'refused', reason: 'password' });
    expect(states).toEqual(['connecting', 'refused']);
  });

  it('is refused as not authorised when it has no password at all', async () => {
    const session = open({ clientId: 'nobody', username: '', password: '' });
    expect(await state(session, 'refused')).toEqual({ kind: 'refused', reason: 'not-authorised' });
  });

  it('is told by reason code 135 that the ACL refuses a publish, and by 16 that nobody received it', async () => {
    const session = open();
    await state(session, 'connected');
    const send = (leaf: string) =>
      session.publish({ topic: `signet/porch/porch-1/${leaf}`, payload: utf8('x'), qos: 1 }, run);
    expect(await send('tele')).toEqual({ reasonCode: 135 });
    expect(await send('cmd')).toEqual({ reasonCode: 16 });
  });

  it('refuses to publish while it is not connected', async () => {
    const session = open({ ...dashboard, password: 'wrong' });
    await state(session, 'refused');
    const sent = session.publish({ topic: 'signet/porch/porch-1/cmd', payload: utf8('x'), qos: 1 }, run);
    await expect(sent).rejects.toMatchObject({ code: 'live.not-connected' });
  });

  it('passes large and binary payloads through unchanged', async () => {
    const session = open();
    await state(session, 'connected');
    const payload = Buffer.from(Uint8Array.from({ length: 40_000 }, (_, i) => (i * 31) & 0xff));
    const arrived = nextMessage(session, 'tele');
    broker.publishAsDevice('tele', payload);
    const message = await arrived;
    expect(Buffer.compare(Buffer.from(message.payload), payload)).toBe(0);
  });

  it('does not trust a broker whose certificate comes from another authority', async () => {
    const other = new RealBroker();
    await other.prepare();
    const session = link(other.caPem).open({ url: broker.url }, dashboard, filters, run.signal);
    sessions.push(session);
    expect(await state(session, 'waiting')).toMatchObject({ reason: 'unreachable' });
    await other.remove();
  });

  it('closes when its signal aborts', async () => {
    const closing = new AbortController();
    const session = link(broker.caPem).open({ url: broker.url }, dashboard, filters, closing.signal);
    await state(session, 'connected');
    closing.abort();
    expect(await state(session, 'closed')).toEqual({ kind: 'closed' });
  });

  it('comes back by itself after the broker was restarted, at once when the network returns', async () => {
    const returned = new Set<() => void>();
    const session = open(dashboard, filters, (listener) => {
      returned.add(listener);
      return () => returned.delete(listener);
    });
    await state(session, 'connected');
    await broker.stop();
    expect(await state(session, 'waiting')).toMatchObject({ reason: 'lost' });
    await broker.start();
    const again = state(session, 'connected');
    for (const listener of [...returned]) listener();
    await again;
    const arrived = nextMessage(session, 'tele');
    broker.publishAsDevice('tele', 'after the restart');
    expect(fromUtf8((await arrived).payload)).toBe('after the restart');
  });
});
