/** A flash job's figures in words. */
import type { ExpectedWork } from '../../flash/expected-time.ts';
import type { FlashProgress } from '../../flash/flash-progress.ts';
import type { BoardFindings, BoardWarning } from '../../flash/flash-request.ts';
import type { FlashReport } from '../../flash/flash-state.ts';

export const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} KB`;

/** "96 KB written and verified, 384 KB were unchanged and skipped." */
export function doneWords({ writtenBytes, unchangedBytes }: FlashReport): string {
  if (writtenBytes === 0) return 'The board held exactly this already: nothing was written.';
  const skipped = unchangedBytes > 0 ? `, ${kilobytes(unchangedBytes)} were unchanged and skipped` : '';
  return `${kilobytes(writtenBytes)} written and verified${skipped}.`;
}

/** "18 of 28 KB · 41 KB/s · 1 s left"; speeds of the virtual board are this computer's, not a cable's. */
export function progressWords(progress: FlashProgress, isVirtual: boolean): string {
  const parts = [`${Math.floor(progress.doneBytes / 1024)} of ${kilobytes(progress.totalBytes)}`];
  if (progress.bytesPerSecond !== null)
    parts.push(`${kilobytes(progress.bytesPerSecond)}/s${isVirtual ? ' (simulated)' : ''}`);
  if (progress.secondsLeft !== null) parts.push(`${progress.secondsLeft} s left`);
  return parts.join(' · ');
}

/** "expected: about 4 s, 52 KB over the cable"; a model's figure, not a promise. */
export const expectedWords = ({ seconds, wireBytes }: ExpectedWork): string =>
  `expected: about ${Math.max(1, Math.round(seconds))} s, ${kilobytes(wireBytes)} over the cable`;

const mostNamed = 8;

const someOf = (paths: readonly string[]): string =>
  paths.length <= mostNamed
    ? paths.join(', ')
    : `${paths.slice(0, mostNamed).join(', ')} and ${paths.length - mostNamed} more`;

const warningWords = (warning: BoardWarning): string => {
  switch (warning.kind) {
    case 'other-device':
      return `The board holds settings of another device, ${warning.project}/${warning.device}: they will be replaced.`;
    case 'signet-replaced':
      return `The board holds Signet's files of ${warning.project}/${warning.device}, its keys among them: they will be replaced.`;
    case 'files-replaced':
      return `These files on the board will be replaced: ${someOf(warning.paths)}.`;
    case 'spiffs-replaced':
      return 'The board holds a SPIFFS file system: it will be replaced, and its files are lost.';
    case 'other-layout':
      return `The board's file system lies where the layout ${warning.layout} has it. A program built for that one will not find these files.`;
    case 'clock-ahead':
      return `The time stored on the board is ${warning.days} days ahead of this computer's, so that it would refuse commands until then: it is set back. If this computer's clock is wrong, cancel and set it first.`;
    case 'newer-slot':
      return `Settings that this page did not write stay on the board, in slot ${warning.slot}.`;
    case 'newer-slot-replaced':
      return `Newer settings that this page did not write, in slot ${warning.slot}, will be replaced.`;
    case 'unreadable':
      return `The board's file system cannot be read (${warning.code}): it is made anew, and its files are lost.`;
    case 'files-lost':
      return `There is no room for these files of other programs, they will be lost: ${warning.paths.join(', ')}.`;
    case 'interruption-loses':
      return `Old and new place of the files overlap: if the writing is interrupted, these are lost: ${warning.paths.join(', ')}. Download a backup first if they matter.`;
    case 'program-stays':
      return `The program on the board stays, and it may look for its files where the layout ${warning.layout} has them.`;
  }
};

/** What a write means for the board's own files, a sentence each. */
export function findingWords({ merge, kept, movedFrom, warnings }: BoardFindings): string[] {
  const moved = movedFrom
    ? [
        `The board's files stand where the layout ${movedFrom} has them: they are carried over, and then made invalid there.`,
      ]
    : [];
  const fate =
    merge === 'fresh'
      ? ['No files were on the board: nothing of its is replaced.']
      : kept.length > 0
        ? [`Kept as the board has them: ${kept.join(', ')}.`]
        : [];
  return [...moved, ...fate, ...warnings.map(warningWords)];
}
