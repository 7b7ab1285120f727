/** The USB bridges found on ESP8266 boards: which to list first, and what to call them. Knows no browser. */
import type { UsbIds } from '../../ports/serial.ts';

interface Bridge {
  readonly vendorId: number;
  readonly productId: number;
  readonly name: string;
}

const bridges: readonly Bridge[] = [
  { vendorId: 0x10c4, productId: 0xea60, name: 'CP210x' },
  { vendorId: 0x1a86, productId: 0x7523, name: 'CH340' },
  { vendorId: 0x1a86, productId: 0x55d4, name: 'CH9102' },
  { vendorId: 0x0403, productId: 0x6001, name: 'FT232' },
  { vendorId: 0x0403, productId: 0x6015, name: 'FT231X' },
  { vendorId: 0x067b, productId: 0x2303, name: 'PL2303' },
  { vendorId: 0x1209, productId: 0x5347, name: 'Virtual board' },
];

/** Ids of the virtual board: no USB device carries them. */
const virtualBoard: UsbIds = { vendorId: 0x1209, productId: 0x5347 };

/** The browser's picker lists these; the fallback lists everything. */
export const bridgeFilters: readonly { usbVendorId: number; usbProductId: number }[] = bridges.map(
  ({ vendorId, productId }) => ({ usbVendorId: vendorId, usbProductId: productId }),
);

const sameIds = (a: UsbIds, b: UsbIds): boolean => a.vendorId === b.vendorId && a.productId === b.productId;

export const isVirtualBoard = (usb: UsbIds | null): boolean => usb !== null && sameIds(usb, virtualBoard);

/** For example "CH340"; null for a bridge that is not in the list. */
export const bridgeName = (usb: UsbIds | null): string | null =>
  (usb && bridges.find((bridge) => sameIds(bridge, usb))?.name) ?? null;
