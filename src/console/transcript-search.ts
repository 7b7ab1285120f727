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

/** A search in lines that go on: each is looked at once, a given number of them in one go. */
export class GrowingSearch {
  /** Of the lines that are still there, in order. */
  matches: readonly LineMatch[] = [];
  readonly #query: string;
  readonly #options: { readonly matchCase: boolean };
  #nextNumber = 0;

  constructor(query: string, options: { readonly matchCase: boolean }) {
    this.#query = query;
    this.#options = options;
  }

  /** `lines` are all there are, numbered without a gap. True when none is left to look at. */
  look(lines: readonly TranscriptLine[], most: number): boolean {
    const oldest = lines[0]?.number;
    // Where no line is left, those that come may be the same ones anew.
    if (oldest === undefined) {
      this.matches = [];
      this.#nextNumber = 0;
      return true;
    }
    const start = Math.max(0, this.#nextNumber - oldest);
    const fresh = lines.slice(start, start + most);
    const found = searchTranscript(fresh, this.#query, this.#options);
    const gone = this.matches.findIndex(({ number }) => number >= oldest);
    if (found.length > 0 || gone !== 0)
      this.matches = [...(gone < 0 ? [] : this.matches.slice(gone)), ...found];
    this.#nextNumber = oldest + start + fresh.length;
    return start + fresh.length >= lines.length;
  }
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
