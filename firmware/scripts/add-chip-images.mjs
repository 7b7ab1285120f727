// Puts the images that PlatformIO built beside the virtual ones and enters them in manifest.json with size, SHA-256 and
// source commit (docs/contracts.md, "Images and the flash map"). An image that cannot boot its layout is refused.
// Usage: node add-chip-images.mjs <PlatformIO build folder> <firmware-bin folder> <source commit>
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const IMAGE_MAGIC = 0xe9;
const FLASH_MODE_DOUT = 3;
// The boot loader fills the first sector; the program's own header stands behind it.
const PROGRAM_OFFSET = 0x1000;

/** Layouts that are built, with the flash size's code in the image header and the largest image. */
const layouts = [
  { name: '4m1m', flashSizeCode: 4, maxSketchBytes: 1044464 },
  { name: '4m2m', flashSizeCode: 4, maxSketchBytes: 1044464 },
  { name: '1m256', flashSizeCode: 2, maxSketchBytes: 761840 },
];

/** What is wrong with the image for that layout, or null. */
export function faultOf(bytes, layout) {
  if (bytes.length <= PROGRAM_OFFSET) return 'too short to hold a program';
  if (bytes.length > layout.maxSketchBytes) return `larger than the layout's ${layout.maxSketchBytes} bytes`;
  if (bytes[0] !== IMAGE_MAGIC || bytes[PROGRAM_OFFSET] !== IMAGE_MAGIC) return 'not an ESP8266 image';
  if (bytes[2] !== FLASH_MODE_DOUT) return `flash mode ${bytes[2]} instead of DOUT`;
  if (bytes[3] >> 4 !== layout.flashSizeCode) return `made for flash size code ${bytes[3] >> 4}`;
  return null;
}

/** Copies each image from `<buildFolder>/<layout>/firmware.bin` and returns the new manifest. */
export async function addChipImages(buildFolder, outFolder, sourceCommit) {
  if (!/^[0-9a-f]{40}$/.test(sourceCommit)) throw new Error(`not a commit: ${sourceCommit}`);
  const manifestPath = path.join(outFolder, 'manifest.json');
  const manifest = JSON.parse(await readFile(manifestPath, 'utf8'));
  const entries = [];
  for (const layout of layouts) {
    const bytes = await readFile(path.join(buildFolder, layout.name, 'firmware.bin'));
    const fault = faultOf(bytes, layout);
    if (fault) throw new Error(`${layout.name}: ${fault}`);
    const file = `signet-${manifest.version}-${layout.name}.bin`;
    await writeFile(path.join(outFolder, file), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const where = { file, kind: 'chip', layout: layout.name, offset: 0 };
    entries.push({ ...where, sizeBytes: bytes.length, sha256, source: sourceCommit });
  }
  const others = manifest.images.filter((image) => image.kind !== 'chip');
  const complete = { ...manifest, images: [...entries, ...others] };
  await writeFile(manifestPath, `${JSON.stringify(complete, null, 2)}\n`);
  return complete;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [buildFolder, outFolder, sourceCommit] = process.argv.slice(2);
  const { images } = await addChipImages(buildFolder, outFolder, sourceCommit ?? '');
  for (const image of images) console.log(`${image.sha256}  ${image.sizeBytes}  ${image.file}`);
}
