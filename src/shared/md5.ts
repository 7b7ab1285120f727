/**
 * MD5 (RFC 1321), because the ESP8266's flasher stub speaks no other digest. For comparing flash contents only: never
 * for anything secret.
 */
import { toHex } from './bytes.ts';

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);
const BLOCK_BYTES = 64;

/** Lower-case hex digest. */
export function md5Hex(bytes: Uint8Array): string {
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
  const words = new Int32Array(16);
  const whole = bytes.length - (bytes.length % BLOCK_BYTES);
  absorb(state, words, bytes.subarray(0, whole));
  absorb(state, words, lastBlocks(bytes.subarray(whole), bytes.length));
  return toHex(littleEndian(state));
}

/** The rest of the message, the bit 1, zeros, and the length in bits. */
function lastBlocks(rest: Uint8Array, totalBytes: number): Uint8Array {
  const padded = new Uint8Array(rest.length < BLOCK_BYTES - 8 ? BLOCK_BYTES : 2 * BLOCK_BYTES);
  padded.set(rest);
  padded[rest.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, (totalBytes << 3) >>> 0, true);
  view.setUint32(padded.length - 4, Math.floor(totalBytes / 2 ** 29), true);
  return padded;
}

function absorb(state: Int32Array, words: Int32Array, blocks: Uint8Array): void {
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  for (let at = 0; at < blocks.length; at += BLOCK_BYTES) {
    for (let i = 0; i < 16; i += 1) words[i] = view.getInt32(at + 4 * i, true);
    compress(state, words);
  }
}

function compress(state: Int32Array, words: Int32Array): void {
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  for (let i = 0; i < 64; i += 1) {
    const round = i >> 4;
    const mixed = (a + mix(round, b, c, d) + (SINES[i] ?? 0) + (words[wordIndex(round, i)] ?? 0)) | 0;
    const shift = SHIFTS[4 * round + (i & 3)] ?? 0;
    [a, d, c] = [d, c, b];
    b = (b + ((mixed << shift) | (mixed >>> (32 - shift)))) | 0;
  }
  state.set([
    ((state[0] ?? 0) + a) | 0,
    ((state[1] ?? 0) + b) | 0,
    ((state[2] ?? 0) + c) | 0,
    ((state[3] ?? 0) + d) | 0,
  ]);
}

function mix(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 1) return (b & d) | (c & ~d);
  if (round === 2) return b ^ c ^ d;
  return c ^ (b | ~d);
}

function wordIndex(round: number, i: number): number {
  if (round === 0) return i;
  if (round === 1) return (5 * i + 1) & 15;
  if (round === 2) return (3 * i + 5) & 15;
  return (7 * i) & 15;
}

function littleEndian(state: Int32Array): Uint8Array {
  const out = new DataView(new ArrayBuffer(16));
  state.forEach((word, i) => out.setInt32(4 * i, word, true));
  return new Uint8Array(out.buffer);
}
