/**
 * The device's configuration file `<slot>.cfg` (docs/contracts.md, "Configuration"). Writes what the firmware reads; a
 * default is left out, so that the file stays far below its limit.
 */
import { utf8, toHex, type Bytes } from '../shared/bytes.ts';

/** The firmware's limit for the file, in bytes. */
export const maxConfigBytes = 2048;

export interface DeviceConfig {
  readonly v: 1;
  readonly project: string;
  readonly id: string;
  readonly wifi: readonly (
    { readonly ssid: string; readonly psk: string } | { readonly ssid_hex: string; readonly psk: string }
  )[];
  readonly mqtt: {
    readonly host: string;
    readonly port?: number;
    readonly client?: string;
    readonly user?: string;
    readonly pass?: string;
    readonly keep_s?: number;
  };
  readonly tls?: {
    readonly mode?: 'ca' | 'sha1';
    readonly pin?: string;
    readonly frag?: 0 | 512 | 1024 | 2048 | 4096;
  };
  readonly time?: { readonly ntp?: readonly string[]; readonly tz?: string };
  readonly form?: { readonly kind: 'signet' | 'iot2' | 'plain'; readonly base?: string };
  readonly sensor?: {
    readonly type: 'none' | 'dht11' | 'dht22';
    readonly pin?: number;
    readonly every_s?: number;
    readonly unit?: 'C' | 'F';
  };
  readonly led?: { readonly pin: number; readonly low: boolean };
  readonly pixel?: {
    readonly pin: number;
    readonly order: string;
    readonly at: readonly [number, number, number, number];
  };
  readonly relay?: { readonly pin: number; readonly low: boolean; readonly pulse_ms: number };
  readonly spi?: { readonly ss: number; readonly invert: boolean };
  readonly ha?: string;
  readonly baud?: 74880 | 115200;
  readonly unsigned?: readonly ('led' | 'display' | 'interval')[];
}

export const encodeConfig = (config: DeviceConfig): Bytes => utf8(JSON.stringify(config));

/** A network as the firmware takes it: names that are not plain printable text travel as hex of their UTF-8 bytes. */
export function wifiEntry(ssid: string, psk: string): DeviceConfig['wifi'][number] {
  return /^[\x20-\x7e]*$/.test(ssid) ? { ssid, psk } : { ssid_hex: toHex(utf8(ssid)), psk };
}
