/** Reading and writing a chip's flash through its boot loader. Adapter: platform/serial/esptool-bootloader.ts. */
import type { Outcome, RunOptions } from '../shared/outcome.ts';
import type { SerialLink } from './serial.ts';

export interface ChipFacts {
  /** For example "ESP8266EX". */
  readonly chipName: string;
  readonly isEsp8266: boolean;
  /** Lower case, colons. */
  readonly macAddress: string;
  /** From the JEDEC id; null when the chip does not answer sensibly. */
  readonly flashSizeBytes: number | null;
  /** JEDEC manufacturer and device, for example 0x1640ef. */
  readonly flashId: number;
  readonly crystalMhz: number;
  readonly features: readonly string[];
}

/** A run of bytes to be written, as it goes over the wire. Offsets and sizes are multiples of 4096 on flash. */
export interface WireRegion {
  readonly offset: number;
  /** Size on the flash. */
  readonly sizeBytes: number;
  /** `deflated`: a zlib stream, made off the page's thread. `plain`: the bytes themselves, where deflating saves nothing. */
  readonly encoding: 'deflated' | 'plain';
  readonly payload: Uint8Array;
}

export interface Bootloader {
  /**
   * Resets the chip into its loader, uploads the stub, raises the baud rate.
   * Throws flash.no-answer, flash.loader-failed, serial.port-busy, serial.gone.
   */
  connect(
    link: SerialLink,
    options: RunOptions & { readonly baudRate: number },
  ): Promise<Outcome<FlashSession>>;
}

export interface FlashSession {
  readonly chip: ChipFacts;
  readonly baudRate: number;
  /** Lower-case hex MD5 of a flash range, computed by the chip. */
  md5(offset: number, sizeBytes: number, options: RunOptions): Promise<string>;
  erase(offset: number, sizeBytes: number, options: RunOptions): Promise<void>;
  /** Erases what it covers, then programs. Progress counts bytes on the flash. Stops cleanly at a block's edge. */
  write(region: WireRegion, options: RunOptions): Promise<Outcome<void>>;
  read(offset: number, sizeBytes: number, options: RunOptions): Promise<Uint8Array>;
  /** Resets the chip into its program and gives the port back, closed. */
  leave(): Promise<void>;
}
