/** Saves files through the browser's own download, by a link that is clicked once. Knows nothing of the content. */
import type { Downloads } from '../../ports/files.ts';
import type { Bytes } from '../../shared/bytes.ts';

/** A download may start late (a *Save as* dialog stays open): the object URL lives this long. */
const revokeAfterMs = 60_000;

export class BrowserDownloads implements Downloads {
  readonly #prefix: string;

  /** `prefix` stands before every file name: the demo's files are called `DEMO-…`. */
  constructor(options: { readonly prefix?: string } = {}) {
    this.#prefix = options.prefix ?? '';
  }

  save(name: string, content: Bytes, type: string): void {
    const url = URL.createObjectURL(new Blob([content], { type }));
    const link = document.createElement('a');
    link.href = url;
    link.download = this.#prefix + name;
    link.hidden = true;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), revokeAfterMs);
  }
}
