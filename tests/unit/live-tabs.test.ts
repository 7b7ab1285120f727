// Several tabs, one connection: who leads, what the others are passed, and what happens when the leader goes.
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { MqttBrokerLink } from '../../src/platform/mqtt/mqtt-broker-link.ts';
import { SharedBrokerLink } from '../../src/platform/mqtt/shared-broker-link.ts';
import type { TabChannel, TabMessage } from '../../src/platform/mqtt/tab-channel.ts';
import type { BrokerLink, BrokerSession, LinkState, MqttMessage } from '../../src/ports/broker-link.ts';
import type { Leases } from '../../src/ports/leases.ts';
import { fromUtf8, utf8 } from '../../src/shared/bytes.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { openAccess, type AccessRules } from '../../src/virtual-broker/access.ts';
import { VirtualWebSocket } from '../../src/virtual-broker/virtual-web-socket.ts';
import { VirtualBroker } from '../../src/virtual-broker/virtual-broker.ts';

/** One holder at a time, in the order of asking: what Web Locks do across tabs. */
class QueuedLeases implements Leases {
  readonly #last = new Map<string, Promise<unknown>>();

  hold<T>(name: string, use: (lost: AbortSignal) => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const mine = before.then(() => use(new AbortController().signal));
    this.#last.set(name, mine);
    return mine;
  }
}

/** Every tab hears the others and not itself, a moment later and as a copy. */
class Channels {
  readonly #open = new Map<string, Set<(message: TabMessage) => void>>();

  open(name: string): TabChannel {
    const all = this.#open.get(name) ?? new Set();
    this.#open.set(name, all);
    let own: ((message: TabMessage) => void) | null = null;
    return {
      post: (message) => {
        const copy = structuredClone(message);
        for (const other of [...all]) if (other !== own) queueMicrotask(() => other(copy));
      },
      listen: (listener) => {
        own = listener;
        all.add(listener);
      },
      close: () => {
        if (own) all.delete(own);
      },
    };
  }
}

const clients: string[] = [];
const recording = (rules: AccessRules): AccessRules => ({
  ...rules,
  mayConnect: (login) => {
    clients.push(login.clientId);
    return rules.mayConnect(login);
  },
});

class Browser {
  readonly broker = new VirtualBroker({ access: recording(openAccess) });
  readonly leases = new QueuedLeases();
  readonly channels = new Channels();
  #tabs = 0;

  /** Publishes a message that the broker keeps. */
  async keep(topic: string, text: string): Promise<void> {
    const client = mqtt.connect('wss://in-page/mqtt', {
      createWebsocket: () => new VirtualWebSocket(this.broker.connectBytes()),
      forceNativeWebSocket: true,
      timerVariant: 'native',
      reconnectPeriod: 0,
    });
    await client.publishAsync(topic, text, { qos: 1, retain: true });
    await client.endAsync();
  }

  /** A tab that has opened the session. */
  open(shareAs = 'porch'): Tab {
    const tabId = `tab-${++this.#tabs}`;
    const link = new MqttBrokerLink({
      clock: systemClock,
      random: () => 0,
      createSocket: () => this.broker.openSocket(),
      batchMs: 1,
    });
    const shared: BrokerLink = new SharedBrokerLink({
      link,
      leases: this.leases,
      clock: systemClock,
      tabId,
      openChannel: (name) => this.channels.open(name),
    });
    const login = { clientId: `dashboard-${tabId}`, username: '', password: '' };
    const target = { url: 'wss://pi.local:8884', shareAs };
    return new Tab(shared.open(target, login, ['#'], new AbortController().signal));
  }
}

class Tab {
  readonly session: BrokerSession;
  readonly states: LinkState[] = [];
  readonly messages: MqttMessage[] = [];
  #changed: () => void = () => undefined;

  constructor(session: BrokerSession) {
    this.session = session;
    session.onState((state) => {
      this.states.push(state);
      this.#changed();
    });
    session.onMessages((batch) => {
      this.messages.push(...batch);
      this.#changed();
    });
  }

  get texts(): string[] {
    return this.messages.map(
      ({ topic, payload, retained }) => `${topic} ${fromUtf8(payload)}${retained ? ' kept' : ''}`,
    );
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = () => {
        if (holds()) resolve();
      };
      this.#changed();
    });
  }

  get connected(): Promise<void> {
    return this.until(() => this.states.at(-1)?.kind === 'connected');
  }

  publish(topic: string, text: string, timeoutMs = 2_000): Promise<{ reasonCode: number }> {
    return this.session.publish(
      { topic, payload: utf8(text), qos: 1 },
      { signal: new AbortController().signal, timeoutMs },
    );
  }
}

describe('tabs that share a connection', () => {
  it('make one connection, and the second says through whom it is connected', async () => {
    clients.length = 0;
    const browser = new Browser();
    const [first, second] = [browser.open(), browser.open()];
    await Promise.all([first.connected, second.connected]);
    expect(clients).toEqual(['dashboard-tab-1']);
    expect(first.states.at(-1)).toEqual({ kind: 'connected' });
    expect(second.states.at(-1)).toEqual({ kind: 'connected', through: 'another-tab' });
    await Promise.all([first.session.close(), second.session.close()]);
  });

  it('all get every message once, whoever published it', async () => {
    const browser = new Browser();
    const [first, second] = [browser.open(), browser.open()];
    await Promise.all([first.connected, second.connected]);
    expect(await second.publish('a/b', 'from two')).toEqual({ reasonCode: 0 });
    await first.publish('a/b', 'from one');
    await Promise.all([first, second].map((tab) => tab.until(() => tab.messages.length >= 2)));
    expect(first.texts).toEqual(['a/b from two', 'a/b from one']);
    expect(second.texts).toEqual(first.texts);
    await Promise.all([first.session.close(), second.session.close()]);
  });

  it('a later one gets what the broker keeps, and the first does not get it again', async () => {
    const browser = new Browser();
    const first = browser.open();
    await first.connected;
    await browser.keep('status', 'online');
    await first.until(() => first.messages.length === 1);
    const second = browser.open();
    await second.until(() => second.messages.length === 1);
    expect(second.texts).toEqual(['status online kept']);
    expect(first.texts).toEqual(['status online']);
    await Promise.all([first.session.close(), second.session.close()]);
  });

  it('go on with the next tab when the first is closed, under another client id', async () => {
    clients.length = 0;
    const browser = new Browser();
    const [first, second, third] = [browser.open(), browser.open(), browser.open()];
    await Promise.all([first.connected, second.connected, third.connected]);
    await first.session.close();
    await second.until(
      () => second.states.at(-1)?.kind === 'connected' && !('through' in (second.states.at(-1) ?? {})),
    );
    await third.connected;
    expect(clients).toEqual(['dashboard-tab-1', 'dashboard-tab-2']);
    await third.publish('after', 'x');
    await third.until(() => third.texts.includes('after x'));
    await Promise.all([second.session.close(), third.session.close()]);
  });

  it('send nothing while the tab that leads has no connection', async () => {
    const browser = new Browser();
    const [first, second] = [browser.open(), browser.open()];
    await Promise.all([first.connected, second.connected]);
    browser.broker.disconnectAll();
    await second.until(() => second.states.at(-1)?.kind !== 'connected');
    await expect(second.publish('a', 'x')).rejects.toMatchObject({ code: 'live.not-connected' });
    await Promise.all([first.session.close(), second.session.close()]);
  });

  it('tell a publish whose leader went away with it as unanswered, and do not send it again', async () => {
    const browser = new Browser();
    // A tab that was told to publish and died.
    const dead = browser.channels.open('signet:broker:porch:live');
    const asked: TabMessage[] = [];
    dead.listen((message) => {
      if (message.kind === 'publish') asked.push(message);
    });
    let giveUp = (): void => undefined;
    const death = new Promise<void>((resolve) => (giveUp = resolve));
    void browser.leases.hold('broker:porch:live', () => death);
    const tab = browser.open();
    dead.post({ kind: 'state', state: { kind: 'connected' } });
    await tab.connected;
    await expect(tab.publish('a', 'x', 50)).rejects.toMatchObject({ code: 'live.no-acknowledgement' });
    giveUp();
    await tab.until(() => tab.states.length >= 4 && tab.states.at(-1)?.kind === 'connected');
    await tab.publish('b', 'y');
    await tab.until(() => tab.texts.includes('b y'));
    expect(asked).toHaveLength(1);
    expect(tab.texts, 'what was asked of the dead tab is not sent by the next').toEqual(['b y']);
    await tab.session.close();
  });

  it('keep apart when they look at different brokers', async () => {
    clients.length = 0;
    const browser = new Browser();
    const [first, second] = [browser.open('porch'), browser.open('shed')];
    await Promise.all([first.connected, second.connected]);
    expect(clients.toSorted()).toEqual(['dashboard-tab-1', 'dashboard-tab-2']);
    await Promise.all([first.session.close(), second.session.close()]);
  });

  it('a tab that only listens refuses an unencrypted address as well', () => {
    const browser = new Browser();
    const link = new SharedBrokerLink({
      link: new MqttBrokerLink({ clock: systemClock, random: () => 0 }),
      leases: browser.leases,
      clock: systemClock,
      tabId: 'x',
      openChannel: (name) => browser.channels.open(name),
    });
    const login = { clientId: 'x', username: '', password: '' };
    expect(() =>
      link.open({ url: 'ws://pi', shareAs: 'p' }, login, [], new AbortController().signal),
    ).toThrow(/not encrypted/);
  });
});
