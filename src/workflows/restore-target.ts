/** Where a file that was chosen for restoring belongs on a flash, told from its bytes; refused in words when it cannot be told. */
import { flashLayouts, type FlashLayout } from '../contract/flash-layouts.ts';
import { probeImage, readImage } from '../littlefs/reader.ts';
import { AppError } from '../shared/errors.ts';
import { looksLikeSpiffs } from '../sketch/spiffs.ts';

export type RestoreTarget =
  { readonly kind: 'flash' } | { readonly kind: 'files'; readonly layout: FlashLayout };

/**
 * The whole flash when the sizes are equal; a LittleFS image goes to the layout of its geometry, those of this flash's
 * size first. Throws flash.backup-unknown, sketch.spiffs-image, littlefs.* (an image that no ESP8266 mounts).
 */
export function restoreTargetOf(backup: Uint8Array, flashSizeBytes: number): RestoreTarget {
  if (backup.length === flashSizeBytes) return { kind: 'flash' };
  const layout = layoutOf(backup, flashSizeBytes);
  if (layout) {
    readImage(backup, layout);
    return { kind: 'files', layout };
  }
  if (looksLikeSpiffs(backup)) throw new AppError('sketch.spiffs-image');
  throw new AppError('flash.backup-unknown', {
    details: { foundBytes: backup.length, flashBytes: flashSizeBytes },
  });
}

function layoutOf(backup: Uint8Array, flashSizeBytes: number): FlashLayout | null {
  const geometry = probeImage(backup)?.geometry;
  const fitting = flashLayouts.filter(
    (layout) =>
      layout.flashSizeBytes <= flashSizeBytes &&
      layout.fsSizeBytes === backup.length &&
      layout.blockSizeBytes === geometry?.blockSizeBytes &&
      layout.blockCount === geometry.blockCount,
  );
  return fitting.find((layout) => layout.flashSizeBytes === flashSizeBytes) ?? fitting[0] ?? null;
}
