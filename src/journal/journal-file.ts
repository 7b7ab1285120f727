/** The journal as a file of its own: written for people and programs, read back to be checked. */
import { fromUtf8, utf8, type Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { isJournalEntry } from '../project/check.ts';
import type { ChainedEntry } from '../project/entities.ts';

export interface JournalFile {
  readonly project: string;
  readonly entries: readonly ChainedEntry[];
}

const kind = 'signet-journal';
const hashPattern = /^[0-9a-f]{64}$/;

export const writeJournalFile = ({ project, entries }: JournalFile): Bytes =>
  utf8(`${JSON.stringify({ kind, v: 1, project, entries }, null, 2)}\n`);

/** Throws journal.not-a-journal. Whether the chain holds is checkChain's to say. */
export function readJournalFile(bytes: Bytes): JournalFile {
  try {
    const file = JSON.parse(fromUtf8(bytes)) as {
      readonly [name in 'kind' | 'v' | 'project' | 'entries']?: unknown;
    };
    if (
      file.kind !== kind ||
      file.v !== 1 ||
      typeof file.project !== 'string' ||
      !Array.isArray(file.entries)
    )
      throw new TypeError('not a journal of version 1');
    if (!file.entries.every(isChainedEntry)) throw new TypeError('an entry without its fields');
    return { project: file.project, entries: file.entries };
  } catch (cause) {
    throw new AppError('journal.not-a-journal', { cause });
  }
}

const isChainedEntry = (value: unknown): value is ChainedEntry =>
  isJournalEntry(value) && hashPattern.test(String((value as Partial<ChainedEntry>).hash));
