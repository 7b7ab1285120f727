/** Files and folders that a person drops or chooses, as paths and bytes. Knows the browser's file objects, no preset. */
import { AppError } from '../../shared/errors.ts';
import type { Bytes } from '../../shared/bytes.ts';

export type Chosen =
  | { readonly kind: 'file'; readonly path: string; readonly content: Bytes }
  /** An empty folder. */
  | { readonly kind: 'folder'; readonly path: string }
  /** Larger than any file system: not read. */
  | { readonly kind: 'too-large'; readonly path: string; readonly sizeBytes: number };

export interface ChosenFiles {
  readonly chosen: readonly Chosen[];
  /** Names of what a computer puts into folders by itself, left out. */
  readonly leftOut: readonly string[];
}

const mostAtOnce = 1000;
/** The largest file system of any layout has 15.3 MB. */
const largestBytes = 16 * 1_048_576;
const ofTheComputer = new Set(['.ds_store', 'thumbs.db', 'desktop.ini', '.directory']);

interface Found {
  readonly path: string;
  /** Null: an empty folder. */
  readonly file: File | null;
}

/** What was dropped, folders with all that is in them. @throws AppError sketch.too-many-files, sketch.file-unreadable */
export async function droppedFiles(dropped: DataTransfer): Promise<ChosenFiles> {
  // Both must be taken before anything is awaited; what a page drags has no entry.
  const items = Array.from(dropped.items, (item) => ({
    entry: item.webkitGetAsEntry(),
    file: item.getAsFile(),
  }));
  const found: Found[] = [];
  for (const { entry, file } of items) {
    if (entry) await collect(entry, found);
    else if (file) found.push({ path: `/${file.name}`, file });
  }
  return take(found);
}

/** What a file or folder picker gave. @throws AppError sketch.too-many-files, sketch.file-unreadable */
export const pickedFiles = (files: Iterable<File>): Promise<ChosenFiles> =>
  take(Array.from(files, (file) => ({ path: `/${file.webkitRelativePath || file.name}`, file })));

async function collect(entry: FileSystemEntry, found: Found[]): Promise<void> {
  if (found.length > mostAtOnce) throw tooMany();
  if (entry.isFile) {
    found.push({ path: entry.fullPath, file: await fileOf(entry as FileSystemFileEntry) });
    return;
  }
  const children = await childrenOf(entry as FileSystemDirectoryEntry);
  if (children.length === 0) found.push({ path: entry.fullPath, file: null });
  for (const child of children) await collect(child, found);
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, () => reject(unreadable(entry.fullPath))));

async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  // A reader gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, () => reject(unreadable(folder.fullPath))),
    );
    if (some.length === 0) return children;
    children.push(...some);
    if (children.length > mostAtOnce) throw tooMany();
  }
}

async function take(found: readonly Found[]): Promise<ChosenFiles> {
  if (found.length > mostAtOnce) throw tooMany();
  const isOwn = ({ path }: Found): boolean => !ofTheComputer.has(nameOf(path).toLowerCase());
  const chosen: Chosen[] = [];
  for (const each of found.filter(isOwn)) chosen.push(await read(each));
  return { chosen, leftOut: found.filter((each) => !isOwn(each)).map(({ path }) => nameOf(path)) };
}

async function read({ path: whole, file }: Found): Promise<Chosen> {
  const path = insideData(whole);
  if (file === null) return { kind: 'folder', path };
  if (file.size > largestBytes) return { kind: 'too-large', path, sizeBytes: file.size };
  try {
    return { kind: 'file', path, content: new Uint8Array(await file.arrayBuffer()) };
  } catch {
    throw unreadable(path);
  }
}

/** A sketch's folder "data" is the file system itself, as the IDE has it. */
const insideData = (path: string): string => path.replace(/^\/data(?=\/)/, '');

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const tooMany = (): AppError => new AppError('sketch.too-many-files', { details: { limit: mostAtOnce } });
const unreadable = (path: string): AppError => new AppError('sketch.file-unreadable', { details: { path } });
