/**
 * The demo's MQTT broker, inside the page: MQTT 3.1.1 and 5, QoS 0, 1 and 2 from clients, 0 and 1 to them, retained
 * messages, last wills. No network, no disk, no clock. Specification: MQTT 3.1.1 and 5.0.
 */
import { type AccessRules, type ClientIdentity, openAccess, type Port } from './access.ts';
import { BrokerByteDuplex, type ByteDuplex } from './byte-duplex.ts';
import { ClientConnection, type ConnectionHub } from './client-connection.ts';
import type { Message } from './client-packets.ts';
import { matches } from './topic-filters.ts';
import { VirtualWebSocket, type WebSocketLike } from './virtual-web-socket.ts';

export interface VirtualBrokerOptions {
  /** Default: everybody may do everything. */
  readonly access?: AccessRules;
  /** Default: 8192, as in the real broker's bundle. */
  readonly maxPacketSizeBytes?: number;
}

const noMatchingSubscribers = 0x10;
const notAuthorised = 0x87;

export class VirtualBroker {
  readonly #access: AccessRules;
  readonly #hub: ConnectionHub;
  readonly #connections = new Map<string, ClientConnection>();
  readonly #retained = new Map<string, Message>();
  #lastAssignedId = 0;

  constructor(options: VirtualBrokerOptions = {}) {
    this.#access = options.access ?? openAccess;
    this.#hub = {
      maxPacketSizeBytes: options.maxPacketSizeBytes ?? 8192,
      mayConnect: (login) => this.#access.mayConnect(login),
      mayRead: (client, topic) => this.#access.mayRead(client, topic),
      newClientId: () => `auto-${++this.#lastAssignedId}`,
      enter: (clientId, connection) => this.#enter(clientId, connection),
      leave: (clientId) => this.#connections.delete(clientId),
      publish: (client, message) => this.#publish(client, message),
      retainedMessages: (filter) =>
        [...this.#retained.values()].filter(({ topic }) => matches(filter, topic)),
    };
  }

  /** A connection of MQTT from the first byte on; the port decides which access rules hold. */
  connectBytes(port: Port = 'device'): ByteDuplex {
    return new BrokerByteDuplex((outlet) => new ClientConnection(this.#hub, port, outlet));
  }

  /** A connection to the browser port, for mqtt.js's `createWebsocket`. */
  openSocket(): WebSocketLike {
    return new VirtualWebSocket(this.connectBytes('web'));
  }

  /** Closes every connection, as a broker that is stopped. Retained messages stay; it can be connected to again. */
  disconnectAll(): void {
    for (const connection of [...this.#connections.values()]) connection.shutDown();
  }

  #enter(clientId: string, connection: ClientConnection): void {
    this.#connections.get(clientId)?.displace();
    this.#connections.set(clientId, connection);
  }

  #publish(client: ClientIdentity, message: Message): number {
    if (!this.#access.mayWrite(client, message.topic)) return notAuthorised;
    if (message.retain) this.#retain(message);
    let receivers = 0;
    for (const connection of this.#connections.values()) if (connection.deliver(message, client)) receivers++;
    return receivers === 0 ? noMatchingSubscribers : 0;
  }

  /** An empty retained message takes the old one away. */
  #retain(message: Message): void {
    if (message.payload.length === 0) this.#retained.delete(message.topic);
    else this.#retained.set(message.topic, message);
  }
}
