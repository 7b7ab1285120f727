/** A device's presence in words and tone, and how old a reading is. */
import { presenceWords, type Presence } from '../../telemetry/presence.ts';
import type { Tone } from '../primitives/tone.ts';

const tones: Record<Presence['kind'], Tone> = {
  unknown: 'muted',
  online: 'ok',
  quiet: 'warn',
  offline: 'bad',
};

export const presenceLook = (presence: Presence, nowMs: number): { tone: Tone; word: string } => ({
  tone: tones[presence.kind],
  word: presenceWords(presence, nowMs, clockTime),
});

const clockTime = (ms: number): string =>
  new Date(ms).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });

export function ageWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}
