/** What the littlefs tests share: contents by the rule of the reference images, trees as entries, seeded garbage. */
import type { Bytes } from '../../src/shared/bytes.ts';
import type { Entry, LittleFsTree } from '../../src/littlefs/types.ts';

const PERIOD_BYTES = 4093;

/** The deterministic content of tests/fixtures/littlefs/manifest.json ("contentRule"). */
export function vectorContent(path: string, sizeBytes: number): Bytes {
  let x = zlibCrc32(new TextEncoder().encode(path)) || 1;
  const period = new Uint8Array(PERIOD_BYTES);
  for (let i = 0; i < PERIOD_BYTES; i++) {
    x = xorshift(x);
    period[i] = x & 0xff;
  }
  const content = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += PERIOD_BYTES) content.set(period.subarray(0, sizeBytes - at), at);
  const words = new DataView(content.buffer);
  for (let at = 0; at + 4 <= sizeBytes; at += 1024) words.setUint32(at, at, true);
  return content;
}

/** Looks like a used flash: no run of one byte, the same for the same seed. */
export function garbage(sizeBytes: number, seed: number): Bytes {
  let x = seed >>> 0 || 1;
  return Uint8Array.from({ length: sizeBytes }, () => {
    x = xorshift(x);
    return x & 0xff;
  });
}

export const readTreeToEntries = (tree: LittleFsTree): Entry[] =>
  tree.entries.map((entry) =>
    entry.kind === 'directory'
      ? { kind: 'directory', path: entry.path }
      : { path: entry.path, content: entry.read() },
  );

function xorshift(value: number): number {
  let x = value;
  x = (x ^ (x << 13)) >>> 0;
  x = (x ^ (x >>> 17)) >>> 0;
  return (x ^ (x << 5)) >>> 0;
}

function zlibCrc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
