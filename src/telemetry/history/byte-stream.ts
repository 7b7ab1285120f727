/** Writing and reading the numbers of the history's formats: LEB128 integers, zigzag for signed ones, IEEE doubles. */
import { AppError } from '../../shared/errors.ts';
import { fromUtf8, utf8, type Bytes } from '../../shared/bytes.ts';

const smallest = 2 ** 31;

export class ByteWriter {
  #bytes = new Uint8Array(256);
  #size = 0;

  byte(value: number): void {
    if (this.#size === this.#bytes.length) this.#makeRoom(1);
    this.#bytes[this.#size++] = value;
  }

  /** A whole number from 0 to 2^53 − 1. */
  unsigned(value: number): void {
    let rest = value;
    while (rest >= smallest) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.byte((rest & 127) | 128);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** A whole number within ±2^52. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value);
  }

  float64(value: number): void {
    this.#makeRoom(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#size, value, true);
    this.#size += 8;
  }

  float32(value: number): void {
    this.#makeRoom(4);
    new DataView(this.#bytes.buffer).setFloat32(this.#size, value, true);
    this.#size += 4;
  }

  bytes(part: Uint8Array): void {
    this.#makeRoom(part.length);
    this.#bytes.set(part, this.#size);
    this.#size += part.length;
  }

  text(text: string): void {
    const bytes = utf8(text);
    this.unsigned(bytes.length);
    this.bytes(bytes);
  }

  /** A copy of what was written. */
  finish(): Bytes {
    return this.#bytes.slice(0, this.#size);
  }

  #makeRoom(sizeBytes: number): void {
    if (this.#size + sizeBytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#size + sizeBytes));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/** Every read beyond the end throws history.damaged. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new AppError('history.damaged');
    this.#at += 1;
    return value;
  }

  unsigned(): number {
    let byte = this.byte();
    if (byte < 128) return byte;
    let value = byte & 127;
    let factor = 128;
    do {
      byte = this.byte();
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127 && factor < 2 ** 56);
    if (!Number.isSafeInteger(value)) throw new AppError('history.damaged');
    return value;
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float64(): number {
    return this.#view(8).getFloat64(0, true);
  }

  float32(): number {
    return this.#view(4).getFloat32(0, true);
  }

  bytes(sizeBytes: number): Uint8Array {
    if (sizeBytes > this.left) throw new AppError('history.damaged');
    this.#at += sizeBytes;
    return this.#bytes.subarray(this.#at - sizeBytes, this.#at);
  }

  text(): string {
    try {
      return fromUtf8(this.bytes(this.unsigned()));
    } catch (cause) {
      throw cause instanceof AppError ? cause : new AppError('history.damaged', { cause });
    }
  }

  #view(sizeBytes: number): DataView {
    const { buffer, byteOffset } = this.bytes(sizeBytes);
    return new DataView(buffer, byteOffset, sizeBytes);
  }

  /** How many of something follow, each at least a byte long: a damaged count must not ask for gigabytes. */
  count(): number {
    const value = this.unsigned();
    if (value > this.left) throw new AppError('history.damaged');
    return value;
  }
}
