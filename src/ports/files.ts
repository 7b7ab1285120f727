/** Files that leave the page. Adapter: platform/files. */
import type { Bytes } from '../shared/bytes.ts';

export interface Downloads {
  /** Offers `content` for saving under `name`; `type` is a media type, for example "application/zip". */
  save(name: string, content: Bytes, type: string): void;
}
