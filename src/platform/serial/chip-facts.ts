/**
 * Which chip answers and what it is made of, through esptool-js. Mends what that library reads wrongly on the ESP8266.
 */
import type { ESPLoader } from 'esptool-js';
import { ESP8266ROM } from 'esptool-js/lib/targets/esp8266.js';
import type { ChipFacts } from '../../ports/bootloader.ts';

/** A word of the boot ROM that differs from chip to chip (esptool's CHIP_DETECT_MAGIC_REG_ADDR). */
const CHIP_DETECT_MAGIC_REG_ADDR = 0x4000_1000;
export const ESP8266_MAGIC = 0xfff0_c101;

const otherChips = new Map<number, string>([
  [0x00f0_1d83, 'ESP32'],
  [0x0000_07c6, 'ESP32-S2'],
  [0x0000_0009, 'ESP32-S3'],
  [0x0c21_e06f, 'ESP32-C2'],
  [0x6f51_306f, 'ESP32-C2'],
  [0x7c41_a06f, 'ESP32-C2'],
  [0x6921_506f, 'ESP32-C3'],
  [0x1b31_506f, 'ESP32-C3'],
  [0x4881_606f, 'ESP32-C3'],
  [0x4361_606f, 'ESP32-C3'],
  [0x2ce0_806f, 'ESP32-C6'],
  [0xd7b7_3e80, 'ESP32-H2'],
]);

/** The chip's magic word, unsigned. */
export async function readChipMagic(loader: ESPLoader, timeoutMs: number): Promise<number> {
  return (await loader.readReg(CHIP_DETECT_MAGIC_REG_ADDR, timeoutMs)) >>> 0;
}

/** Facts of a chip that is no ESP8266: nothing but its name is asked. */
export function otherChipFacts(magic: number): ChipFacts {
  const chipName = otherChips.get(magic) ?? `unknown chip (0x${magic.toString(16).padStart(8, '0')})`;
  return {
    chipName,
    isEsp8266: false,
    macAddress: '',
    flashSizeBytes: null,
    flashId: 0,
    crystalMhz: 0,
    features: [],
  };
}

/** The chip description that esptool-js needs, with the data-length registers taken out that this chip lacks. */
export function esp8266Rom(): ESP8266ROM {
  const rom = new ESP8266ROM();
  // The library tests these for null, but the class says 0: it would run the ESP32's path and read a wrong flash id.
  Object.assign(rom, { SPI_MOSI_DLEN_OFFS: null, SPI_MISO_DLEN_OFFS: null });
  return rom;
}

/** Asks the running stub. The loader's chip must be `esp8266Rom()`. */
export async function readChipFacts(loader: ESPLoader, rom: ESP8266ROM): Promise<ChipFacts> {
  const flashId = (await loader.readFlashId()) & 0xff_ffff;
  return {
    chipName: await rom.getChipDescription(loader),
    isEsp8266: true,
    macAddress: (await rom.readMac(loader)).toLowerCase(),
    flashSizeBytes: flashSizeOf(flashId),
    flashId,
    crystalMhz: await rom.getCrystalFreq(loader),
    features: await rom.getChipFeatures(loader),
  };
}

/** JEDEC capacity byte: most makers give the power of two, some add 0x20. Null when it makes no sense. */
export function flashSizeOf(flashId: number): number | null {
  const capacity = (flashId >> 16) & 0xff;
  const exponent = capacity >= 0x32 && capacity <= 0x38 ? capacity - 0x20 : capacity;
  return exponent >= 0x12 && exponent <= 0x18 ? 2 ** exponent : null;
}
