/** CRC-32: reflected 0xEDB88320 without the final XOR, as LittleFS wants it (SPEC.md, "CRC"). Knows nothing of formats. */

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** Continues `crc` (start with 0xffffffff) over bytes `from` (inclusive) to `to` (exclusive). */
export function crc32(crc: number, bytes: Uint8Array, from: number, to: number): number {
  let value = crc;
  for (let at = from; at < to; at++) value = (value >>> 8) ^ (table[(value ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return value >>> 0;
}
