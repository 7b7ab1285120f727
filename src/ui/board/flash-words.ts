/** A flash job's figures in words. */
import type { FlashProgress } from '../../flash/flash-progress.ts';
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
