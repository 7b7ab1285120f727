/**
 * What the firmware's core asks of the machine it runs on: firmware/src/hal/hal.h in TypeScript. Nothing here blocks.
 * Knows neither WebAssembly nor the virtual board.
 */

/** 0 idle, 1 joining, 2 connected, 3 failed in hal.h. */
export type WifiState = 'idle' | 'joining' | 'connected' | 'failed';

export interface WifiStatus {
  readonly state: WifiState;
  /** When failed: 201 no access point, 202 authentication, 203 DHCP. */
  readonly reason?: number;
  /** Why it failed or was lost: 802.11's reason code or the SDK's (from 200 on). */
  readonly raw?: number;
  /** dBm. */
  readonly rssi: number;
  readonly ip: readonly [number, number, number, number];
}

export interface WifiCredentials {
  readonly ssid: Uint8Array;
  /** Empty for an open network. */
  readonly psk: string;
  readonly hostName: string;
}

/** In hal.h's order, from 0. */
export type NetState = 'closed' | 'resolving' | 'connecting' | 'handshaking' | 'open' | 'failed';

export interface NetStatus {
  readonly state: NetState;
  /** When failed: 351, 352, 401 to 408 or 501 (docs/contracts.md). */
  readonly code?: number;
  /** The TLS library's own number. */
  readonly raw?: number;
  readonly tlsMs?: number;
  /** Negotiated maximum fragment length in bytes; 0 is none. */
  readonly fragment?: number;
  readonly isResumed?: boolean;
  /** No TLS underneath: the demo. */
  readonly isSimulated?: boolean;
}

export interface TlsOptions {
  /** One or two DER certificates, concatenated. */
  readonly anchors: Uint8Array;
  readonly certificate: Uint8Array;
  readonly key: Uint8Array;
  readonly pin: Uint8Array;
  /** 'sha1': the broker's fingerprint is the only check. */
  readonly mode: 'ca' | 'sha1';
  readonly fragment: number;
  /** Unix time the certificates are judged by. */
  readonly nowMs: number;
}

export type SensorStatus =
  | { readonly state: 'pending' | 'failed' }
  | { readonly state: 'ok'; readonly temperatureTenths: number; readonly humidityTenths: number };

export type SensorType = 'dht11' | 'dht22';

export interface PixelColour {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

export interface FirmwareHal {
  /** Milliseconds since reset; never goes back. */
  millis(): number;
  startTime(servers: string, zone: string): void;
  /** What the zone adds to UTC at a Unix time, seconds; 0 when nobody understands the zone. */
  zoneOffset(unixS: number): number;
  /** 0 until a server answered. */
  unixMs(): number;
  random(sizeBytes: number): Uint8Array;

  openSerial(baudRate: number): void;
  writeSerial(bytes: Uint8Array): void;
  readSerial(capacity: number): Uint8Array;

  mountFiles(): boolean;
  readFile(path: string): Uint8Array | null;
  /** False when the old content stands. */
  replaceFile(path: string, bytes: Uint8Array): boolean;
  /** Adds to the end; false when the old content stands. */
  appendFile(path: string, bytes: Uint8Array): boolean;

  joinWifi(network: WifiCredentials): void;
  leaveWifi(): void;
  pollWifi(): WifiStatus;

  openNet(host: string, port: number, tls: TlsOptions): void;
  pollNet(): NetStatus;
  /** Null when the connection is gone. */
  readNet(capacity: number): Uint8Array | null;
  /** Bytes taken; -1 when the connection is gone. */
  writeNet(bytes: Uint8Array): number;
  closeNet(): void;

  startSensor(type: SensorType, pin: number): void;
  pollSensor(): SensorStatus;
  setPin(pin: number, level: 0 | 1): void;
  setPixel(pin: number, order: string, colour: PixelColour): void;
  writeSpi(selectPin: number, byte: number): void;
  showText(text: string): void;

  /** As in hal.h: 0 power, 1 external, 2 software, 3 watchdog, 4 exception. */
  resetReason(): number;
  restart(): void;
  heap(): { readonly freeBytes: number; readonly largestBytes: number };
  /** 16 bytes that survive a reset. */
  readKeep(): Uint8Array;
  writeKeep(bytes: Uint8Array): void;
}
