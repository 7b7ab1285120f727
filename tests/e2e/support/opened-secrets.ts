/** Opens a secret of a project that is not locked, inside the page, with the key that the browser keeps for it. */
import type { Page } from '@playwright/test';
import { associatedData, lockParameters } from '../../../src/vault/sealing.ts';
import type { Project, VaultHeader } from '../../../src/project/entities.ts';

/** The project as it is stored, with its bytes as arrays of numbers. */
export const storedProject = (page: Page, id: string): Promise<Project> =>
  page.evaluate(async (key) => {
    const answer = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('no reason'));
      });
    const database = await answer(indexedDB.open('signet'));
    const row = await answer<{ project: Project }>(
      database.transaction('projects').objectStore('projects').get(key) as IDBRequest<{ project: Project }>,
    );
    database.close();
    return row.project;
  }, id);

/** The secret's bytes. */
export async function openedSecret(
  page: Page,
  projectId: string,
  recordId: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = await page.evaluate(async (key) => {
    const database = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open('signet');
      request.onsuccess = () => resolve(request.result);
    });
    const request = database.transaction('vaults').objectStore('vaults').get(key) as IDBRequest<VaultHeader>;
    const found = await new Promise<VaultHeader>(
      (resolve) => (request.onsuccess = () => resolve(request.result)),
    );
    database.close();
    return found;
  }, projectId);
  const boundTo = [...associatedData('signet-record', 1, recordId, 'authority', lockParameters(header))];
  const plain = await page.evaluate(
    async ({ keyId, project, record, aad }) => {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open('signet');
        request.onsuccess = () => resolve(request.result);
      });
      const get = <T>(store: string, key: IDBValidKey): Promise<T> =>
        new Promise((resolve) => {
          const request = database.transaction(store).objectStore(store).get(key) as IDBRequest<T>;
          request.onsuccess = () => resolve(request.result);
        });
      const key = await get<CryptoKey>('keys', keyId);
      const sealed = await get<{ nonce: Uint8Array<ArrayBuffer>; ciphertext: Uint8Array<ArrayBuffer> }>(
        'records',
        [project, record],
      );
      database.close();
      const algorithm = { name: 'AES-GCM', iv: sealed.nonce, additionalData: Uint8Array.from(aad) };
      return [...new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed.ciphertext))];
    },
    {
      keyId: header.kind === 'browser-key' ? header.keyId : '',
      project: projectId,
      record: recordId,
      aad: boundTo,
    },
  );
  return Uint8Array.from(plain);
}
