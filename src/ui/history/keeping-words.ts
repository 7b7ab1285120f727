/** How keeping goes, in words and tone. */
import type { HistoryState } from '../../workflows/keep-history.ts';
import type { Tone } from '../primitives/tone.ts';

export interface KeepingLook {
  readonly tone: Tone;
  readonly word: string;
  readonly more: string | null;
}

export function keepingLook({ role, recorder }: HistoryState, isKept: boolean): KeepingLook {
  if (recorder?.failure) {
    const sinceMs = recorder.unsavedSinceMs ?? 0;
    const since = new Date(sinceMs).toLocaleTimeString(undefined, { hour12: false });
    const lost =
      recorder.lostCount > 0
        ? ` ${recorder.lostCount.toLocaleString()} readings had to be let go.`
        : ' They are held in memory and will be kept as soon as there is room.';
    return {
      tone: 'bad',
      word: `Not kept since ${since}`,
      more: `New readings are shown, but not kept.${lost} Nothing else is affected.`,
    };
  }
  if (role === 'waiting')
    return { tone: 'info', word: 'Kept by another tab', more: 'Another tab of this browser keeps them.' };
  if (role === 'idle')
    return { tone: 'muted', word: 'Not being kept', more: 'Readings are kept while the page is connected.' };
  if (!isKept)
    return {
      tone: 'warn',
      word: 'Kept until the page closes',
      more: 'This browser lets the page store nothing: allow site data for it, or leave the private window.',
    };
  return { tone: 'ok', word: 'Being kept', more: null };
}

/** Bytes as people read them. */
export function bytesWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}
