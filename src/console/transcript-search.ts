/** Finds a text in a transcript's lines. Pure; knows nothing of how matches are shown. */
import type { TranscriptLine } from './transcript.ts';

export interface LineMatch {
  /** The line's number in the transcript. */
  readonly number: number;
  /** Start and end of each place in its text, in order. */
  readonly ranges: readonly (readonly [start: number, end: number])[];
}

/** Lines that hold `query` as it stands (no pattern); an empty query finds nothing. */
export function searchTranscript(
  lines: readonly TranscriptLine[],
  query: string,
  { matchCase = false }: { readonly matchCase?: boolean } = {},
): LineMatch[] {
  if (query === '') return [];
  const pattern = new RegExp(escaped(query), matchCase ? 'gu' : 'giu');
  return lines.flatMap(({ number, text }) => {
    const ranges = Array.from(text.matchAll(pattern), ({ index, 0: found }): [number, number] => [
      index,
      index + found.length,
    ]);
    return ranges.length === 0 ? [] : [{ number, ranges }];
  });
}

/** The match after (or before) the line `from`, around the end; null when there is none at all. */
export function nextMatch(
  matches: readonly LineMatch[],
  from: number | null,
  direction: 'forward' | 'back',
): LineMatch | null {
  if (direction === 'forward') {
    return matches.find(({ number }) => from === null || number > from) ?? matches[0] ?? null;
  }
  return matches.findLast(({ number }) => from === null || number < from) ?? matches.at(-1) ?? null;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
