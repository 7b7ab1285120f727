/** Firmware images fetched from `firmware-bin/` beside the page. */
import type { FirmwareImageEntry, FirmwareImages, FirmwareManifest } from '../../ports/firmware-images.ts';
import { toHex, type Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';

export class FetchedFirmwareImages implements FirmwareImages {
  readonly #folder: URL;
  readonly #request: (url: string) => Promise<Response>;

  /** `folder` ends with a slash. */
  constructor(folder: URL, request: (url: string) => Promise<Response> = (url) => fetch(url)) {
    this.#folder = folder;
    this.#request = request;
  }

  async manifest(): Promise<FirmwareManifest> {
    const bytes = await this.#fetch('manifest.json');
    try {
      return readManifest(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (cause) {
      throw new AppError('firmware.manifest', { cause });
    }
  }

  async load(entry: FirmwareImageEntry): Promise<Bytes> {
    const bytes = await this.#fetch(entry.file);
    const digest = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
    if (digest !== entry.sha256) throw new AppError('firmware.damaged', { details: { file: entry.file } });
    return bytes;
  }

  async #fetch(file: string): Promise<Bytes> {
    try {
      const response = await this.#request(new URL(file, this.#folder).href);
      if (!response.ok) throw new Error(`status ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
      throw new AppError('firmware.not-reachable', { cause, details: { file } });
    }
  }
}

/** Throws on anything but a manifest of version 1 (docs/contracts.md, "Images and the flash map"). */
function readManifest(json: unknown): FirmwareManifest {
  const { v, version, images } = json as { v: unknown; version: unknown; images: unknown };
  if (v !== 1 || typeof version !== 'string' || !Array.isArray(images))
    throw new TypeError('not a manifest of version 1');
  return { version, images: images.map(readEntry) };
}

function readEntry(json: unknown): FirmwareImageEntry {
  const { file, kind, layout, sizeBytes, sha256 } = json as Record<keyof FirmwareImageEntry, unknown>;
  const isPlainName = typeof file === 'string' && /^[\w.-]+$/.test(file);
  if (!isPlainName || (kind !== 'chip' && kind !== 'virtual')) throw new TypeError('not an image');
  if (typeof layout !== 'string' || typeof sizeBytes !== 'number' || typeof sha256 !== 'string')
    throw new TypeError('not an image');
  return { file, kind, layout, sizeBytes, sha256 };
}
