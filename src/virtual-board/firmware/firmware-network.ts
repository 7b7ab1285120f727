/** The network the virtual board stands in. The demo has an access point and a broker inside the page. */
import type { NetStatus, TlsOptions, WifiCredentials, WifiStatus } from './firmware-hal.ts';

export interface FirmwareConnection {
  /** Where the attempt stands; 'failed' with a code of docs/contracts.md. */
  poll(): NetStatus;
  /** What arrived, at most `capacity` bytes; null when the connection is gone. */
  read(capacity: number): Uint8Array | null;
  /** Bytes taken; -1 when the connection is gone. */
  write(bytes: Uint8Array): number;
  close(): void;
}

export interface FirmwareNetwork {
  /** True when nothing is encrypted underneath: the boot line says `sim=1`. */
  readonly simulated: boolean;
  /** Begins to join; poll tells how it goes, and a lost network later. */
  join(network: WifiCredentials): { poll(): WifiStatus; leave(): void };
  open(host: string, port: number, tls: TlsOptions): FirmwareConnection;
}
