/** Serial Line Internet Protocol (RFC 1055) as the ESP boot loaders use it. Knows nothing of what the frames mean. */
const END = 0xc0;
const ESC = 0xdb;
const ESC_END = 0xdc;
const ESC_ESC = 0xdd;

/** One frame, between two delimiters. */
export function slipEncode(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  let escapes = 0;
  for (const byte of payload) if (byte === END || byte === ESC) escapes += 1;
  const out = new Uint8Array(payload.length + escapes + 2);
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
  out[at] = END;
  return out;
}

/**
 * Collects frames from chunks of any size. Every delimiter ends a frame and empty frames are dropped, so a lost or
 * doubled delimiter costs one frame at most and never the phase.
 */
export class SlipDecoder {
  #partial: number[] = [];
  #escaping = false;

  /** The frames that end in this chunk. */
  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (const byte of chunk) {
      if (byte === END) this.#finish(frames);
      else this.#take(byte);
    }
    return frames;
  }

  /** Forgets what has arrived of an unfinished frame. */
  reset(): void {
    this.#partial = [];
    this.#escaping = false;
  }

  #finish(frames: Uint8Array[]): void {
    if (this.#partial.length > 0) frames.push(Uint8Array.from(this.#partial));
    this.reset();
  }

  #take(byte: number): void {
    if (this.#escaping) {
      this.#partial.push(byte === ESC_END ? END : byte === ESC_ESC ? ESC : byte);
      this.#escaping = false;
    } else if (byte === ESC) {
      this.#escaping = true;
    } else {
      this.#partial.push(byte);
    }
  }
}
