/** MQTT 5's property lists (MQTT 5.0, 2.2.2): reads them, keeps each property's bytes, passes on what a message keeps. */
import { type Bytes, concatBytes } from '../shared/bytes.ts';
import { FieldReader, MqttProtocolError, integer16, integer32, text, variable } from './mqtt-bytes.ts';

export const propertyIds = {
  subscriptionIdentifier: 0x0b,
  assignedClientId: 0x12,
  receiveMaximum: 0x21,
  topicAlias: 0x23,
  maximumPacketSize: 0x27,
  subscriptionIdentifiersAvailable: 0x29,
  sharedSubscriptionsAvailable: 0x2a,
} as const;

type PropertyKind = 1 | 2 | 4 | 'variable' | 'text' | 'binary' | 'pair';

const kinds: ReadonlyMap<number, PropertyKind> = new Map([
  ...[0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a].map((id): [number, PropertyKind] => [id, 1]),
  ...[0x13, 0x21, 0x22, 0x23].map((id): [number, PropertyKind] => [id, 2]),
  ...[0x02, 0x11, 0x18, 0x27].map((id): [number, PropertyKind] => [id, 4]),
  ...[0x03, 0x08, 0x12, 0x15, 0x1a, 0x1c, 0x1f].map((id): [number, PropertyKind] => [id, 'text']),
  ...[0x09, 0x16].map((id): [number, PropertyKind] => [id, 'binary']),
  [0x0b, 'variable'],
  [0x26, 'pair'],
]);

/** Payload format, expiry, content type, response topic, correlation data, user properties. */
const passedOn = new Set([0x01, 0x02, 0x03, 0x08, 0x09, 0x26]);
const userProperty = 0x26;

export interface Properties {
  /** Values of the properties that are integers. */
  readonly integers: ReadonlyMap<number, number>;
  /** The properties a published message keeps, encoded, without the list's length. */
  readonly passedOn: Bytes;
}

export const noProperties: Properties = { integers: new Map(), passedOn: new Uint8Array(0) };

export function readProperties(reader: FieldReader): Properties {
  const list = new FieldReader(reader.take(reader.variable()));
  const integers = new Map<number, number>();
  const kept: Uint8Array[] = [];
  const seen = new Set<number>();
  while (!list.atEnd) {
    const id = list.variable();
    if (seen.has(id) && id !== userProperty) throw new MqttProtocolError('property twice', 0x82);
    seen.add(id);
    const bytes = readValue(list, id, integers);
    if (passedOn.has(id)) kept.push(new Uint8Array([id]), bytes);
  }
  return { integers, passedOn: concatBytes(kept) };
}

/** The value's bytes, encoded again. */
function readValue(list: FieldReader, id: number, integers: Map<number, number>): Bytes {
  const kind = kinds.get(id);
  switch (kind) {
    case undefined:
      throw new MqttProtocolError('unknown property');
    case 'text':
      return text(list.text());
    case 'pair':
      return concatBytes([text(list.text()), text(list.text())]);
    case 'binary': {
      const value = list.binary();
      return concatBytes([integer16(value.length), value]);
    }
    default: {
      const value = kind === 'variable' ? list.variable() : list.integer(kind);
      integers.set(id, value);
      return encodeInteger(kind, value);
    }
  }
}

function encodeInteger(kind: 1 | 2 | 4 | 'variable', value: number): Bytes {
  if (kind === 'variable') return variable(value);
  return integer32(value).slice(4 - kind);
}

/** A whole list, with its length before it. */
export const propertyList = (encoded: readonly Uint8Array[]): Bytes => {
  const bytes = concatBytes(encoded);
  return concatBytes([variable(bytes.length), bytes]);
};

export const integerProperty = (id: number, value: number): Bytes => {
  const kind = kinds.get(id);
  if (typeof kind !== 'number') throw new RangeError('no integer property');
  return concatBytes([new Uint8Array([id]), encodeInteger(kind, value)]);
};

export const textProperty = (id: number, value: string): Bytes =>
  concatBytes([new Uint8Array([id]), text(value)]);
