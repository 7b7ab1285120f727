/**
 * The broker's end of one connection: from CONNECT to the end, MQTT 3.1.1 or 5. Sessions end with their connection.
 * Keep-alive is not watched: a connection inside a page does not fade, it is closed. Knows no other connection.
 */
import type { Bytes } from '../shared/bytes.ts';
import type { ClientIdentity, Login, Port } from './access.ts';
import {
  type ConnectPacket,
  type Message,
  readAcknowledgement,
  readConnect,
  readDisconnect,
  readPublish,
  readSubscribe,
  readUnsubscribe,
  type SubscriptionRequest,
} from './client-packets.ts';
import { MqttProtocolError, PacketSplitter, type RawPacket } from './mqtt-bytes.ts';
import { OutgoingFlow } from './outgoing-flow.ts';
import * as reply from './server-packets.ts';
import { matches } from './topic-filters.ts';

/** What a connection needs of the broker. */
export interface ConnectionHub {
  readonly maxPacketSizeBytes: number;
  mayConnect(login: Login): boolean;
  mayRead(client: ClientIdentity, topic: string): boolean;
  newClientId(): string;
  /** Takes the connection in; an older one with the same client id is thrown off. */
  enter(clientId: string, connection: ClientConnection): void;
  leave(clientId: string): void;
  /** MQTT 5 reason code: 0 delivered, 0x10 nobody listens, 0x87 not authorised. */
  publish(client: ClientIdentity, message: Message): number;
  retainedMessages(filter: string): Iterable<Message>;
}

/** The way to the client; `close` lets through what was written before. */
export interface Outlet {
  write(bytes: Bytes): void;
  close(): void;
}

interface Session {
  readonly connect: ConnectPacket;
  readonly identity: ClientIdentity;
  readonly flow: OutgoingFlow;
}

const packetTypes = {
  CONNECT: 1,
  PUBLISH: 3,
  PUBACK: 4,
  PUBREL: 6,
  SUBSCRIBE: 8,
  UNSUBSCRIBE: 10,
  PINGREQ: 12,
  DISCONNECT: 14,
} as const;

const protocolError = 0x82;
const sessionTakenOver = 0x8e;
const serverShuttingDown = 0x8b;
const disconnectWithWill = 0x04;
const packetIdUnknown = 0x92;
const sharedSubscriptionsRefused = 0x9e;

export class ClientConnection {
  readonly #hub: ConnectionHub;
  readonly #port: Port;
  readonly #outlet: Outlet;
  readonly #splitter: PacketSplitter;
  readonly #subscriptions = new Map<string, SubscriptionRequest>();
  /** Packet identifiers of QoS 2 messages that were taken and not yet released. */
  readonly #unreleased = new Set<number>();
  #session: Session | null = null;
  #isClosed = false;

  constructor(hub: ConnectionHub, port: Port, outlet: Outlet) {
    this.#hub = hub;
    this.#port = port;
    this.#outlet = outlet;
    this.#splitter = new PacketSplitter(hub.maxPacketSizeBytes);
  }

  /** Bytes from the client, cut anywhere. A broken packet ends this connection; the last will is sent. */
  receive(bytes: Uint8Array): void {
    try {
      for (const packet of this.#splitter.push(bytes)) {
        if (this.#isClosed) return;
        this.#handle(packet);
      }
    } catch (error) {
      if (!(error instanceof MqttProtocolError)) throw error;
      this.#sayGoodbye(error.reasonCode);
      this.#end(true);
    }
  }

  /** The client is gone without a word. */
  lost(): void {
    this.#end(true);
  }

  /** Another connection came with this client id. */
  displace(): void {
    this.#sayGoodbye(sessionTakenOver);
    this.#end(true);
  }

  shutDown(): void {
    this.#sayGoodbye(serverShuttingDown);
    this.#end(false);
  }

  /** True when the message went (or waits) for this client. */
  deliver(message: Message, from: ClientIdentity): boolean {
    if (this.#session === null) return false;
    const { identity, flow } = this.#session;
    const fitting = [...this.#subscriptions.values()].filter(
      ({ filter, noLocal }) =>
        matches(filter, message.topic) && !(noLocal && from.clientId === identity.clientId),
    );
    if (fitting.length === 0 || !this.#hub.mayRead(identity, message.topic)) return false;
    const qos = Math.min(message.qos, 1, Math.max(...fitting.map((subscription) => subscription.qos))) as
      0 | 1;
    const retain = message.retain && fitting.some(({ retainAsPublished }) => retainAsPublished);
    flow.send({ message, qos, retain });
    return true;
  }

  #handle(packet: RawPacket): void {
    if (this.#session === null) {
      if (packet.type !== packetTypes.CONNECT) throw new MqttProtocolError('no CONNECT', protocolError);
      this.#connect(packet);
    } else {
      this.#serve(packet, this.#session);
    }
  }

  #connect(packet: RawPacket): void {
    const connect = readConnect(packet);
    if (connect === null) {
      this.#refuse(4, { v4: 1, v5: 0x84 });
      return;
    }
    const { version, username, password } = connect;
    if (connect.clientId === '' && version === 4 && !connect.cleanSession) {
      this.#refuse(version, { v4: 2, v5: 0x85 });
      return;
    }
    const assignedClientId = connect.clientId === '' ? this.#hub.newClientId() : null;
    const identity = { port: this.#port, clientId: assignedClientId ?? connect.clientId, username };
    if (!this.#hub.mayConnect({ ...identity, password })) {
      this.#refuse(version, { v4: 5, v5: 0x87 });
      return;
    }
    this.#session = {
      connect,
      identity,
      flow: new OutgoingFlow(connect, (bytes) => this.#outlet.write(bytes)),
    };
    this.#hub.enter(identity.clientId, this);
    const { maxPacketSizeBytes } = this.#hub;
    this.#outlet.write(reply.connackAccepted(version, { maxPacketSizeBytes, assignedClientId }));
  }

  #serve(packet: RawPacket, session: Session): void {
    switch (packet.type) {
      case packetTypes.PUBLISH: {
        this.#publish(packet, session);
        return;
      }
      case packetTypes.PUBACK: {
        session.flow.acknowledge(readAcknowledgement(packet));
        return;
      }
      case packetTypes.PUBREL: {
        this.#release(packet);
        return;
      }
      case packetTypes.SUBSCRIBE: {
        this.#subscribe(packet, session);
        return;
      }
      case packetTypes.UNSUBSCRIBE: {
        this.#unsubscribe(packet, session);
        return;
      }
      case packetTypes.PINGREQ: {
        this.#outlet.write(reply.pingresp());
        return;
      }
      case packetTypes.DISCONNECT: {
        this.#end(readDisconnect(packet) === disconnectWithWill);
        return;
      }
      default:
        throw new MqttProtocolError('a packet clients do not send', protocolError);
    }
  }

  #publish(packet: RawPacket, { connect, identity }: Session): void {
    const { message, packetId } = readPublish(packet, connect.version);
    if (message.qos === 2 && this.#unreleased.has(packetId)) {
      this.#acknowledge(reply.PUBREC, packetId, 0);
      return;
    }
    const reasonCode = this.#hub.publish(identity, message);
    if (message.qos === 1) this.#acknowledge(reply.PUBACK, packetId, reasonCode);
    if (message.qos === 2) {
      // MQTT 5: a refused message is over with its PUBREC; 3.1.1 always goes on to PUBREL.
      if (reasonCode < 0x80 || connect.version === 4) this.#unreleased.add(packetId);
      this.#acknowledge(reply.PUBREC, packetId, reasonCode);
    }
  }

  #release(packet: RawPacket): void {
    const packetId = readAcknowledgement(packet);
    const isKnown = this.#unreleased.delete(packetId);
    this.#acknowledge(reply.PUBCOMP, packetId, isKnown ? 0 : packetIdUnknown);
  }

  #subscribe(packet: RawPacket, { connect, identity, flow }: Session): void {
    const { packetId, requests } = readSubscribe(packet, connect.version);
    const isNew = requests.map(({ filter }) => !this.#subscriptions.has(filter));
    const codes = requests.map((request) => this.#addSubscription(request, connect));
    this.#outlet.write(reply.suback(connect.version, packetId, codes));
    for (const [i, { filter, qos, retainHandling }] of requests.entries()) {
      if (!this.#subscriptions.has(filter) || retainHandling === 2) continue;
      if (retainHandling === 1 && isNew[i] !== true) continue;
      for (const message of this.#hub.retainedMessages(filter)) {
        if (!this.#hub.mayRead(identity, message.topic)) continue;
        flow.send({ message, qos: Math.min(message.qos, qos, 1) as 0 | 1, retain: true });
      }
    }
  }

  /** The code for SUBACK. What may not be read is granted and never delivered, as Mosquitto does it. */
  #addSubscription(request: SubscriptionRequest, { version }: ConnectPacket): number {
    if (request.filter.startsWith('$share/')) return version === 5 ? sharedSubscriptionsRefused : 0x80;
    this.#subscriptions.set(request.filter, request);
    return Math.min(request.qos, 1);
  }

  #unsubscribe(packet: RawPacket, { connect }: Session): void {
    const { packetId, filters } = readUnsubscribe(packet, connect.version);
    const noSubscription = 0x11;
    const codes = filters.map((filter) => (this.#subscriptions.delete(filter) ? 0 : noSubscription));
    this.#outlet.write(reply.unsuback(connect.version, packetId, codes));
  }

  #acknowledge(type: number, packetId: number, reasonCode: number): void {
    const version = this.#session?.connect.version ?? 4;
    this.#outlet.write(reply.acknowledgement(version, type, packetId, reasonCode));
  }

  #refuse(version: 4 | 5, code: { readonly v4: number; readonly v5: number }): void {
    this.#outlet.write(reply.connackRefused(version, code));
    this.#end(false);
  }

  #sayGoodbye(reasonCode: number): void {
    if (!this.#isClosed && this.#session?.connect.version === 5)
      this.#outlet.write(reply.disconnect(reasonCode));
  }

  #end(sendWill: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const session = this.#session;
    this.#session = null;
    this.#outlet.close();
    if (session === null) return;
    this.#hub.leave(session.identity.clientId);
    if (sendWill && session.connect.will !== null) this.#hub.publish(session.identity, session.connect.will);
  }
}
