/** The console's lines as the text of a saved log. */
import type { TranscriptLine } from '../../console/transcript.ts';

export const logText = (lines: readonly TranscriptLine[]): string =>
  lines
    .map(
      (line) => `${new Date(line.atMs).toISOString()} ${line.direction === 'out' ? '> ' : ''}${line.text}\n`,
    )
    .join('');
