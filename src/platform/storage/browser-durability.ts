/** The browser's promise to keep this page's data. Where it knows no such promise, it may throw them away. */
import type { StorageDurability } from '../../ports/storage.ts';

export class BrowserDurability implements StorageDurability {
  isKept(): Promise<boolean> {
    return this.#asked((storage) => storage.persisted());
  }

  ask(): Promise<boolean> {
    return this.#asked((storage) => storage.persist());
  }

  async #asked(question: (storage: StorageManager) => Promise<boolean>): Promise<boolean> {
    try {
      return await question(navigator.storage);
    } catch {
      return false;
    }
  }
}
