/** The stores of one database in this browser, and the vaults over them. */
import type { ProjectStore } from '../../ports/storage.ts';
import type { Clock } from '../../shared/clock.ts';
import { createVaults, type Vaults } from '../../vault/vaults.ts';
import { openProjectDatabase } from './database.ts';
import { IndexedDbBrowserKeys } from './indexeddb-browser-keys.ts';
import { IndexedDbProjectStore } from './indexeddb-project-store.ts';

/** Throws storage.unavailable. */
export async function openBrowserStorage(
  name: string,
  clock: Clock,
): Promise<{ store: ProjectStore; vaults: Vaults }> {
  const database = await openProjectDatabase(name);
  const store = new IndexedDbProjectStore(database);
  const vaults = createVaults({ store, keys: new IndexedDbBrowserKeys(database), crypto, clock });
  return { store, vaults };
}
