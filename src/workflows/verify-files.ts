/**
 * Compares a board's files, one by one, with what the page would write, and says of each why it is as it is. Pure: the
 * contents are passed in; knows no flash.
 */
import { chooseSlot, otherSlot } from '../contract/slot-choice.ts';
import type { SlotName } from '../contract/slot-files.ts';
import { equalBytes, type Bytes } from '../shared/bytes.ts';
import { isContractPath } from './board-slots.ts';
import type { SlotsReport } from './slots-report.ts';

export interface CheckedFile {
  readonly path: string;
  readonly result: 'same' | 'differs' | 'missing';
}

export type FileWhy =
  /** The page would write exactly this. */
  | 'as-saved'
  /** The board holds what was written last; the project was changed since. */
  | 'saved-since'
  /** The slot is this device's, but not what the page wrote last. */
  | 'written-elsewhere'
  | 'other-device'
  /** The slot's seal does not fit: its writing was not finished, or it is damaged. */
  | 'broken-slot'
  /** The seal covers the slot's other files, of which one differs. */
  | 'seal'
  /** Nothing of these settings is on the board yet. */
  | 'not-written'
  /** A slot that stays beside the one that the page would write. */
  | 'other-slot'
  /** The device wrote it, or another page did: the page leaves it alone. */
  | 'newer-slot'
  | 'pointer'
  | 'clock'
  | 'last-command'
  | 'unfinished-rename'
  | 'not-ours';

export interface FileVerdict {
  readonly path: string;
  /** Null: not on the board. */
  readonly sizeBytes: number | null;
  /** `device`: its own file, nothing to compare; `foreign`: of another program. */
  readonly result: CheckedFile['result'] | 'device' | 'foreign';
  readonly why: FileWhy;
}

/** In the order of `expected`. */
export const compareFiles = (
  found: ReadonlyMap<string, Bytes>,
  expected: ReadonlyMap<string, Bytes>,
): CheckedFile[] =>
  [...expected].map(([path, content]): CheckedFile => {
    const onBoard = found.get(path);
    if (!onBoard) return { path, result: 'missing' };
    return { path, result: equalBytes(onBoard, content) ? 'same' : 'differs' };
  });

export interface Verification {
  /** Every file on the board. */
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
  /** Contents of those that the contract names. */
  readonly own: ReadonlyMap<string, Bytes>;
  readonly slots: SlotsReport;
  /** The slot's files as the page would write them there. */
  readonly expected: (slot: SlotName) => Promise<ReadonlyMap<string, Bytes>>;
}

/** Missing files first in their place: a slot's in the order of the contract, then what else the board holds. */
export async function verifyBoardFiles({
  files,
  own,
  slots,
  expected,
}: Verification): Promise<FileVerdict[]> {
  const { target } = chooseSlot(slots.selection, slots.standing);
  const checked = compareFiles(own, await expected(target));
  const sizes = new Map(files.map(({ path, sizeBytes }) => [path, sizeBytes]));
  const compared = checked.map(({ path, result }): FileVerdict => {
    const why = result === 'same' ? 'as-saved' : whyNot(slots, target, { path, result });
    return { path, result, sizeBytes: sizes.get(path) ?? null, why };
  });
  const isCompared = new Set(compared.map(({ path }) => path));
  const others = files
    .filter(({ path }) => !isCompared.has(path))
    .map(({ path, sizeBytes }): FileVerdict => ({ path, sizeBytes, ...standingOf(path, slots, target) }));
  return [...compared, ...others];
}

function whyNot(slots: SlotsReport, target: SlotName, { path, result }: CheckedFile): FileWhy {
  const slot = slots[target];
  if (!slot) return 'not-written';
  if (slot.standing === 'other') return 'other-device';
  if (slot.standing !== 'ours' || result === 'missing') return 'broken-slot';
  if (path.endsWith('.ok')) return 'seal';
  return slot.isLastWritten ? 'saved-since' : 'written-elsewhere';
}

function standingOf(path: string, slots: SlotsReport, target: SlotName): Pick<FileVerdict, 'result' | 'why'> {
  if (!isContractPath(path)) return { result: 'foreign', why: 'not-ours' };
  if (path.endsWith('.new')) return { result: 'device', why: 'unfinished-rename' };
  if (path === '/sel') return { result: 'device', why: 'pointer' };
  if (path === '/clk') return { result: 'device', why: 'clock' };
  if (path === '/cts') return { result: 'device', why: 'last-command' };
  switch (slots.standing[otherSlot(target)]) {
    case 'newer':
      return { result: 'device', why: 'newer-slot' };
    case 'other':
      return { result: 'foreign', why: 'other-device' };
    case 'broken':
      return { result: 'device', why: 'broken-slot' };
    case 'ours':
      return { result: 'device', why: 'other-slot' };
  }
}
