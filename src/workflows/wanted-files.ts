/**
 * Which of its own files a device shall have after a write (docs/contracts.md, "Settings written over USB"), and what of
 * the board's own stays. Knows contents only: no flash, no file system.
 */
import { chooseSlot, encodeSelection, encodeStamp, otherSlot, parseStamp } from '../contract/slot-choice.ts';
import { slotFiles, type SlotFile, type SlotName } from '../contract/slot-files.ts';
import type { BoardWarning } from '../flash/flash-request.ts';
import { equalBytes, type Bytes } from '../shared/bytes.ts';
import { pathsOfSlot, withBoardKey, type BoardSlots, type SlotOwner } from './board-slots.ts';

export interface WantedFiles {
  readonly wanted: ReadonlyMap<string, Bytes>;
  /** Paths of `wanted` that are as the board has them. */
  readonly kept: readonly string[];
  readonly slot: SlotName;
  readonly warnings: readonly BoardWarning[];
}

const dayS = 86_400;

/** Throws device.key-on-chip. @param own content by path, of the paths that the contract names. */
export async function wantedFiles(
  own: ReadonlyMap<string, Bytes>,
  slots: BoardSlots,
  { device, made, nowMs }: SlotOwner,
): Promise<WantedFiles> {
  const { standing, selection, other } = slots;
  const isAnothers =
    other !== null && ![standing.a, standing.b].some((kind) => kind === 'ours' || kind === 'newer');
  const choice = chooseSlot(isAnothers ? { active: 'a', trial: null, bootsLeft: 0 } : selection, standing);
  const { target } = choice;
  const keptSlot = choice.keepsOther ? pathsOfSlot(otherSlot(target)) : [];
  const keptPaths = isAnothers ? [] : [...keptSlot, ...(choice.movesPointer ? [] : ['/sel']), '/cts'];
  const kept = keptPaths.filter((path) => own.has(path));
  const pointer = encodeSelection({ active: target, trial: null, bootsLeft: 0 });
  const createdS = Math.floor(device.createdAtMs / 1000);
  const foundS = isAnothers ? null : parseStamp(own.get('/clk') ?? null);
  const boardS = foundS !== null && isAhead(foundS, nowMs) ? Math.floor(nowMs / 1000) : foundS;
  const wanted = new Map<string, Bytes>([
    ['/sel', pointer],
    ['/clk', encodeStamp(Math.max(createdS, boardS ?? 0))],
    ...(await slotFiles(target, withBoardKey(made.slot, own))).map(
      ({ path, content }: SlotFile): [string, Bytes] => [path, content],
    ),
    ...kept.map((path): [string, Bytes] => [path, own.get(path) ?? new Uint8Array(0)]),
  ]);
  const keptClock = foundS !== null && boardS === foundS && foundS >= createdS ? ['/clk'] : [];
  const ahead = foundS !== null && boardS !== null ? Math.floor((foundS - boardS) / dayS) : 0;
  const clockWarnings: BoardWarning[] = ahead > 0 ? [{ kind: 'clock-ahead', days: ahead }] : [];
  const warnings = [...warningsOf(slots, target), ...clockWarnings];
  return { wanted, kept: [...kept, ...keptClock], slot: target, warnings };
}

/** A floor that no honest time can have made: somebody answered for the device's time server. Two clocks may differ. */
const isAhead = (floorS: number, nowMs: number): boolean => floorS > nowMs / 1000 + dayS;

function warningsOf({ standing, other }: BoardSlots, target: SlotName): BoardWarning[] {
  const warnings: BoardWarning[] = [];
  if (other) warnings.push({ kind: 'other-device', ...other });
  const beside = otherSlot(target);
  if (standing[beside] === 'newer') warnings.push({ kind: 'newer-slot', slot: beside });
  if (standing[target] === 'newer') warnings.push({ kind: 'newer-slot-replaced', slot: target });
  return warnings;
}

export const sameFiles = (a: ReadonlyMap<string, Bytes>, b: ReadonlyMap<string, Bytes>): boolean =>
  a.size === b.size &&
  [...a].every(([path, content]) => equalBytes(content, b.get(path) ?? new Uint8Array(0)));
