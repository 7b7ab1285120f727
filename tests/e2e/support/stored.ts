/** Everything a page keeps in its databases, as text: what must not be readable must not be found in it. */
import type { Page } from '@playwright/test';

/** Every string, and every run of bytes as Latin-1, of every record of every database. */
export const storedText = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const answer = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('no reason'));
      });
    const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (b) => String.fromCharCode(b)).join('');
    const textOf = (value: unknown): string => {
      if (typeof value === 'string') return `${value}\n`;
      if (value instanceof ArrayBuffer) return `${latin1(new Uint8Array(value))}\n`;
      if (ArrayBuffer.isView(value))
        return `${latin1(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))}\n`;
      if (value instanceof Map) return [...value].map(textOf).join('');
      if (typeof value === 'object' && value !== null) return Object.values(value).map(textOf).join('');
      return '';
    };
    const texts: string[] = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await answer(indexedDB.open(name ?? ''));
      for (const store of database.objectStoreNames)
        texts.push(textOf(await answer(database.transaction(store).objectStore(store).getAll())));
      database.close();
    }
    return texts.join('');
  });
