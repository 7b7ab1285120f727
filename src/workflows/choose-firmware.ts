/** Which program goes onto the board: the published one for its layout, a .bin of the person's own, or none. */
import type { FlashLayout } from '../contract/flash-layouts.ts';
import { inspectFirmware } from '../flash/firmware-image.ts';
import type { Firmware } from '../flash/flash-request.ts';
import type { FirmwareImageEntry, FirmwareImages } from '../ports/firmware-images.ts';
import { AppError } from '../shared/errors.ts';

export type FirmwareChoice =
  | { readonly kind: 'published' }
  | { readonly kind: 'own'; readonly bytes: Uint8Array }
  /** Settings only: the program on the board stays. */
  | { readonly kind: 'keep' };

/** Layouts that a published image exists for, in the manifest's order. */
export async function publishedLayouts(images: FirmwareImages, isVirtual: boolean): Promise<string[]> {
  const { images: entries } = await images.manifest();
  return entries.filter((entry) => isFor(entry, isVirtual)).map((entry) => entry.layout);
}

/** Null: settings only. Throws firmware.none-published, firmware.not-reachable, firmware.damaged, firmware.not-esp8266. */
export async function chosenFirmware(
  images: FirmwareImages,
  choice: FirmwareChoice,
  place: { readonly layout: FlashLayout; readonly isVirtual: boolean },
): Promise<Firmware | null> {
  if (choice.kind === 'keep') return null;
  if (choice.kind === 'own') return inspectFirmware(choice.bytes);
  const { images: entries } = await images.manifest();
  const entry = entries.find((image) => isFor(image, place.isVirtual) && image.layout === place.layout.name);
  if (!entry) throw new AppError('firmware.none-published', { details: { layout: place.layout.name } });
  return { ...inspectFirmware(await images.load(entry)), layoutName: entry.layout };
}

const isFor = (entry: FirmwareImageEntry, isVirtual: boolean): boolean =>
  (entry.kind === 'virtual') === isVirtual;
