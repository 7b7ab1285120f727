/** How much of a project would be lost with this browser: what the journal tells since the last backup. */
import type { JournalEntry } from '../../project/entities.ts';
import { backupMade } from './make-backup.ts';

export interface BackupStanding {
  /** Null for never. */
  readonly lastMs: number | null;
  /** What was made or changed since, oldest first. */
  readonly since: readonly JournalEntry[];
}

/** Entries that leave nothing behind which a backup would hold. */
const passing: ReadonlySet<string> = new Set([
  backupMade,
  'backup restored',
  'board erased',
  'board restored',
  'board written',
  'own sketch written',
]);

export function backupStanding(journal: readonly JournalEntry[]): BackupStanding {
  const last = journal.findLastIndex(({ what }) => what === backupMade);
  return {
    lastMs: journal[last]?.atMs ?? null,
    since: journal.slice(last + 1).filter(({ what }) => !passing.has(what)),
  };
}
