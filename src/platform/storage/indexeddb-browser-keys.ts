/**
 * Non-extractable keys in IndexedDB. Script cannot export them, but their bytes lie in clear in the browser's
 * profile: this is no encryption at rest, and the page says so (*Not locked*).
 */
import type { BrowserKeyStore } from '../../ports/browser-keys.ts';
import { AppError } from '../../shared/errors.ts';
import { asStorageError } from './database.ts';
import type { ProjectDatabase } from './database.ts';

export class IndexedDbBrowserKeys implements BrowserKeyStore {
  readonly #database: ProjectDatabase;

  constructor(database: ProjectDatabase) {
    this.#database = database;
  }

  async load(keyId: string): Promise<CryptoKey | null> {
    try {
      return (await this.#database.get('keys', keyId)) ?? null;
    } catch (thrown) {
      throw asStorageError(thrown);
    }
  }

  async keep(keyId: string, key: CryptoKey): Promise<void> {
    try {
      await this.#database.add('keys', key, keyId);
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === 'ConstraintError')
        throw new AppError('storage.conflict');
      throw asStorageError(thrown);
    }
  }

  async forget(keyId: string): Promise<void> {
    try {
      await this.#database.delete('keys', keyId);
    } catch (thrown) {
      throw asStorageError(thrown);
    }
  }
}
