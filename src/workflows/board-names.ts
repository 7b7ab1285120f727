/** The names of files that a board's contents are saved under: whatever may hold a key or a password says SECRET. */
import type { ChipFacts } from '../ports/bootloader.ts';
import { hexOffset } from '../flash/flash-request.ts';
import type { FlashLayout } from '../contract/flash-layouts.ts';

/** Private keys, command keys, and configurations with the Wi-Fi's password. */
export const isSecretPath = (path: string): boolean => /\.(?:key|mac|cfg|pem|p12|pfx)$/i.test(path);

/** "porch-1-SECRET-a.key"; folders become hyphens. */
export const fileName = (deviceId: string, path: string): string =>
  [deviceId, ...(isSecretPath(path) ? ['SECRET'] : []), path.slice(1).replaceAll('/', '-')].join('-');

/** "porch-1-5ccf7f012345-flash-4096KB-SECRET.bin" */
export const flashName = (deviceId: string, { macAddress, flashSizeBytes }: ChipFacts): string =>
  `${deviceId}-${plain(macAddress)}-flash-${(flashSizeBytes ?? 0) / 1024}KB-SECRET.bin`;

/** "porch-1-5ccf7f012345-littlefs-4m2m-at-0x200000-SECRET.bin" */
export const filesName = (deviceId: string, { macAddress }: ChipFacts, layout: FlashLayout): string =>
  `${deviceId}-${plain(macAddress)}-littlefs-${layout.name}-at-${hexOffset(layout.fsOffset)}-SECRET.bin`;

const plain = (macAddress: string): string => macAddress.replaceAll(':', '');
