/**
 * One connection of mqtt.js, from the socket to its end. A new client for every attempt, so that nothing unacknowledged
 * is ever sent a second time. Knows nothing of retries.
 */
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { BrokerLogin, MqttMessage, OutgoingMessage } from '../../ports/broker-link.ts';
import type { ConnectionEnd, MqttVersion } from './connection-end.ts';
import type { Bytes } from '../../shared/bytes.ts';
import type { Clock } from '../../shared/clock.ts';
import { intervalsOf } from './intervals.ts';

/** The part of the browser's WebSocket that mqtt.js uses; the in-page broker and the tests bring their own. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly OPEN: number;
  send(bytes: Bytes): void;
  close(): void;
  addEventListener(
    type: 'open' | 'message' | 'error' | 'close',
    listener: (event?: { readonly type?: string; readonly code?: number }) => void,
  ): void;
}

export type CreateSocket = (url: string, subprotocols: string[]) => WebSocketLike;

export interface ConnectionOptions {
  readonly url: string;
  readonly login: BrokerLogin;
  readonly topics: readonly string[];
  readonly version: MqttVersion;
  readonly connectTimeoutMs: number;
  readonly createSocket: CreateSocket;
  /** For the keep-alive, which must go on in a tab that nobody looks at. */
  readonly clock: Clock;
}

export interface ConnectionListener {
  /** Login and subscriptions are accepted. */
  onReady(): void;
  onMessage(message: Omit<MqttMessage, 'atMs'>): void;
  /** Once, last. */
  onEnd(end: ConnectionEnd): void;
}

export interface Connection {
  /** Resolves with the PUBACK's reason code, or null when the connection ended without one. */
  publish(message: OutgoingMessage): Promise<number | null>;
  /** Subscribes once more, which makes the broker send again what it keeps. */
  resubscribe(): void;
  /** Says goodbye to the broker (or, forced, does not) and closes the socket. */
  end(forced: boolean): void;
}

/**
 * More than this from a broker is no reading; an MQTT 5 broker leaves such messages out. Mosquitto 2.0 over secure
 * WebSockets never recovers from sending one of 130 kB or more: the connection stays open and silent.
 */
const maxPacketBytes = 72 * 1024;

export function startConnection(options: ConnectionOptions, listener: ConnectionListener): Connection {
  const connection = new MqttJsConnection(options, listener);
  connection.start();
  return connection;
}

class MqttJsConnection implements Connection {
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  #client: MqttClient | null = null;
  #end: ConnectionEnd = {
    socketOpened: false,
    wasReady: false,
    connackCode: null,
    subscriptionsRefused: false,
    protocolError: false,
  };
  #ended = false;
  /** mqtt.js keeps the reason of a successful PUBACK to itself, and 16 (nobody received it) counts as success. */
  readonly #reasonCodes = new Map<number, number>();

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  start(): void {
    try {
      this.#client = mqtt.connect(clientOptions(this.#options, () => this.#note({ socketOpened: true })));
    } catch {
      // The browser refuses some addresses at once; the caller is told later, as with every other end.
      queueMicrotask(() => this.#finish());
      return;
    }
    this.#client.on('connect', () => this.#subscribe());
    this.#client.on('error', (error) => this.#onError(error));
    this.#client.on('close', () => this.#finish());
    this.#client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback' && packet.messageId)
        this.#reasonCodes.set(packet.messageId, packet.reasonCode ?? 0);
    });
    this.#client.on('message', (topic, payload, packet) => {
      // A copy: mqtt.js hands out a view that would keep the whole received chunk alive.
      const { retain, qos } = packet;
      if (!this.#ended)
        this.#listener.onMessage({ topic, payload: new Uint8Array(payload), retained: retain, qos });
    });
  }

  publish(message: OutgoingMessage): Promise<number | null> {
    const client = this.#client;
    if (!client) return Promise.resolve(null);
    const payload = message.payload as Parameters<MqttClient['publish']>[1];
    return new Promise((resolve) => {
      // Known after the call: the callback of QoS 1 comes later, that of QoS 0 needs none.
      let messageId = 0;
      client.publish(message.topic, payload, { qos: message.qos, retain: false }, (error) => {
        if (!error) resolve(this.#reasonCodes.get(messageId) ?? 0);
        else resolve('code' in error && typeof error.code === 'number' ? error.code : null);
        this.#reasonCodes.delete(messageId);
      });
      if (message.qos === 1) messageId = client.getLastMessageId();
    });
  }

  resubscribe(): void {
    const { topics } = this.#options;
    if (topics.length > 0 && this.#client?.connected) this.#client.subscribe([...topics], { qos: 1 });
  }

  end(forced: boolean): void {
    if (forced || !this.#client?.connected) this.#finish();
    else this.#client.end(false, () => this.#finish());
  }

  #subscribe(): void {
    const { topics } = this.#options;
    if (topics.length === 0) this.#becomeReady();
    else {
      this.#client?.subscribe([...topics], { qos: 1 }, (error, _granted, packet) => {
        const accepted = !error || packet?.granted.some((code) => typeof code === 'number' && code < 128);
        if (accepted) this.#becomeReady();
        else if (packet) {
          this.#note({ subscriptionsRefused: true });
          this.#finish();
        }
      });
    }
  }

  #becomeReady(): void {
    if (this.#ended) return;
    this.#note({ wasReady: true });
    this.#listener.onReady();
  }

  #onError(error: Error): void {
    const code = 'code' in error && typeof error.code === 'number' ? error.code : null;
    const isTimeout = /timeout/i.test(error.message);
    if (code !== null && !this.#end.wasReady) this.#note({ connackCode: code });
    else if (this.#end.socketOpened && !isTimeout) this.#note({ protocolError: true });
    this.#finish();
  }

  #note(change: Partial<ConnectionEnd>): void {
    this.#end = { ...this.#end, ...change };
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#client?.end(true);
    this.#listener.onEnd(this.#end);
  }
}

function clientOptions(options: ConnectionOptions, onSocketOpen: () => void): IClientOptions {
  return {
    protocol: 'wss',
    // Never used: the socket is made below, with the address as the person gave it.
    host: 'broker.invalid',
    forceNativeWebSocket: true,
    createWebsocket: (_url: string, subprotocols: string[]) => {
      const socket = options.createSocket(options.url, subprotocols);
      socket.addEventListener('open', onSocketOpen);
      return socket;
    },
    clientId: options.login.clientId,
    ...(options.login.username !== '' && { username: options.login.username }),
    ...(options.login.password !== '' && { password: options.login.password }),
    protocolVersion: options.version,
    clean: true,
    reconnectPeriod: 0,
    resubscribe: false,
    connectTimeout: options.connectTimeoutMs,
    keepalive: 30,
    timerVariant: intervalsOf(options.clock),
    ...(options.version === 5 && { properties: { maximumPacketSize: maxPacketBytes } }),
  };
}
