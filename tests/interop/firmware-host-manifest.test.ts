/** The release's last step: images built for the chip are checked and entered in the manifest beside the virtual ones. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from './firmware-host-bench.ts';

const script = path.resolve(import.meta.dirname, '../../firmware/scripts/add-chip-images.mjs');
const commit = '0123456789abcdef0123456789abcdef01234567';
const virtual = { file: 'virtual-4m2m.bin', kind: 'virtual', layout: '4m2m', offset: 0, sizeBytes: 3 };

let folder: string;

/** The header of an image: magic, DOUT, flash size code (4 is 4 MB, 2 is 1 MB), and the program's own header. */
function image(
  flashSizeCode: number,
  changes: Readonly<Record<number, number>> = {},
  sizeBytes = 8192,
): Buffer {
  const bytes = Buffer.alloc(sizeBytes, 0x11);
  bytes.set([0xe9, 1, 3, flashSizeCode << 4]);
  bytes[0x1000] = 0xe9;
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
  return bytes;
}

function built(images: Readonly<Record<string, Buffer>>): string[] {
  for (const [layout, bytes] of Object.entries(images)) {
    mkdirSync(path.join(folder, 'build', layout), { recursive: true });
    writeFileSync(path.join(folder, 'build', layout, 'firmware.bin'), bytes);
  }
  return [script, path.join(folder, 'build'), path.join(folder, 'out'), commit];
}

const good = { '4m1m': image(4), '4m2m': image(4), '1m256': image(2) };

beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(path.join(folder, 'out'));
  const stale = { ...virtual, file: 'old.bin', kind: 'chip' };
  const manifest = { v: 1, version: '0.1.0', images: [virtual, stale] };
  writeFileSync(path.join(folder, 'out/manifest.json'), JSON.stringify(manifest));
});

afterEach(() => removeFolder(folder));

it('enters every layout with size, digest and source, and keeps the virtual images', () => {
  execFileSync(process.execPath, built(good));
  const manifest = JSON.parse(readFileSync(path.join(folder, 'out/manifest.json'), 'utf8')) as {
    images: Record<string, unknown>[];
  };
  expect(manifest.images.map(({ kind, layout }) => `${String(kind)} ${String(layout)}`)).toEqual([
    'chip 4m1m',
    'chip 4m2m',
    'chip 1m256',
    'virtual 4m2m',
  ]);
  const [first] = manifest.images;
  const copied = readFileSync(path.join(folder, 'out', String(first?.['file'])));
  expect(copied).toEqual(good['4m1m']);
  expect(first).toMatchObject({
    sizeBytes: 8192,
    sha256: createHash('sha256').update(copied).digest('hex'),
    source: commit,
  });
});

it.each([
  ['without the magic byte', image(4, { 0: 0 }), 'not an ESP8266 image'],
  ['without a program behind the boot loader', image(4, { 0x1000: 0 }), 'not an ESP8266 image'],
  ['in another flash mode', image(4, { 2: 0 }), 'instead of DOUT'],
  ['for another flash size', image(2), 'flash size code 2'],
  ['beyond the program area', image(4, {}, 1_044_465), 'larger than'],
])('refuses an image %s and leaves the manifest as it was', (_name, bytes, reason) => {
  const before = readFileSync(path.join(folder, 'out/manifest.json'), 'utf8');
  const run = spawnSync(process.execPath, built({ ...good, '4m2m': bytes }), { encoding: 'utf8' });
  expect(run.status).toBe(1);
  expect(run.stderr).toContain(`4m2m: `);
  expect(run.stderr).toContain(reason);
  expect(readFileSync(path.join(folder, 'out/manifest.json'), 'utf8')).toBe(before);
});
