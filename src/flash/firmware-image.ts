/**
 * A firmware file as a flash job takes it: magic, segments and length are judged, the checksum is the boot ROM's. The
 * header is never changed: flash mode, size and frequency stay what the builder chose.
 */
import { virtualLayoutOf } from '../contract/firmware-image.ts';
import type { Firmware } from './flash-request.ts';

/** @throws AppError firmware.not-esp8266, firmware.truncated */
export function inspectFirmware(bytes: Uint8Array): Firmware {
  const layoutName = virtualLayoutOf(bytes);
  return { bytes, isVirtual: layoutName !== null, layoutName };
}
