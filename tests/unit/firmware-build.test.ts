import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const committed = path.join(root, 'firmware-bin');

it('the committed firmware is what its sources give, byte for byte', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'signet-firmware-'));
  try {
    execFileSync('bash', ['scripts/firmware-build.sh', folder], { cwd: root, stdio: 'pipe' });
    const names = readdirSync(folder).sort();
    expect(names).toContain('firmware.wasm');
    for (const name of names) {
      const built = readFileSync(path.join(folder, name));
      expect(built.equals(readFileSync(path.join(committed, name))), name).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

interface Manifest {
  readonly v: number;
  readonly version: string;
  readonly images: readonly {
    readonly file: string;
    readonly sizeBytes: number;
    readonly sha256: string;
  }[];
}

it('the manifest names every image with its size and SHA-256', () => {
  const manifest = JSON.parse(readFileSync(path.join(committed, 'manifest.json'), 'utf8')) as Manifest;
  const images = readdirSync(committed).filter((name) => name.endsWith('.bin'));
  expect(manifest).toMatchObject({ v: 1, version: '0.1.0' });
  expect(manifest.images.map(({ file }) => file).sort()).toEqual(images.sort());
  for (const { file, sizeBytes, sha256 } of manifest.images) {
    const bytes = readFileSync(path.join(committed, file));
    expect(bytes.length, file).toBe(sizeBytes);
    expect(createHash('sha256').update(bytes).digest('hex'), file).toBe(sha256);
  }
});
