/** MQTT's wire types (MQTT 5.0, 1.5 and 2.1): cuts a byte stream into packets, reads and writes fields. No meaning. */
import { type Bytes, concatBytes, fromUtf8, utf8 } from '../shared/bytes.ts';

/** A packet that breaks the protocol; `reasonCode` is MQTT 5's, for DISCONNECT. Never leaves this folder. */
export class MqttProtocolError extends Error {
  readonly reasonCode: number;

  constructor(what: string, reasonCode: number = malformedPacket) {
    super(what);
    this.name = 'MqttProtocolError';
    this.reasonCode = reasonCode;
  }
}

export const malformedPacket = 0x81;
const packetTooLarge = 0x95;

export interface RawPacket {
  /** Control packet type, 1–15. */
  readonly type: number;
  readonly flags: number;
  readonly body: Bytes;
}

/** Collects bytes as they come and gives out whole packets. */
export class PacketSplitter {
  readonly #maxSizeBytes: number;
  #pending: Bytes = new Uint8Array(0);

  constructor(maxSizeBytes: number) {
    this.#maxSizeBytes = maxSizeBytes;
  }

  /** `bytes` are copied. Throws MqttProtocolError on a bad or too large length, before the body has come. */
  *push(bytes: Uint8Array): Generator<RawPacket, void> {
    const all = concatBytes([this.#pending, bytes]);
    let at = 0;
    for (;;) {
      const length = readLength(all, at + 1);
      if (length === null) break;
      const end = length.next + length.value;
      if (end - at > this.#maxSizeBytes) throw new MqttProtocolError('packet too large', packetTooLarge);
      if (end > all.length) break;
      const header = all[at] ?? 0;
      yield { type: header >> 4, flags: header & 15, body: all.slice(length.next, end) };
      at = end;
    }
    this.#pending = all.slice(at);
  }
}

/** A variable byte integer at `at`; null while it is not all there. */
function readLength(bytes: Uint8Array, at: number): { value: number; next: number } | null {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return null;
    value += (byte & 127) * 128 ** i;
    if (byte < 128) return { value, next: at + i + 1 };
  }
  throw new MqttProtocolError('length of more than four bytes');
}

/** Reads fields one after another; every overrun is a MqttProtocolError. */
export class FieldReader {
  readonly #bytes: Bytes;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(sizeBytes: number): Bytes {
    const end = this.#at + sizeBytes;
    if (end > this.#bytes.length) throw new MqttProtocolError('packet ends early');
    const part = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return part;
  }

  rest(): Bytes {
    return this.take(this.#bytes.length - this.#at);
  }

  /** Big endian, of 1, 2 or 4 bytes. */
  integer(sizeBytes: number): number {
    return this.take(sizeBytes).reduce((value, byte) => value * 256 + byte, 0);
  }

  variable(): number {
    const read = readLength(this.#bytes, this.#at);
    if (read === null) throw new MqttProtocolError('packet ends early');
    this.#at = read.next;
    return read.value;
  }

  binary(): Bytes {
    return this.take(this.integer(2));
  }

  text(): string {
    const bytes = this.binary();
    if (bytes.includes(0)) throw new MqttProtocolError('NUL in a string');
    try {
      return fromUtf8(bytes);
    } catch {
      throw new MqttProtocolError('a string is not UTF-8');
    }
  }
}

export const integer16 = (value: number): Bytes => new Uint8Array([value >> 8, value & 255]);

export const integer32 = (value: number): Bytes =>
  new Uint8Array([...integer16(value >>> 16), ...integer16(value & 0xffff)]);

export function variable(value: number): Bytes {
  const bytes: number[] = [];
  do {
    const low = value & 127;
    value >>>= 7;
    bytes.push(value > 0 ? low | 128 : low);
  } while (value > 0);
  return new Uint8Array(bytes);
}

export function text(value: string): Bytes {
  const bytes = utf8(value);
  return concatBytes([integer16(bytes.length), bytes]);
}

export function packet(type: number, flags: number, fields: readonly Uint8Array[]): Bytes {
  const sizeBytes = fields.reduce((sum, field) => sum + field.length, 0);
  return concatBytes([new Uint8Array([(type << 4) | flags]), variable(sizeBytes), ...fields]);
}
