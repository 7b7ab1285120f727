/** The Linux home's own littlefs reader against images made, and aged, by the C reference. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { buildHost, removeFolder, temporaryFolder } from './firmware-host-bench.ts';

interface Vector {
  readonly file: string;
  readonly flashSize: number;
  readonly fsOffset: number;
  readonly blockSize: number;
  readonly blockCount: number;
  readonly expectMountOnEsp8266Core: boolean;
  readonly entries: readonly { path: string; type: string; size: number; sha256: string }[];
}

const vectorFolder = path.resolve(import.meta.dirname, '../fixtures/littlefs');
const manifest = JSON.parse(readFileSync(path.join(vectorFolder, 'manifest.json'), 'utf8')) as {
  vectors: readonly Vector[];
};
const mountable = manifest.vectors.filter((vector) => vector.expectMountOnEsp8266Core);
const refused = manifest.vectors.filter((vector) => !vector.expectMountOnEsp8266Core);

const folder = temporaryFolder();
const program = buildHost('driver');
afterAll(() => removeFolder(folder));

const imageOf = (vector: Vector): Buffer =>
  gunzipSync(readFileSync(path.join(vectorFolder, vector.file))).subarray(
    0,
    vector.blockSize * vector.blockCount,
  );

function write(bytes: Uint8Array): string {
  const file = path.join(folder, 'image.bin');
  writeFileSync(file, bytes);
  return file;
}

const list = (...options: readonly string[]): string[] =>
  execFileSync(program, ['--list-files', ...options], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .sort();

const expected = (vector: Vector): string[] =>
  vector.entries
    .filter((entry) => entry.type === 'file')
    .map((entry) => `${entry.path} ${entry.size} ${entry.sha256}`)
    .sort();

const geometry = (vector: Vector): string[] => [
  ...['--block-size', String(vector.blockSize)],
  ...['--block-count', String(vector.blockCount)],
];

describe('the image reader', () => {
  it.each(mountable)('reads every file of $file, given the geometry or not', (vector) => {
    const image = write(imageOf(vector));
    expect(list('--image', image, ...geometry(vector))).toEqual(expected(vector));
    expect(list('--image', image)).toEqual(expected(vector));
  });

  it('finds the file system inside a dump of the whole flash', () => {
    const vector = mountable.find(({ file }) => file === 'aged-1m64-provision6.bin.gz');
    if (!vector) throw new Error('the fixture is missing');
    const flash = Buffer.alloc(vector.flashSize, 0xff);
    flash.set(imageOf(vector), vector.fsOffset);
    const where = ['--flash', write(flash), '--fs-offset', String(vector.fsOffset), ...geometry(vector)];
    expect(list(...where)).toEqual(expected(vector));
  });

  it.each(refused)('refuses $file, as the chip does', (vector) => {
    const { status } = spawnSync(program, [
      '--list-files',
      '--image',
      write(imageOf(vector)),
      ...geometry(vector),
    ]);
    expect(status).toBe(1);
  });

  it('refuses an erased flash, a cut image and a wrong geometry', () => {
    const vector = mountable.find(({ file }) => file === '1m64-provision6.bin.gz');
    if (!vector) throw new Error('the fixture is missing');
    const status = (bytes: Uint8Array, ...options: string[]): number | null =>
      spawnSync(program, ['--list-files', '--image', write(bytes), ...options]).status;
    expect(status(Buffer.alloc(65_536, 0xff), ...geometry(vector))).toBe(1);
    expect(status(imageOf(vector).subarray(0, 40_000), ...geometry(vector))).toBe(1);
    expect(status(imageOf(vector), '--block-size', '8192', '--block-count', '8')).toBe(1);
  });

  it('survives any single damaged byte in the first pair without reading beyond the image', () => {
    const vector = mountable.find(({ file }) => file === '1m64-one-inline.bin.gz');
    if (!vector) throw new Error('the fixture is missing');
    for (let at = 0; at < 160; at += 3) {
      const image = Buffer.from(imageOf(vector));
      image[at] = (image[at] ?? 0) ^ 0x41;
      const { signal } = spawnSync(program, ['--list-files', '--image', write(image), ...geometry(vector)]);
      expect(signal, `byte ${at}`).toBeNull();
    }
  });
});
