/** The firmware images that were published beside the page. Adapter: platform/files. */
import type { Bytes } from '../shared/bytes.ts';

export interface FirmwareImageEntry {
  readonly file: string;
  /** `virtual` images run on the virtual board only. */
  readonly kind: 'chip' | 'virtual';
  /** Layout the image was built for, for example "4m2m". */
  readonly layout: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface FirmwareManifest {
  readonly version: string;
  readonly images: readonly FirmwareImageEntry[];
}

export interface FirmwareImages {
  /** Throws firmware.not-reachable, firmware.manifest. */
  manifest(): Promise<FirmwareManifest>;
  /** The image's bytes, checked against its SHA-256. Throws firmware.not-reachable, firmware.damaged. */
  load(entry: FirmwareImageEntry): Promise<Bytes>;
}
