/**
 * ESP8266 program images (esptool's `elf2image` version 1) and the virtual image wrapped in the same form
 * (docs/contracts.md, "Images and the flash map"). Pure: knows nothing of ports or of where an image is written.
 *
 * ```
 * 0  magic 0xe9 | segment count | flash mode | size << 4 | frequency | u32le entry
 * 8  per segment: u32le address | u32le size | bytes
 *    zeros up to one byte before a multiple of 16, then the checksum: 0xef XOR every byte of every segment
 * ```
 */
import { concatBytes, u32le, utf8, type Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { layoutNamed } from './flash-layouts.ts';

const ESP_IMAGE_MAGIC = 0xe9;
const ESP_CHECKSUM_MAGIC = 0xef;
const headerSizeBytes = 8;
const segmentHeaderSizeBytes = 8;
const maxSegments = 16;

const flashModes = ['qio', 'qout', 'dio', 'dout'] as const;
export type FlashMode = (typeof flashModes)[number];

/** By the high nibble of header byte 3. */
const flashSizesKiB: Readonly<Record<number, number>> = {
  0: 512,
  1: 256,
  2: 1024,
  3: 2048,
  4: 4096,
  5: 2048,
  6: 4096,
  8: 8192,
  9: 16384,
};
/** By the low nibble of header byte 3. */
const flashFrequenciesMHz: Readonly<Record<number, number>> = { 0: 40, 1: 26, 2: 20, 15: 80 };

export interface ImageSegment {
  /** Where the boot ROM loads it. */
  readonly address: number;
  /** Of its first byte, in the file. */
  readonly offset: number;
  readonly size: number;
}

export interface FirmwareImage {
  readonly entry: number;
  readonly segments: readonly ImageSegment[];
  readonly flashMode: FlashMode | null;
  readonly flashSizeBytes: number | null;
  readonly flashFrequencyMHz: number | null;
  /** Up to and with the checksum; an Arduino program has more behind it (its boot loader comes first). */
  readonly sizeBytes: number;
}

/**
 * Reads the image at the start of `bytes`; more may follow it.
 * @throws AppError firmware.not-esp8266, firmware.truncated, firmware.bad-checksum
 */
export function parseFirmwareImage(bytes: Uint8Array): FirmwareImage {
  const segments = imageSegments(bytes);
  const last = segments.at(-1);
  const endOfSegments = last ? last.offset + last.size : headerSizeBytes;
  const sizeBytes = Math.ceil((endOfSegments + 1) / 16) * 16;
  requireBytes(bytes, sizeBytes);
  if (checksumOf(bytes, segments) !== bytes[sizeBytes - 1]) throw new AppError('firmware.bad-checksum');
  return {
    entry: readU32(bytes, 4),
    segments,
    flashMode: flashModes[bytes[2] ?? 0] ?? null,
    flashSizeBytes: kibToBytes(flashSizesKiB[(bytes[3] ?? 0) >> 4]),
    flashFrequencyMHz: flashFrequenciesMHz[(bytes[3] ?? 0) & 15] ?? null,
    sizeBytes,
  };
}

/**
 * The segments that the header names, whole; the checksum is not looked at.
 * @throws AppError firmware.not-esp8266, firmware.truncated
 */
export const imageSegments = (bytes: Uint8Array): ImageSegment[] =>
  readSegments(bytes, readSegmentCount(bytes));

/** How the header asks the boot ROM to read the flash; null when it says nothing that exists. */
export const flashModeOf = (bytes: Uint8Array): FlashMode | null => flashModes[bytes[2] ?? 0xff] ?? null;

function readSegmentCount(bytes: Uint8Array): number {
  if (bytes.length === 0) throw new AppError('firmware.truncated', { details: { haveBytes: 0 } });
  if (bytes[0] !== ESP_IMAGE_MAGIC) {
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const why = isGzip ? 'it is compressed (gzip); unpack it first' : 'it does not begin with 0xE9';
    throw new AppError('firmware.not-esp8266', { details: { why } });
  }
  requireBytes(bytes, headerSizeBytes);
  const count = bytes[1] ?? 0;
  if (count === 0 || count > maxSegments) {
    throw new AppError('firmware.not-esp8266', { details: { why: `it claims ${count} segments` } });
  }
  return count;
}

function readSegments(bytes: Uint8Array, count: number): ImageSegment[] {
  const segments: ImageSegment[] = [];
  let at = headerSizeBytes;
  for (let i = 0; i < count; i++) {
    requireBytes(bytes, at + segmentHeaderSizeBytes);
    const size = readU32(bytes, at + 4);
    const offset = at + segmentHeaderSizeBytes;
    requireBytes(bytes, offset + size);
    segments.push({ address: readU32(bytes, at), offset, size });
    at = offset + size;
  }
  return segments;
}

function checksumOf(bytes: Uint8Array, segments: readonly ImageSegment[]): number {
  let sum = ESP_CHECKSUM_MAGIC;
  for (const { offset, size } of segments) {
    for (const byte of bytes.subarray(offset, offset + size)) sum ^= byte;
  }
  return sum;
}

function requireBytes(bytes: Uint8Array, count: number): void {
  if (bytes.length < count) {
    throw new AppError('firmware.truncated', { details: { haveBytes: bytes.length } });
  }
}

const readU32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);

const kibToBytes = (kib: number | undefined): number | null => (kib === undefined ? null : kib * 1024);

// --- the virtual board's image ---

/** Stands at the start of the only segment: no program of a real chip begins like this. */
const virtualMarker = utf8('SIGNET-VIRTUAL\0\x01');
const layoutNameSizeBytes = 8;
const preambleSizeBytes = virtualMarker.length + layoutNameSizeBytes + 4;
/** In the chip's instruction RAM; nothing is ever loaded there. */
const virtualAddress = 0x4010_0000;

export interface VirtualImage {
  /** Name of a flash layout, for example "4m2m". */
  readonly layout: string;
  readonly wasm: Bytes;
}

/**
 * The layout that a virtual image names, damaged or not; null for an image of another kind.
 * @throws AppError firmware.not-esp8266, firmware.truncated
 */
export function virtualLayoutOf(bytes: Uint8Array): string | null {
  const content = virtualContent(bytes);
  return content && layoutNameIn(content);
}

/**
 * What a virtual image holds, or null when the bytes are an image of another kind.
 * @throws AppError as parseFirmwareImage does
 */
export function readVirtualImage(bytes: Uint8Array): VirtualImage | null {
  parseFirmwareImage(bytes);
  const content = virtualContent(bytes);
  if (!content) return null;
  const wasmSizeBytes = readU32(content, preambleSizeBytes - 4);
  if (wasmSizeBytes > content.length - preambleSizeBytes) return null;
  return {
    layout: layoutNameIn(content),
    wasm: content.slice(preambleSizeBytes, preambleSizeBytes + wasmSizeBytes),
  };
}

function virtualContent(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const [segment, ...others] = imageSegments(bytes);
  if (!segment || others.length > 0 || segment.size < preambleSizeBytes) return null;
  const content = bytes.slice(segment.offset, segment.offset + segment.size);
  return virtualMarker.every((byte, i) => byte === content[i]) ? content : null;
}

const layoutNameIn = (content: Uint8Array): string =>
  String.fromCharCode(
    ...content.subarray(virtualMarker.length, virtualMarker.length + layoutNameSizeBytes),
  ).replace(/\0+$/, '');

/**
 * A valid ESP8266 image around a WebAssembly module.
 * @throws AppError flash.layout-unknown, flash.layout-without-files
 */
export function buildVirtualImage({
  layout,
  wasm,
}: {
  readonly layout: string;
  readonly wasm: Uint8Array;
}): Bytes {
  const { flashSizeBytes } = layoutNamed(layout);
  const name = new Uint8Array(layoutNameSizeBytes);
  name.set(utf8(layout));
  const padding = new Uint8Array(-wasm.length & 3);
  const content = concatBytes([virtualMarker, name, u32le(wasm.length), wasm, padding]);
  const header = Uint8Array.of(
    ESP_IMAGE_MAGIC,
    1,
    flashModes.indexOf('dio'),
    sizeNibble(flashSizeBytes) << 4,
  );
  const head = concatBytes([header, u32le(virtualAddress), u32le(virtualAddress), u32le(content.length)]);
  const image = new Uint8Array(Math.ceil((head.length + content.length + 1) / 16) * 16);
  image.set(head);
  image.set(content, head.length);
  image[image.length - 1] = content.reduce((sum, byte) => sum ^ byte, ESP_CHECKSUM_MAGIC);
  return image;
}

function sizeNibble(flashSizeBytes: number): number {
  const found = Object.entries(flashSizesKiB).find(([, kib]) => kib * 1024 === flashSizeBytes);
  return Number(found?.[0] ?? 4);
}
