/** What clients send, decoded and checked (MQTT 3.1.1 and 5.0, chapter 3). Throws MqttProtocolError, changes nothing. */
import type { Bytes } from '../shared/bytes.ts';
import { FieldReader, MqttProtocolError, type RawPacket } from './mqtt-bytes.ts';
import { noProperties, type Properties, propertyIds, readProperties } from './properties.ts';
import { isFilter, isTopicName } from './topic-filters.ts';

export type MqttVersion = 4 | 5;
export type Qos = 0 | 1 | 2;

export interface Message {
  readonly topic: string;
  readonly payload: Bytes;
  readonly qos: Qos;
  readonly retain: boolean;
  /** Encoded MQTT 5 properties that travel with the message. */
  readonly properties: Bytes;
}

export interface ConnectPacket {
  readonly version: MqttVersion;
  readonly clientId: string;
  readonly cleanSession: boolean;
  readonly username: string | null;
  readonly password: Bytes | null;
  readonly will: Message | null;
  /** QoS 1 messages the client takes without having acknowledged. */
  readonly receiveMaximum: number;
  readonly maximumPacketSizeBytes: number;
}

/** Null when the version is none of ours: the answer is a refusal, no protocol error. */
export function readConnect({ body, flags: headerFlags }: RawPacket): ConnectPacket | null {
  expect(headerFlags === 0, 'CONNECT flags');
  const reader = new FieldReader(body);
  const name = reader.text();
  const level = reader.integer(1);
  if (name !== 'MQTT' || (level !== 4 && level !== 5)) return null;
  const flags = reader.integer(1);
  expect((flags & 1) === 0, 'reserved CONNECT flag');
  reader.integer(2);
  const properties = level === 5 ? readProperties(reader) : noProperties;
  const clientId = reader.text();
  const will = readWill(reader, flags, level);
  expect(level === 5 || (flags & 0xc0) !== 0x40, 'password without a user name');
  const username = flags & 0x80 ? reader.text() : null;
  const password = flags & 0x40 ? reader.binary() : null;
  expect(reader.atEnd, 'CONNECT is longer than its fields');
  const receiveMaximum = properties.integers.get(propertyIds.receiveMaximum) ?? 65_535;
  const maximumPacketSizeBytes =
    properties.integers.get(propertyIds.maximumPacketSize) ?? Number.POSITIVE_INFINITY;
  expect(receiveMaximum > 0 && maximumPacketSizeBytes > 0, 'a limit of zero');
  const cleanSession = (flags & 2) !== 0;
  return {
    version: level,
    clientId,
    cleanSession,
    username,
    password,
    will,
    receiveMaximum,
    maximumPacketSizeBytes,
  };
}

function readWill(reader: FieldReader, flags: number, version: MqttVersion): Message | null {
  if ((flags & 4) === 0) {
    expect((flags & 0x38) === 0, 'will flags without a will');
    return null;
  }
  const properties = version === 5 ? readProperties(reader) : noProperties;
  const topic = readTopicName(reader);
  const qos = toQos((flags >> 3) & 3);
  return {
    topic,
    payload: reader.binary(),
    qos,
    retain: (flags & 0x20) !== 0,
    properties: properties.passedOn,
  };
}

export interface PublishPacket {
  readonly message: Message;
  /** 0 with QoS 0. */
  readonly packetId: number;
}

export function readPublish({ body, flags }: RawPacket, version: MqttVersion): PublishPacket {
  const reader = new FieldReader(body);
  const qos = toQos((flags >> 1) & 3);
  expect(qos > 0 || (flags & 8) === 0, 'DUP with QoS 0');
  const topic = readTopicName(reader);
  const packetId = qos === 0 ? 0 : readPacketId(reader);
  const properties = version === 5 ? readProperties(reader) : noProperties;
  refuseProperty(properties, propertyIds.topicAlias, 0x94);
  const message = {
    topic,
    payload: reader.rest(),
    qos,
    retain: (flags & 1) !== 0,
    properties: properties.passedOn,
  };
  return { message, packetId };
}

export interface SubscriptionRequest {
  readonly filter: string;
  readonly qos: Qos;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** 0 send retained messages, 1 only when the subscription is new, 2 never. */
  readonly retainHandling: number;
}

export interface SubscribePacket {
  readonly packetId: number;
  readonly requests: readonly SubscriptionRequest[];
}

export function readSubscribe({ body, flags }: RawPacket, version: MqttVersion): SubscribePacket {
  expect(flags === 2, 'SUBSCRIBE flags');
  const reader = new FieldReader(body);
  const packetId = readPacketId(reader);
  if (version === 5) refuseProperty(readProperties(reader), propertyIds.subscriptionIdentifier, 0xa1);
  const requests: SubscriptionRequest[] = [];
  do requests.push(readRequest(reader, version));
  while (!reader.atEnd);
  return { packetId, requests };
}

function readRequest(reader: FieldReader, version: MqttVersion): SubscriptionRequest {
  const filter = readFilter(reader);
  const options = reader.integer(1);
  expect((options & (version === 5 ? 0xc0 : 0xfc)) === 0, 'reserved subscription options');
  const retainHandling = (options >> 4) & 3;
  expect(retainHandling < 3, 'retain handling');
  const noLocal = (options & 4) !== 0;
  return { filter, qos: toQos(options & 3), noLocal, retainAsPublished: (options & 8) !== 0, retainHandling };
}

export function readUnsubscribe(
  { body, flags }: RawPacket,
  version: MqttVersion,
): { packetId: number; filters: string[] } {
  expect(flags === 2, 'UNSUBSCRIBE flags');
  const reader = new FieldReader(body);
  const packetId = readPacketId(reader);
  if (version === 5) readProperties(reader);
  const filters: string[] = [];
  do filters.push(readFilter(reader));
  while (!reader.atEnd);
  return { packetId, filters };
}

/** PUBACK, PUBREC, PUBREL and PUBCOMP. */
export function readAcknowledgement({ body, flags, type }: RawPacket): number {
  const pubrel = 6;
  expect(flags === (type === pubrel ? 2 : 0), 'acknowledgement flags');
  return readPacketId(new FieldReader(body));
}

/** DISCONNECT's reason code; 4 asks for the last will. */
export const readDisconnect = ({ body }: RawPacket): number => body[0] ?? 0;

function expect(condition: boolean, what: string): void {
  if (!condition) throw new MqttProtocolError(what);
}

function toQos(value: number): Qos {
  if (value !== 0 && value !== 1 && value !== 2) throw new MqttProtocolError('QoS 3');
  return value;
}

function readPacketId(reader: FieldReader): number {
  const packetId = reader.integer(2);
  expect(packetId !== 0, 'packet identifier 0');
  return packetId;
}

function readTopicName(reader: FieldReader): string {
  const topic = reader.text();
  if (!isTopicName(topic)) throw new MqttProtocolError('topic name', 0x90);
  return topic;
}

function readFilter(reader: FieldReader): string {
  const filter = reader.text();
  if (!isFilter(filter)) throw new MqttProtocolError('topic filter', 0x8f);
  return filter;
}

function refuseProperty(properties: Properties, id: number, reasonCode: number): void {
  if (properties.integers.has(id))
    throw new MqttProtocolError('a property this broker has not offered', reasonCode);
}
