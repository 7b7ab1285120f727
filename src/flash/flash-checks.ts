/**
 * Everything that must hold before a sector is erased. Each refusal carries both facts, and its remedy the options.
 * Knows chips and layouts, not how they are reached.
 */
import { flashModeOf } from '../contract/firmware-image.ts';
import type { FlashLayout } from '../contract/flash-layouts.ts';
import type { ChipFacts } from '../ports/bootloader.ts';
import { AppError } from '../shared/errors.ts';
import { inspectFirmware } from './firmware-image.ts';
import {
  hexOffset,
  SECTOR_BYTES,
  type FileSystemImage,
  type Firmware,
  type FlashRequest,
} from './flash-request.ts';

/** As esptool names an ESP8266 with the flash in the same package. */
const ESP8285 = 'ESP8285';

/**
 * What can be told without the board, so that nobody connects one in vain.
 * @throws AppError firmware.not-esp8266, flash.virtual-image, flash.layout-mismatch, flash.firmware-too-large,
 * flash.outside-file-system
 */
export function checkRequest(request: FlashRequest, isVirtualPort: boolean): void {
  const { layout, firmware, fileSystem } = request;
  if (firmware) {
    checkKind(firmware, isVirtualPort);
    checkFirmwareFits(firmware, layout);
  }
  if (fileSystem) checkFileSystemFits(fileSystem, layout);
}

/** @throws AppError flash.wrong-chip, flash.size-unknown, flash.too-small, flash.wrong-mode */
export function checkChip(
  chip: ChipFacts,
  { layout, firmware }: Pick<FlashRequest, 'layout' | 'firmware'>,
): void {
  if (!chip.isEsp8266) throw new AppError('flash.wrong-chip', { details: { found: chip.chipName } });
  const flashId = `0x${chip.flashId.toString(16).padStart(6, '0')}`;
  if (chip.flashSizeBytes === null) throw new AppError('flash.size-unknown', { details: { flashId } });
  if (chip.flashSizeBytes < layout.flashSizeBytes) {
    throw new AppError('flash.too-small', {
      details: {
        foundKb: chip.flashSizeBytes / 1024,
        neededKb: layout.flashSizeBytes / 1024,
        layout: layout.name,
        flashId,
      },
    });
  }
  if (firmware) checkFlashMode(chip, firmware);
}

/** The flash inside an ESP8285 has two data lines on the outside: quad modes start nothing there. */
function checkFlashMode({ chipName }: ChipFacts, { bytes }: Firmware): void {
  const mode = flashModeOf(bytes);
  if (chipName !== ESP8285 || (mode !== 'qio' && mode !== 'qout')) return;
  throw new AppError('flash.wrong-mode', { details: { chip: chipName, mode: mode.toUpperCase() } });
}

function checkKind(firmware: Firmware, isVirtualPort: boolean): void {
  // The bytes are believed, not what was said of them.
  const { isVirtual } = inspectFirmware(firmware.bytes);
  if ((isVirtual || firmware.isVirtual) && !isVirtualPort) throw new AppError('flash.virtual-image');
}

function checkFirmwareFits({ bytes, layoutName }: Firmware, layout: FlashLayout): void {
  if (layoutName !== null && layoutName !== layout.name) {
    throw new AppError('flash.layout-mismatch', {
      details: { firmwareLayout: layoutName, layout: layout.name },
    });
  }
  const details = { foundBytes: bytes.length, layout: layout.name };
  if (bytes.length > layout.fsOffset) {
    const limits = { limitBytes: layout.fsOffset, what: 'the file system begins' };
    throw new AppError('flash.firmware-too-large', { details: { ...details, ...limits } });
  }
  if (bytes.length > layout.maxSketchBytes) {
    const limits = { limitBytes: layout.maxSketchBytes, what: 'the program area ends' };
    throw new AppError('flash.firmware-too-large', { details: { ...details, ...limits } });
  }
}

function checkFileSystemFits(image: FileSystemImage, layout: FlashLayout): void {
  if (image.blockSizeBytes !== layout.blockSizeBytes || image.blockCount !== layout.blockCount) {
    throw new AppError('flash.layout-mismatch', {
      details: {
        firmwareLayout: `with ${image.blockCount} blocks of ${image.blockSizeBytes} bytes`,
        layout: `${layout.name} (${layout.blockCount} of ${layout.blockSizeBytes})`,
      },
    });
  }
  for (const { offset, bytes } of [...image.runs, ...(image.lastRuns ?? [])]) {
    const isAligned = offset % SECTOR_BYTES === 0 && bytes.length % SECTOR_BYTES === 0;
    if (isAligned && offset >= 0 && offset + bytes.length <= layout.fsSizeBytes) continue;
    throw new AppError('flash.outside-file-system', {
      details: {
        offset: hexOffset(layout.fsOffset + offset),
        sizeBytes: bytes.length,
        layout: layout.name,
        fsOffset: hexOffset(layout.fsOffset),
        fsEnd: hexOffset(layout.fsOffset + layout.fsSizeBytes),
      },
    });
  }
}
