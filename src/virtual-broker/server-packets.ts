/** What the broker sends, encoded for either protocol version (MQTT 3.1.1 and 5.0, chapter 3). */
import type { Bytes } from '../shared/bytes.ts';
import type { Message, MqttVersion } from './client-packets.ts';
import { integer16, packet, text } from './mqtt-bytes.ts';
import { integerProperty, propertyIds, propertyList, textProperty } from './properties.ts';

const CONNACK = 2;
const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBCOMP = 7;
const SUBACK = 9;
const UNSUBACK = 11;
const PINGRESP = 13;
const DISCONNECT = 14;

const byte = (value: number): Bytes => new Uint8Array([value]);

export interface ConnackOptions {
  readonly maxPacketSizeBytes: number;
  /** Given when the client came without a client id. */
  readonly assignedClientId: string | null;
}

/** Accepts; sessions are never kept, so none is present. */
export function connackAccepted(version: MqttVersion, options: ConnackOptions): Bytes {
  if (version === 4) return packet(CONNACK, 0, [byte(0), byte(0)]);
  const properties = [
    integerProperty(propertyIds.maximumPacketSize, options.maxPacketSizeBytes),
    integerProperty(propertyIds.subscriptionIdentifiersAvailable, 0),
    integerProperty(propertyIds.sharedSubscriptionsAvailable, 0),
  ];
  if (options.assignedClientId !== null) {
    properties.push(textProperty(propertyIds.assignedClientId, options.assignedClientId));
  }
  return packet(CONNACK, 0, [byte(0), byte(0), propertyList(properties)]);
}

/** Codes differ between the versions: 3.1.1's return code, 5's reason code. */
export const connackRefused = (
  version: MqttVersion,
  code: { readonly v4: number; readonly v5: number },
): Bytes =>
  version === 4
    ? packet(CONNACK, 0, [byte(0), byte(code.v4)])
    : packet(CONNACK, 0, [byte(0), byte(code.v5), propertyList([])]);

export interface Delivery {
  readonly message: Message;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

/** `packetId` is left out with QoS 0. */
export function publish(version: MqttVersion, delivery: Delivery, packetId: number): Bytes {
  const { message, qos, retain } = delivery;
  return packet(PUBLISH, (qos << 1) | (retain ? 1 : 0), [
    text(message.topic),
    ...(qos === 1 ? [integer16(packetId)] : []),
    ...(version === 5 ? [propertyList([message.properties])] : []),
    message.payload,
  ]);
}

/** PUBACK, PUBREC or PUBCOMP; 3.1.1 knows no reasons. */
export const acknowledgement = (
  version: MqttVersion,
  type: number,
  packetId: number,
  reasonCode: number,
): Bytes =>
  packet(
    type,
    0,
    version === 5 && reasonCode !== 0 ? [integer16(packetId), byte(reasonCode)] : [integer16(packetId)],
  );

export const suback = (version: MqttVersion, packetId: number, codes: readonly number[]): Bytes =>
  packet(SUBACK, 0, [
    integer16(packetId),
    ...(version === 5 ? [propertyList([])] : []),
    new Uint8Array(codes),
  ]);

export const unsuback = (version: MqttVersion, packetId: number, codes: readonly number[]): Bytes =>
  packet(UNSUBACK, 0, [
    integer16(packetId),
    ...(version === 5 ? [propertyList([]), new Uint8Array(codes)] : []),
  ]);

export const pingresp = (): Bytes => packet(PINGRESP, 0, []);

/** MQTT 5 only: 3.1.1 brokers just close. */
export const disconnect = (reasonCode: number): Bytes => packet(DISCONNECT, 0, [byte(reasonCode)]);
