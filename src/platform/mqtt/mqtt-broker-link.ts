/**
 * BrokerLink over mqtt.js: keeps one session with a broker alive across lost connections, tells its state in words the
 * port defines, and hands messages over in batches. Nothing is published retained, nothing is sent twice.
 */
import { checkedBrokerUrl } from './broker-address.ts';
import { fullJitterBackoff } from './backoff.ts';
import type { CreateSocket } from './connection.ts';
import { MqttBrokerSession } from './mqtt-broker-session.ts';
import type { BrokerLink, BrokerLogin, BrokerTarget, RefreshableSession } from '../../ports/broker-link.ts';
import type { Clock } from '../../shared/clock.ts';

export interface MqttBrokerLinkOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1); spreads the attempts of many pages. */
  readonly random: () => number;
  /** Calls the listener when trying at once is worth it: network or person are back; returns the unsubscriber. */
  readonly onNetworkReturn?: (listener: () => void) => () => void;
  /** Another WebSocket than the browser's: the in-page broker of the demo. Any address is taken then. */
  readonly createSocket?: CreateSocket;
  /** How long messages are gathered before they are handed over, in ms. */
  readonly batchMs?: number;
  /** How long one attempt may take until the broker accepts the login, in ms. */
  readonly connectTimeoutMs?: number;
}

const browserSocket: CreateSocket = (url, subprotocols) => new WebSocket(url, subprotocols);

export class MqttBrokerLink implements BrokerLink {
  readonly #options: MqttBrokerLinkOptions;

  constructor(options: MqttBrokerLinkOptions) {
    this.#options = options;
  }

  /** Throws live.plain-websocket or live.broker-address; everything later is a state. */
  open(
    target: BrokerTarget,
    login: BrokerLogin,
    topics: readonly string[],
    signal: AbortSignal,
  ): RefreshableSession {
    const { clock, random, onNetworkReturn, createSocket, batchMs, connectTimeoutMs } = this.#options;
    return new MqttBrokerSession(
      {
        url: createSocket ? target.url : checkedBrokerUrl(target.url),
        login,
        topics,
        createSocket: createSocket ?? browserSocket,
        connectTimeoutMs: connectTimeoutMs ?? 10_000,
        batchMs: batchMs ?? 16,
        clock,
        backoff: fullJitterBackoff({ firstMs: 1_000, maxMs: 60_000, random }),
        onNetworkReturn: onNetworkReturn ?? (() => () => undefined),
      },
      signal,
    );
  }
}
