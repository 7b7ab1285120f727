/** SLIP framing (RFC 1055) as the ESP8266's loaders use it. Knows nothing of what a frame holds. */
import type { Bytes } from '../shared/bytes.ts';

const END = 0xc0;
const ESC = 0xdb;
const ESC_END = 0xdc;
const ESC_ESC = 0xdd;

export function encodeSlip(payload: Uint8Array): Bytes {
  const out = new Uint8Array(2 * payload.length + 2);
  let at = 0;
  out[at++] = END;
  for (const byte of payload) {
    if (byte === END || byte === ESC) {
      out[at++] = ESC;
      out[at++] = byte === END ? ESC_END : ESC_ESC;
    } else {
      out[at++] = byte;
    }
  }
  out[at++] = END;
  return out.slice(0, at);
}

/**
 * The loaders' receiving side. A delimiter opens or closes a frame in turn: an empty frame closes too, so one lost
 * delimiter puts every later frame out of step, as on the chip.
 */
export class SlipDecoder {
  readonly #buffer: Uint8Array;
  #length = 0;
  #state: 'between' | 'inside' | 'escaping' = 'between';

  /** A frame longer than `capacityBytes` is dropped. */
  constructor(capacityBytes: number) {
    this.#buffer = new Uint8Array(capacityBytes);
  }

  /** Takes one byte; returns a frame when it completes one. */
  push(byte: number): Bytes | null {
    if (this.#state === 'between') {
      if (byte === END) this.#open();
      return null;
    }
    if (this.#state === 'escaping') {
      this.#unescape(byte);
      return null;
    }
    if (byte === END) return this.#close();
    if (byte === ESC) this.#state = 'escaping';
    else this.#put(byte);
    return null;
  }

  #open(): void {
    this.#length = 0;
    this.#state = 'inside';
  }

  #close(): Bytes | null {
    this.#state = 'between';
    return this.#length === 0 ? null : this.#buffer.slice(0, this.#length);
  }

  #unescape(byte: number): void {
    this.#state = 'inside';
    if (byte === ESC_END) this.#put(END);
    else if (byte === ESC_ESC) this.#put(ESC);
    else this.#state = 'between';
  }

  #put(byte: number): void {
    if (this.#length === this.#buffer.length) {
      this.#state = 'between';
      return;
    }
    this.#buffer[this.#length++] = byte;
  }
}
