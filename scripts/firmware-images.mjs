// Wraps firmware.wasm into one virtual image per layout and writes manifest.json (docs/contracts.md, "Images").
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.resolve(process.argv[2] ?? path.join(root, 'firmware-bin'));

const { module: images } = await runnerImport(path.join(root, 'src/contract/firmware-image.ts'), {
  configFile: false,
  root,
  logLevel: 'error',
});
const versionSource = await readFile(path.join(root, 'firmware/src/core/version.h'), 'utf8');
const version = /kVersion = "([^"]+)"/.exec(versionSource)?.[1];
if (!version) throw new Error('firmware/src/core/version.h names no version');

const wasm = new Uint8Array(await readFile(path.join(folder, 'firmware.wasm')));
const entries = [];
for (const layout of ['4m1m', '4m2m', '1m256']) {
  const bytes = images.buildVirtualImage({ layout, wasm });
  const file = `virtual-${layout}.bin`;
  await writeFile(path.join(folder, file), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  entries.push({ file, kind: 'virtual', layout, offset: 0, sizeBytes: bytes.length, sha256, source: null });
}
const manifest = { v: 1, version, images: entries };
await writeFile(path.join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
