/**
 * Whether the chosen names can stand in the ESP8266's file system and in a folder of a person's computer. How much room
 * they take there is the file system's business.
 */
import { AppError } from '../shared/errors.ts';
import type { SketchEntry } from './material.ts';

/** The core's limit for a name between two slashes, in bytes of UTF-8. */
export const nameMaxBytes = 31;

/** @throws AppError sketch.path, sketch.path-twice, sketch.file-as-folder */
export function checkEntries(entries: readonly Pick<SketchEntry, 'path' | 'content'>[]): void {
  const seen = new Map<string, string>();
  const files = new Set<string>();
  for (const { path, content } of entries) {
    checkPath(path);
    // Windows and macOS take names that differ in capitals only for one.
    const key = path.toLowerCase();
    const other = seen.get(key);
    if (other !== undefined) throw new AppError('sketch.path-twice', { details: { path, other } });
    seen.set(key, path);
    if (content !== null) files.add(key);
  }
  for (const path of seen.values()) {
    const folder = foldersOf(path).find((name) => files.has(name.toLowerCase()));
    if (folder !== undefined) throw new AppError('sketch.file-as-folder', { details: { path, folder } });
  }
}

/**
 * One path, for a form's field: absolute, names of 1 to 31 bytes.
 * @throws AppError sketch.path
 */
export function checkPath(path: string): void {
  const why = whyNot(path);
  if (why !== null) throw new AppError('sketch.path', { details: { path: path.slice(0, 200), why } });
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
