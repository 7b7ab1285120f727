/** What the littlefs tests share: contents by the rule of the reference images, trees as entries, seeded garbage. */
import { createHash } from 'node:crypto';
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
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let i = 0; i < words.length; i++) words[i] = x = xorshift(x);
  return new Uint8Array(words.buffer, 0, sizeBytes);
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

export const compareEntries = (a: Entry, b: Entry): number => (a.path < b.path ? -1 : 1);

/** Equal up to order, and up to the directories that the files of `wanted` imply. Fast for large contents. */
export function sameEntries(found: readonly Entry[], wanted: readonly Entry[]): boolean {
  const key = (entry: Entry): string =>
    entry.kind === 'directory'
      ? `${entry.path}/`
      : `${entry.path} ${createHash('sha256').update(entry.content).digest('hex')}`;
  const implied = wanted.flatMap(({ path }) => {
    const names = path.split('/');
    return names.slice(2).map((_, i) => `${names.slice(0, i + 2).join('/')}/`);
  });
  const expected = new Set([...wanted.map(key), ...implied]);
  return found.length === expected.size && found.every((entry) => expected.has(key(entry)));
}
