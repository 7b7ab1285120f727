/** What a device is to do, as a person sets it. Without a part the firmware's default holds (docs/contracts.md, Configuration). */

export type SensorType = 'none' | 'dht11' | 'dht22';

export const pixelOrders = ['RGB', 'RBG', 'GRB', 'GBR', 'BRG', 'BGR'] as const;
export type PixelOrder = (typeof pixelOrders)[number];

export const unsignedCommands = ['led', 'display', 'interval'] as const;
export type UnsignedCommand = (typeof unsignedCommands)[number];

export interface DeviceSettings {
  readonly sensor: {
    readonly type: SensorType;
    readonly pin: number;
    readonly everyS: number;
    readonly unit: 'C' | 'F';
  };
  readonly led: { readonly pin: number; readonly activeLow: boolean } | null;
  readonly relay: { readonly pin: number; readonly activeLow: boolean; readonly pulseMs: number } | null;
  /** A NeoPixel whose colour tells the temperature. */
  readonly pixel?: PixelSettings;
  /** Eight outputs behind an SPI slave. */
  readonly outputs?: { readonly selectPin: number; readonly inverted: boolean };
  readonly clock?: ClockSettings;
  readonly form?: FormSettings;
  readonly brokerCheck?: BrokerCheck;
  /** Commands taken without a signature; each can be sent by whoever may write to the topic. */
  readonly unsigned?: readonly UnsignedCommand[];
  /** As the chip's own boot messages have it; 115200 without. */
  readonly baud?: 74880;
}

export interface PixelSettings {
  readonly pin: number;
  readonly order: PixelOrder;
  /** Where the colour changes, in °C, rising. */
  readonly thresholds: readonly [number, number, number, number];
}

export interface ClockSettings {
  /** NTP servers, one to three. */
  readonly servers: readonly string[];
  /** POSIX, for example "CET-1CEST,M3.5.0,M10.5.0/3"; for display only. */
  readonly timeZone: string;
}

export interface FormSettings {
  readonly kind: 'signet' | 'iot2' | 'plain';
  /** Topic of the form plain, without a last slash; empty for the others. */
  readonly base: string;
}

/**
 * ca: the authority and the host name are checked. pinned: and the broker's key must be the present one. fingerprint: only
 * the certificate's SHA-1 is compared, as the tutorials do; nothing else protects the connection.
 */
export type BrokerCheck = 'ca' | 'pinned' | 'fingerprint';
