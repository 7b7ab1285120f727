/** Files that a person chose or dropped, as far as they are read. Judges none. */
import { MAX_FILE_BYTES } from '../../pki/import/items.ts';
import type { Brought } from './reader.svelte.ts';

/** One byte more than is read: the reader refuses what is larger by its size. */
export const filesOf = (list: FileList | null | undefined): Promise<Brought[]> =>
  Promise.all(
    Array.from(list ?? []).map(async (file) => ({
      name: file.name,
      bytes: new Uint8Array(await file.slice(0, MAX_FILE_BYTES + 1).arrayBuffer()),
    })),
  );
