/** A transcript's lines with what there is to say about them: the chip's texts in plain words, crashes gathered. Pure. */
import { explainLine, type LineExplanation } from './chip-texts.ts';
import { findCrashes, longestCrashLines, type Crash } from './crashes.ts';
import type { Transcript, TranscriptLine } from './transcript.ts';

export interface ExplainedLine extends TranscriptLine {
  /** Null where there is nothing to say, or nothing else than of the line before. */
  readonly explanation: LineExplanation | null;
  /** Stands on the last line of a crash that was printed whole. */
  readonly crash: Crash | null;
}

/** `lines` are some of the transcript's, in order; `before` the line that stands above the first. */
export function explainLines(
  transcript: Pick<Transcript, 'from'>,
  lines: readonly TranscriptLine[],
  before: TranscriptLine | null = null,
): ExplainedLine[] {
  let last = before && explainLine(before.text);
  return lines.map((line) => {
    const found = line.direction === 'in' ? explainLine(line.text) : null;
    // A line read at the wrong speed is followed by many of its kind.
    const isRepeated = found !== null && found.cause === last?.cause;
    last = found;
    return { ...line, explanation: isRepeated ? null : found, crash: crashEndingAt(transcript, line) };
  });
}

function crashEndingAt(transcript: Pick<Transcript, 'from'>, line: TranscriptLine): Crash | null {
  if (!line.text.includes('<<<stack<<<')) return null;
  const recent = transcript.from(line.number - longestCrashLines, longestCrashLines + 1);
  return findCrashes(recent).find(({ lastLine }) => lastLine === line.number) ?? null;
}
