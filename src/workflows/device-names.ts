/** Names in a row: what comes after "porch-1", and how thirty of them are called. Makes nothing. */
import { idFromName, isReservedId } from '../project/ids.ts';

const longestId = 32;

/** "porch-1" becomes "porch-2", "bed-07" becomes "bed-08", "porch" becomes "porch-2"; taken ones are passed over. */
export function nextName(after: string, taken: readonly string[]): string {
  const [next = ''] = namesFrom(following(after), 1, taken);
  return next;
}

/** `count` free names that begin with `first`; fewer when `first` leaves no legal name. */
export function namesFrom(first: string, count: number, taken: readonly string[]): string[] {
  const names: string[] = [];
  const used = new Set(taken);
  for (let name = idFromName(first); name !== '' && names.length < count; name = following(name)) {
    if (used.has(name) || isReservedId(name)) continue;
    names.push(name);
    used.add(name);
  }
  return names;
}

function following(name: string): string {
  const [, stem = '', digits] = /^(.*?)(\d{0,9})$/.exec(idFromName(name)) ?? [];
  if (stem === '' && !digits) return '';
  if (!digits) return joined(`${stem}-`, '2');
  return joined(stem, String(Number(digits) + 1).padStart(digits.length, '0'));
}

const joined = (stem: string, number: string): string => stem.slice(0, longestId - number.length) + number;
