/**
 * Tells an ESP8266 program from anything else by its header (docs/contracts.md, "Images and the flash map"). The header
 * is never changed: flash mode, size and frequency stay what the builder chose.
 */
import { equalBytes, fromUtf8, utf8 } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import type { Firmware } from './flash-request.ts';

const IMAGE_MAGIC = 0xe9;
const GZIP_MAGIC = 0x1f;
const HEADER_BYTES = 8;
const SEGMENT_HEADER_BYTES = 8;
const MAX_SEGMENTS = 16;
const VIRTUAL_MARKER = 'SIGNET-VIRTUAL\0\u0001';
const LAYOUT_NAME_BYTES = 8;

/** @throws AppError flash.not-firmware */
export function inspectFirmware(bytes: Uint8Array): Firmware {
  const why = whyNotFirmware(bytes);
  if (why !== null) throw new AppError('flash.not-firmware', { details: { why } });
  const layoutName = virtualLayoutName(bytes);
  return { bytes, isVirtual: layoutName !== null, layoutName };
}

function whyNotFirmware(bytes: Uint8Array): string | null {
  if (bytes.length < HEADER_BYTES + SEGMENT_HEADER_BYTES) return 'it is too short';
  if (bytes[0] === GZIP_MAGIC && bytes[1] === 0x8b) return 'it is compressed (gzip); unpack it first';
  if (bytes[0] !== IMAGE_MAGIC) return 'it does not begin with 0xE9';
  const segments = bytes[1] ?? 0;
  if (segments < 1 || segments > MAX_SEGMENTS) return `its header names ${segments} segments`;
  return segmentsFit(bytes, segments) ? null : 'it is cut off';
}

function segmentsFit(bytes: Uint8Array, segments: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = HEADER_BYTES;
  for (let segment = 0; segment < segments; segment += 1) {
    if (at + SEGMENT_HEADER_BYTES > bytes.length) return false;
    at += SEGMENT_HEADER_BYTES + view.getUint32(at + 4, true);
  }
  return at <= bytes.length;
}

/** The layout a virtual image names; null for a chip's image. */
function virtualLayoutName(bytes: Uint8Array): string | null {
  const at = HEADER_BYTES + SEGMENT_HEADER_BYTES;
  const marker = utf8(VIRTUAL_MARKER);
  if (!equalBytes(bytes.subarray(at, at + marker.length), marker)) return null;
  const name = bytes.subarray(at + marker.length, at + marker.length + LAYOUT_NAME_BYTES);
  const end = name.indexOf(0);
  return fromUtf8(end < 0 ? name : name.subarray(0, end));
}
