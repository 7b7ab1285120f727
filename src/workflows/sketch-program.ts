/** A person's own .bin before it is written: what it is, which layout it was built for, whether it fits. */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import { virtualLayoutOf } from '../contract/firmware-image.ts';
import { checkRequest } from '../flash/flash-checks.ts';
import type { Firmware } from '../flash/flash-request.ts';
import { AppError } from '../shared/errors.ts';
import { readProgramLayout, type ProgramLayout } from '../sketch/program-layout.ts';
import { looksLikeSpiffs } from '../sketch/spiffs.ts';

export interface OwnProgram {
  /** Bound to its layout where that can be told. */
  readonly firmware: Firmware;
  readonly layout: ProgramLayout;
}

/**
 * Judges magic, segments, length and checksum.
 * @throws AppError sketch.spiffs-image, firmware.not-esp8266, firmware.truncated, firmware.bad-checksum
 */
export function readOwnProgram(bytes: Uint8Array): OwnProgram {
  if (looksLikeSpiffs(bytes)) throw new AppError('sketch.spiffs-image');
  const layout = readProgramLayout(bytes);
  const virtualLayout = virtualLayoutOf(bytes);
  const layoutName = virtualLayout ?? (layout.kind === 'known' ? layout.layout.name : null);
  return { layout, firmware: { bytes, isVirtual: virtualLayout !== null, layoutName } };
}

/**
 * Whether the program can be written for this layout.
 * @throws AppError flash.virtual-image, flash.layout-mismatch, flash.firmware-too-large
 */
export const checkProgram = ({ firmware }: OwnProgram, layout: FlashLayout, isVirtualPort: boolean): void =>
  checkRequest({ layout, firmware, fileSystem: null }, isVirtualPort);
