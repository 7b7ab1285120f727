/**
 * Whether the chosen names can stand in the ESP8266's file system and in a folder of a person's computer. How much room
 * they take there is the file system's business.
 */
import { AppError } from '../shared/errors.ts';
import type { SketchEntry } from './material.ts';

/** The core's limit for a name between two slashes, in bytes of UTF-8. */
export const nameMaxBytes = 31;

type NamedEntry = Pick<SketchEntry, 'path' | 'content'>;

/** @throws AppError sketch.path, sketch.path-twice, sketch.file-as-folder: the first one's */
export function checkEntries(entries: readonly NamedEntry[]): void {
  const problem = entryProblems(entries).find((error) => error !== null);
  if (problem) throw problem;
}

/** What is wrong with each entry's name, for a form: in the order of the entries, null where nothing is. */
export function entryProblems(entries: readonly NamedEntry[]): (AppError | null)[] {
  const seen = new Map<string, string>();
  // Windows and macOS take names that differ in capitals only for one.
  const files = new Set(
    entries.filter(({ content }) => content !== null).map(({ path }) => path.toLowerCase()),
  );
  return entries.map(({ path }) => {
    const key = path.toLowerCase();
    const other = seen.get(key);
    if (other === undefined) seen.set(key, path);
    return pathProblem(path) ?? placeProblem(path, { other, files });
  });
}

function placeProblem(
  path: string,
  { other, files }: { readonly other: string | undefined; readonly files: ReadonlySet<string> },
): AppError | null {
  if (other !== undefined) return new AppError('sketch.path-twice', { details: { path, other } });
  const folder = foldersOf(path).find((name) => files.has(name.toLowerCase()));
  return folder === undefined ? null : new AppError('sketch.file-as-folder', { details: { path, folder } });
}

/**
 * One path, for a form's field: absolute, names of 1 to 31 bytes.
 * @throws AppError sketch.path
 */
export function checkPath(path: string): void {
  const problem = pathProblem(path);
  if (problem) throw problem;
}

function pathProblem(path: string): AppError | null {
  const why = whyNot(path);
  return why === null ? null : new AppError('sketch.path', { details: { path: path.slice(0, 200), why } });
}

function whyNot(path: string): string | null {
  if (!path.startsWith('/')) return 'it must begin with "/"';
  if (/[\p{Cc}\p{Cs}]/u.test(path)) return 'it has a control character';
  const forbidden = /[\\:*?"<>|]/.exec(path)?.[0];
  if (forbidden !== undefined) return `a file name on a computer cannot have the character ${forbidden}`;
  for (const name of path.slice(1).split('/')) {
    if (name === '') return 'a name in it is empty';
    if (name === '.' || name === '..') return '"." and ".." are no names';
    const sizeBytes = new TextEncoder().encode(name).length;
    if (sizeBytes > nameMaxBytes)
      return `"${name}" has ${sizeBytes} bytes, and ${nameMaxBytes} is the most (a letter with an accent counts two)`;
  }
  return null;
}

const foldersOf = (path: string): string[] =>
  Array.from(path.matchAll(/\//g), ({ index }) => path.slice(0, index)).filter((folder) => folder !== '');
