/** What a person must say yes to before one of many boards is written. Pure. */
import type { BoardFindings } from '../flash/flash-request.ts';
import type { BoardJob, ManyBoards } from './many-boards.ts';

export type BoardQuestion =
  /** Settings of another project or device stand on it. */
  | { readonly kind: 'other-device'; readonly project: string; readonly device: string }
  /** This very board was written before, as this device: it was not swapped. */
  | { readonly kind: 'written-already'; readonly device: string }
  /** The device was begun on another board, which holds a part of it. */
  | { readonly kind: 'other-board'; readonly macAddress: string }
  | { readonly kind: 'newer-slot-replaced'; readonly slot: 'a' | 'b' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'files-lost'; readonly paths: readonly string[] };

/** What was found on the board with this address; empty when nothing of anybody's is lost by writing `job` to it. */
export function boardQuestions(
  { jobs }: ManyBoards<unknown>,
  job: BoardJob<unknown>,
  board: { readonly macAddress: string; readonly findings: BoardFindings | null },
): BoardQuestion[] {
  const isBegun = job.macAddress === board.macAddress;
  const earlier = jobs.findLast(
    ({ id, macAddress, result }) =>
      id !== job.id && macAddress === board.macAddress && result.kind === 'written',
  );
  const questions: BoardQuestion[] = [];
  if (job.macAddress !== null && !isBegun)
    questions.push({ kind: 'other-board', macAddress: job.macAddress });
  if (earlier && !isBegun) questions.push({ kind: 'written-already', device: earlier.deviceId });
  for (const warning of board.findings?.warnings ?? []) {
    // A write that was cut short leaves files that cannot be read: they are this device's own.
    if (warning.kind === 'unreadable' && !isBegun) questions.push({ kind: 'unreadable' });
    if (['other-device', 'newer-slot-replaced', 'files-lost'].includes(warning.kind))
      questions.push(warning as BoardQuestion);
  }
  return questions;
}
