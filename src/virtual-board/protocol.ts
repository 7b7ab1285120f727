/**
 * The serial protocol's packets, shared by ROM and stub: opcodes, request and response layout.
 * Layout after Espressif's "Serial Protocol" (esptool documentation).
 */
import { concatBytes, type Bytes } from '../shared/bytes.ts';

export const FLASH_BEGIN = 0x02;
export const FLASH_DATA = 0x03;
export const FLASH_END = 0x04;
export const MEM_BEGIN = 0x05;
export const MEM_END = 0x06;
export const MEM_DATA = 0x07;
export const SYNC = 0x08;
export const WRITE_REG = 0x09;
export const READ_REG = 0x0a;
export const SPI_SET_PARAMS = 0x0b;
export const PIN_READ = 0x0c;
export const SPI_ATTACH = 0x0d;
export const CHANGE_BAUDRATE = 0x0f;
export const FLASH_DEFL_BEGIN = 0x10;
export const FLASH_DEFL_DATA = 0x11;
export const FLASH_DEFL_END = 0x12;
export const SPI_FLASH_MD5 = 0x13;
export const ERASE_FLASH = 0xd0;
export const ERASE_REGION = 0xd1;
export const READ_FLASH = 0xd2;
export const RUN_USER_CODE = 0xd3;

export const DATA_HEADER_BYTES = 16;
const HEADER_BYTES = 8;
const CHECKSUM_SEED = 0xef;

export interface Request {
  readonly direction: number;
  readonly opcode: number;
  readonly checksum: number;
  /** The size field; `data` may be shorter or longer on a bad line. */
  readonly sizeBytes: number;
  readonly data: Bytes;
}

/** Null for anything shorter than a header. */
export function parseRequest(frame: Bytes): Request | null {
  if (frame.length < HEADER_BYTES) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  return {
    direction: view.getUint8(0),
    opcode: view.getUint8(1),
    sizeBytes: view.getUint16(2, true),
    checksum: view.getUint32(4, true),
    data: frame.slice(HEADER_BYTES),
  };
}

/** The `index`-th little-endian word of a request's data; 0 past its end. */
export function word(data: Uint8Array, index: number): number {
  const at = 4 * index;
  if (at + 4 > data.length) return 0;
  return new DataView(data.buffer, data.byteOffset, data.length).getUint32(at, true);
}

/** XOR of 0xef and every byte. */
export function payloadChecksum(payload: Uint8Array): number {
  let sum = CHECKSUM_SEED;
  for (let i = 0; i < payload.length; i++) sum ^= payload[i] ?? 0;
  return sum;
}

export interface Response {
  readonly opcode: number;
  readonly value: number;
  readonly data?: Uint8Array;
  /** The two bytes that end every response. */
  readonly status: readonly [number, number];
}

export function encodeResponse({ opcode, value, data = new Uint8Array(0), status }: Response): Bytes {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, opcode);
  view.setUint16(2, data.length + status.length, true);
  view.setUint32(4, value, true);
  return concatBytes([header, data, Uint8Array.from(status)]);
}
