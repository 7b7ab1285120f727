/** The form of tests/contract/*.json, and the device each of them starts from. */
import type { DeviceConfig } from '../../src/contract/config.ts';
import type { RotatedFile } from '../../src/contract/rotation.ts';

export interface CommandStep {
  /** Name of the command key; "app" by default. */
  readonly key?: string;
  readonly c: string;
  readonly a?: Record<string, unknown>;
  /** Filled up to 22 characters with "-". */
  readonly i: string;
  /** `ts` relative to the device's clock, ms. */
  readonly tsOffsetMs?: number;
  readonly ttlMs?: number;
  /** Another boot's nonce. */
  readonly n?: string;
  readonly retained?: boolean;
  /** The MAC of another key. */
  readonly forged?: boolean;
  readonly qos?: 0 | 1;
}

/** A file on its way to the other slot, cut and sealed by the page's own code. */
export interface PutStep {
  readonly f: RotatedFile;
  readonly text?: string;
  readonly base64?: string;
  /** A bit of the last part is flipped on the way. */
  readonly damaged?: true;
}

export interface Step {
  readonly waitMs?: number;
  /** The broker answers pings while this step waits. */
  readonly answersPings?: true;
  readonly wifi?: 'joining' | 'connected' | { readonly failed: number; readonly raw?: number };
  /** What the configured zone adds to UTC from here on, s. */
  readonly zoneS?: number;
  /** A time server answered with this Unix time, ms; null: none answers. */
  readonly unixMs?: number | null;
  readonly net?:
    'resolving' | 'connecting' | 'handshaking' | 'open' | { readonly failed: number; raw?: number };
  /** Wi-Fi, time, TLS, CONNACK and SUBACK, all well; what is said meanwhile is not looked at. */
  readonly online?: true;
  readonly connack?: number;
  readonly suback?: number;
  readonly pingresp?: true;
  readonly publish?: { readonly topic: string; readonly payload: string; readonly retain?: boolean };
  readonly command?: CommandStep;
  /** The last command's very bytes once more. */
  readonly again?: true;
  readonly put?: PutStep;
  /** `slot.try` with the generation that the page computes of the running files and those that were put. */
  readonly tryFor?: number;
  /** `slot.keep` of that generation. */
  readonly keep?: true;
  /** Raw bytes from the broker, hex. */
  readonly bytes?: string;
  readonly gone?: true;
  readonly chunks?: readonly [readBytes: number, writeBytes: number];
  readonly sensor?: { readonly temperature: number; readonly humidity: number } | 'fails';
  readonly type?: string;
  /** Whether writing a file works from here on. */
  readonly mayWrite?: boolean;
  /** A power cut or reset: starts again with the files and the kept memory it had. */
  readonly boot?: 'power' | 'external' | 'software' | 'watchdog';
  /** Everything of the watched kinds since the last `expect`, in order. */
  readonly expect?: readonly string[];
}

/** 'bad keys': a line of the command keys cannot be read, under a seal that holds. */
export type SlotKind = 'good' | 'bad seal' | 'bad keys' | 'absent';

export interface Fixture {
  readonly title: string;
  readonly device: {
    /** Laid over the standard configuration; null takes a key away. */
    readonly config?: Record<string, unknown>;
    /** The configuration's text instead. */
    readonly configText?: string;
    readonly keys?: readonly { readonly name: string; readonly allow: '*' | readonly string[] }[];
    readonly certificateBase64?: string;
    /** The anchors' file instead of the standard one. */
    readonly ca?: string;
    readonly clk?: number | null;
    readonly slots?: Readonly<Record<'a' | 'b', SlotKind>>;
    readonly sel?: string;
    readonly hasFileSystem?: boolean;
    readonly badBoots?: number;
    readonly reset?: 'power' | 'external' | 'software' | 'watchdog' | 'exception';
  };
  /** Kinds of lines looked at; by default all but "say", "bytes", "net" and "join". */
  readonly watch?: readonly string[];
  readonly steps: readonly Step[];
}

export const standardConfig: DeviceConfig = {
  v: 1,
  project: 'porch',
  id: 'porch-1',
  wifi: [{ ssid: 'home', psk: 'password1' }],
  mqtt: { host: 'broker.local' },
  sensor: { type: 'dht22' },
};

/** As much of a certificate as the core looks at: version, serial number, two empty names, 2026 to 2029. */
export const standardAnchorHex =
  '302e302ca00302010202010130003000301e170d3236303130313030303030305a170d3239303232333130323735355a';

export const standardUnixMs = 1_790_000_000_000;

/** Each named key's 32 bytes: its name's first letter, counted upwards. */
export const commandKey = (name: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: 32 }, (_, index) => name.charCodeAt(0) + index);
