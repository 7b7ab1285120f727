/** The memory-mapped words a loader reads and writes: chip magic, eFuse MAC, UART divider, SPI0. The rest is plain memory. */
import type { SpiController } from './spi-controller.ts';

const CHIP_MAGIC_ADDRESS = 0x40001000;
const EFUSE_ADDRESS = 0x3ff00050;
const UART_CLKDIV_ADDRESS = 0x60000014;

/** An ESP8285 is an ESP8266 with its flash inside; only an eFuse tells. */
const chipMagics = { esp8266: 0xfff0c101, esp8285: 0xfff0c101, esp32: 0x00f01d83 } as const;
const EMBEDDED_FLASH_EFUSE = 1 << 4;
export type ChipName = keyof typeof chipMagics;

/** The UART's clock divider lives with the line. */
export interface UartDivider {
  clockDivider: number;
}

export class Registers {
  readonly #fixed: ReadonlyMap<number, number>;
  readonly #memory = new Map<number, number>();
  readonly #spi: SpiController;
  readonly #uart: UartDivider;

  constructor(options: { chip: ChipName; macAddress: string; spi: SpiController; uart: UartDivider }) {
    this.#fixed = new Map([[CHIP_MAGIC_ADDRESS, chipMagics[options.chip]], ...efuses(options)]);
    this.#spi = options.spi;
    this.#uart = options.uart;
  }

  read(address: number): number {
    if (this.#spi.holds(address)) return this.#spi.read(address);
    if (address === UART_CLKDIV_ADDRESS) return this.#uart.clockDivider;
    return this.#fixed.get(address) ?? this.#memory.get(address) ?? 0;
  }

  write(address: number, value: number): void {
    if (this.#spi.holds(address)) this.#spi.write(address, value);
    else if (address === UART_CLKDIV_ADDRESS) this.#uart.clockDivider = value & 0xfffff;
    else this.#memory.set(address, value >>> 0);
  }

  /** As WRITE_REG does it: bits outside `mask` stay. */
  writeMasked(address: number, value: number, mask: number): void {
    const kept = mask === 0xffffffff ? 0 : this.read(address) & ~mask;
    this.write(address, ((value & mask) | kept) >>> 0);
  }
}

/** The four eFuse words of a chip that carries its whole MAC address. */
function efuses({ macAddress, chip }: { macAddress: string; chip: ChipName }): [number, number][] {
  const mac = macAddress.split(':').map((part) => Number.parseInt(part, 16));
  const at = (index: number): number => mac[index] ?? 0;
  return [
    [EFUSE_ADDRESS, ((at(5) << 24) | (chip === 'esp8285' ? EMBEDDED_FLASH_EFUSE : 0)) >>> 0],
    [EFUSE_ADDRESS + 4, (at(3) << 8) | at(4)],
    [EFUSE_ADDRESS + 8, 0],
    [EFUSE_ADDRESS + 12, (at(0) << 16) | (at(1) << 8) | at(2)],
  ];
}
