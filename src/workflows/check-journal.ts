/** Whether a project's journal holds together, and whether it goes on from an older copy of it. */
import { checkChain, continues, type ChainVerdict } from '../journal/chain.ts';
import { readJournalFile } from '../journal/journal-file.ts';
import type { ChainedEntry } from '../project/entities.ts';
import type { Bytes } from '../shared/bytes.ts';

export { checkChain } from '../journal/chain.ts';
export { writeJournalFile } from '../journal/journal-file.ts';

/**
 * `same-line`: the copy is whole and all of it stands in today's journal. `other-project`, `copy-broken`, and `forked`: the
 * copy is whole, but today's journal does not go on from it, so something was taken out or changed.
 */
export type CopyVerdict =
  | { readonly kind: 'same-line'; readonly count: number; readonly since: number }
  | { readonly kind: 'other-project'; readonly project: string }
  | { readonly kind: 'copy-broken'; readonly index: number }
  | { readonly kind: 'forked'; readonly count: number };

/** Throws journal.not-a-journal. */
export function checkCopy(
  bytes: Bytes,
  today: { readonly project: string; readonly entries: readonly ChainedEntry[] },
): CopyVerdict {
  const copy = readJournalFile(bytes);
  if (copy.project !== today.project) return { kind: 'other-project', project: copy.project };
  const verdict: ChainVerdict = checkChain(copy.entries);
  if (verdict.kind === 'broken') return { kind: 'copy-broken', index: verdict.index };
  return continues(today.entries, verdict)
    ? { kind: 'same-line', count: verdict.count, since: today.entries.length - verdict.count }
    : { kind: 'forked', count: verdict.count };
}
