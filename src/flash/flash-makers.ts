/** Who made a flash chip, by the JEDEC manufacturer in its id. A table; knows no chip's size. */

/** JEDEC JEP106, first bank, as the makers of small serial flash chips use them (several share 0x20 and 0x1c). */
const makers: Readonly<Record<number, string>> = {
  0x01: 'Infineon (Spansion)',
  0x0b: 'XTX',
  0x1c: 'Eon (ESMT)',
  0x1f: 'Renesas (Adesto)',
  0x20: 'XMC or Micron',
  0x37: 'AMIC',
  0x5e: 'Zbit',
  0x68: 'Boya',
  0x85: 'Puya',
  0x8c: 'ESMT',
  0x9d: 'ISSI',
  0xa1: 'Fudan',
  0xba: 'Zetta',
  0xbf: 'Microchip (SST)',
  0xc2: 'Macronix',
  0xc8: 'GigaDevice',
  0xe0: 'BergMicro',
  0xef: 'Winbond',
};

/** @param flashId JEDEC id as the chip facts carry it: the manufacturer is its lowest byte. */
export const flashMakerOf = (flashId: number): string =>
  makers[flashId & 0xff] ?? `unknown maker (JEDEC 0x${(flashId & 0xff).toString(16).padStart(2, '0')})`;
