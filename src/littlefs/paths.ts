/** Which paths an image may hold: absolute, components of 1 to 31 UTF-8 bytes. Knows nothing of blocks. */
import { AppError } from '../shared/errors.ts';
import { COMPONENT_MAX_BYTES } from './format.ts';

const encoder = new TextEncoder();

/** A path's component with its bytes on the disk. */
export interface Component {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** Splits an absolute path. Throws AppError `littlefs.path`. */
export function pathComponents(path: string): Component[] {
  if (!path.startsWith('/')) throw badPath(path, 'it must begin with "/"');
  return path
    .slice(1)
    .split('/')
    .map((text) => component(path, text));
}

export function badPath(path: string, why: string): AppError {
  return new AppError('littlefs.path', { details: { path: printable(path), why } });
}

/**
 * The order in which the driver looks names up across the pairs of a directory: by bytes, and of two names of which one
 * begins with the other the longer first. With those the other way round it does not find the longer one behind a split.
 */
export function compareNames(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return b.length - a.length;
}

function component(path: string, text: string): Component {
  if (text === '') throw badPath(path, 'a name in it is empty');
  if (text === '.' || text === '..') throw badPath(path, '"." and ".." are no names');
  if (text.includes('\0')) throw badPath(path, 'it has a NUL character');
  if (/\p{Surrogate}/u.test(text)) throw badPath(path, 'it is not well-formed Unicode');
  const bytes = encoder.encode(text);
  if (bytes.length > COMPONENT_MAX_BYTES) {
    throw badPath(path, `"${text}" has ${bytes.length} bytes, and ${COMPONENT_MAX_BYTES} is the most`);
  }
  return { text, bytes };
}

const printable = (path: string): string => path.replaceAll('\0', '\\0').slice(0, 200);
