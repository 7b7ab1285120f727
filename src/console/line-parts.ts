/** A line's text cut at the places that a search found, for highlighting. Pure. */
import type { LineMatch } from './transcript-search.ts';

export interface LinePart {
  readonly text: string;
  readonly isMatch: boolean;
}

/** In order; together they are the text. */
export function lineParts(text: string, ranges: LineMatch['ranges']): LinePart[] {
  const parts: LinePart[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    if (start > at) parts.push({ text: text.slice(at, start), isMatch: false });
    parts.push({ text: text.slice(start, end), isMatch: true });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), isMatch: false });
  return parts;
}
