/** The lock's states in words, and the time until it shuts by itself. */
import type { VaultState } from '../vault/vault.ts';

export const lockWords: Readonly<Record<VaultState['kind'], string>> = {
  'not-locked': 'Not locked',
  locked: 'Locked',
  'unlocked-for-signing': 'Unlocked for signing',
  'ready-for-live': 'Ready for Live',
};

/** "4:12". */
export function timeLeft(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
