/** What the boot ROM prints and decides after a reset. Its words are what terminals at 74880 baud show. */
import type { ResetCause } from './application.ts';
import { readBootImage, type LoadedSegment } from './boot-image.ts';
import type { NorFlash } from './nor-flash.ts';

const causeNumbers: Readonly<Record<ResetCause, number>> = {
  power: 1,
  external: 2,
  software: 2,
  watchdog: 4,
};
const FROM_FLASH = 3;
const FROM_UART = 1;
const LINE_BYTES = 16;

export interface Boot {
  /** CR LF lines. */
  readonly text: string;
  /** False when there is nothing to run: the watchdog will reset the chip. */
  readonly starts: boolean;
}

export function bootIntoLoader(cause: ResetCause): Boot {
  return { text: banner(cause, FROM_UART), starts: true };
}

export function bootFromFlash(cause: ResetCause, flash: NorFlash): Boot {
  const head = banner(cause, FROM_FLASH) + (cause === 'watchdog' ? 'wdt reset\r\n' : '');
  const image = readBootImage(flash);
  if (image === null) return { text: `${head}ets_main.c \r\n`, starts: false };
  const loads = image.segments.map(segmentText).join('');
  if (!image.checksumHolds) return { text: `${head}${loads}csum err\r\nets_main.c \r\n`, starts: false };
  return { text: `${head}${loads}csum ${hex(image.checksum)}\r\n`, starts: true };
}

function banner(cause: ResetCause, mode: number): string {
  return `\r\n ets Jan  8 2013,rst cause:${causeNumbers[cause]}, boot mode:(${mode},6)\r\n\r\n`;
}

function segmentText({ address, sizeBytes, at, checksum }: LoadedSegment): string {
  const room = LINE_BYTES - (at % LINE_BYTES);
  const tail = Math.max(0, sizeBytes - room) % LINE_BYTES;
  return `load ${hex(address, 8)}, len ${sizeBytes}, room ${room} \r\ntail ${tail}\r\nchksum ${hex(checksum)}\r\n`;
}

const hex = (value: number, digits = 2): string => `0x${value.toString(16).padStart(digits, '0')}`;
