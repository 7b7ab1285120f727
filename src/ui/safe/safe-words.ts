/** Journal entries, differences and verdicts in a person's words. */
import type { JournalEntry } from '../../project/entities.ts';
import type { Difference } from '../../workflows/backup/differences.ts';
import type { CopyVerdict } from '../../workflows/check-journal.ts';

export const whenWords = (atMs: number): string =>
  new Date(atMs).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** "device added: door-1", "settings changed: porch-1, sensor". */
export function entryWords({ what, deviceId, details }: JournalEntry): string {
  const told = Object.entries(details).filter(([, value]) => String(value).length <= 60);
  const parts = [deviceId, ...told.map(([name, value]) => `${name} ${value}`)].filter(
    (part) => part !== null,
  );
  return parts.length === 0 ? what : `${what}: ${parts.join(', ')}`;
}

export function differenceWords(difference: Difference): string {
  switch (difference.kind) {
    case 'device-goes':
      return `${difference.deviceId} goes: it was made after the backup.`;
    case 'device-comes':
      return `${difference.deviceId} comes back.`;
    case 'device-changes':
      return `${difference.deviceId} gets back its ${difference.what.join(' and ')} of then.`;
    case 'authority-changes':
      return `The ${difference.role} authority of then: what the present one signed is not known to it.`;
    case 'broker-changes':
      return `The broker's ${difference.what.join(' and ')} of then: get its files again.`;
    case 'wifi-changes':
      return 'The Wi-Fi networks of then.';
    case 'revocations-stay':
      return `${difference.count} revoked here since: stays revoked, the lists are signed anew.`;
  }
}

export function copyWords(verdict: CopyVerdict): { readonly isGood: boolean; readonly text: string } {
  switch (verdict.kind) {
    case 'same-line':
      return {
        isGood: true,
        text: `The copy's ${verdict.count} entries stand unchanged in today's journal; ${verdict.since} came since.`,
      };
    case 'other-project':
      return { isGood: false, text: `The copy is of another project, "${verdict.project}".` };
    case 'copy-broken':
      return { isGood: false, text: `The copy itself was changed, at its entry ${verdict.index + 1}.` };
    case 'forked':
      return {
        isGood: false,
        text: `Today's journal does not go on from this copy of ${verdict.count} entries: something was changed or taken out.`,
      };
  }
}
