/**
 * Which flash layout an Arduino program was linked for, where its file tells. A program that uses LittleFS holds the
 * linker's `_FS_start` and `_FS_end` as words of its code: both addresses of one layout, of no other, and a header that
 * names the same flash size are believed; everything else is "unknown", never a guess.
 */
import { parseFirmwareImage } from '../contract/firmware-image.ts';
import { flashLayouts, type FlashLayout } from '../contract/flash-layouts.ts';

export type ProgramLayout =
  | { readonly kind: 'known'; readonly layout: FlashLayout }
  | {
      readonly kind: 'unknown';
      /** `none`: it uses no file system, or one of an older core; `several`: more than one layout's addresses are there. */
      readonly why: 'none' | 'several' | 'header-differs';
      /** What the header says, for offering the layouts of that size; null when it does not say. */
      readonly flashSizeBytes: number | null;
    };

/** Where the flash's first byte is seen by the processor. */
const flashAddress = 0x40200000;
const wordBytes = 4;

/** @throws AppError firmware.not-esp8266, firmware.truncated, firmware.bad-checksum */
export function readProgramLayout(program: Uint8Array): ProgramLayout {
  const { flashSizeBytes } = parseFirmwareImage(program);
  const words = addressesIn(program);
  const found = flashLayouts.filter(
    ({ fsOffset, fsSizeBytes }) =>
      words.has(flashAddress + fsOffset) && words.has(flashAddress + fsOffset + fsSizeBytes),
  );
  const [layout, ...others] = found;
  if (!layout) return { kind: 'unknown', why: 'none', flashSizeBytes };
  if (others.length > 0) return { kind: 'unknown', why: 'several', flashSizeBytes };
  if (layout.flashSizeBytes !== flashSizeBytes) {
    return { kind: 'unknown', why: 'header-differs', flashSizeBytes };
  }
  return { kind: 'known', layout };
}

/** Literals lie at multiples of four: the compiler aligns them, and so does every segment of the file. */
function addressesIn(program: Uint8Array): Set<number> {
  const wanted = new Set(
    flashLayouts.flatMap(({ fsOffset, fsSizeBytes }) => [
      flashAddress + fsOffset,
      flashAddress + fsOffset + fsSizeBytes,
    ]),
  );
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const found = new Set<number>();
  for (let at = 0; at + wordBytes <= program.length; at += wordBytes) {
    const word = view.getUint32(at, true);
    if (wanted.has(word)) found.add(word);
  }
  return found;
}
