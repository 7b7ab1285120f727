/**
 * Which slot new settings go to, and which of a board's slots stay (docs/contracts.md, "Settings written over USB"). Pure:
 * knows neither flash nor file system.
 */
import { fromUtf8, utf8, type Bytes } from '../shared/bytes.ts';
import type { SlotName } from './slot-files.ts';

/** What `/sel` says; null stands for a file that is missing or not understood: slot a, as the firmware takes it. */
export interface Selection {
  readonly active: SlotName;
  readonly trial: SlotName | null;
  readonly bootsLeft: number;
}

const firstSelection: Selection = { active: 'a', trial: null, bootsLeft: 0 };

/** What is known of one slot on a board. */
export type SlotStanding =
  /** Not there, or its seal disagrees: never used by the device. */
  | 'broken'
  /** This page wrote it. */
  | 'ours'
  /** Sealed, of this project and device, and not written by this page: newer. */
  | 'newer'
  /** Sealed, of another project or device. */
  | 'other';

export interface SlotChoice {
  /** Where the new settings go. */
  readonly target: SlotName;
  /** The other slot stays as it is. */
  readonly keepsOther: boolean;
  /** `/sel` has to be written anew, pointing to `target`. */
  readonly movesPointer: boolean;
}

const otherSlot = (slot: SlotName): SlotName => (slot === 'a' ? 'b' : 'a');
export { otherSlot };

export function parseSelection(file: Uint8Array | null): Selection {
  if (!file || file.length > 35) return firstSelection;
  const found = /^1 ([ab]) ([ab-]) (\d{1,10})(?: \d{1,10})?\n$/.exec(textOf(file));
  if (!found) return firstSelection;
  const [, active, trial, bootsLeft] = found;
  return {
    active: active === 'b' ? 'b' : 'a',
    trial: trial === 'a' || trial === 'b' ? trial : null,
    bootsLeft: Number(bootsLeft),
  };
}

export const encodeSelection = ({ active, trial, bootsLeft }: Selection): Bytes =>
  utf8(`1 ${active} ${trial ?? '-'} ${bootsLeft}\n`);

/** The rule: the slot that the device would run, unless a newer one stands there; then the other. */
export function chooseSlot(
  selection: Selection,
  standing: Readonly<Record<SlotName, SlotStanding>>,
): SlotChoice {
  const running = selection.trial !== null && selection.bootsLeft > 0 ? selection.trial : selection.active;
  const target = standing[running] === 'newer' ? otherSlot(running) : running;
  const other = standing[otherSlot(target)];
  return {
    target,
    keepsOther: other === 'newer' || other === 'ours',
    movesPointer: selection.active !== target || selection.trial !== null,
  };
}

/** A decimal number and a line end, as in `/clk` and `/cts`; null when it is no such file. */
export function parseStamp(file: Uint8Array | null): number | null {
  const found = file && file.length <= 24 ? /^(\d{1,16})\n$/.exec(textOf(file)) : null;
  return found ? Number(found[1]) : null;
}

export const encodeStamp = (value: number): Bytes => utf8(`${value}\n`);

function textOf(file: Uint8Array): string {
  try {
    return fromUtf8(file);
  } catch {
    return '';
  }
}
