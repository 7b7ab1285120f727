/**
 * What the two slots on a board are, for a person to read: whose settings, which runs, which generation. Needs no secret
 * of the project: the board's own command key tells a slot's generation. Knows no flash.
 */
import { parseSelection, parseStamp, type Selection, type SlotStanding } from '../contract/slot-choice.ts';
import { slotGeneration, slotSeal, type SlotContents, type SlotName } from '../contract/slot-files.ts';
import type { Device, Project } from '../project/entities.ts';
import { equalBytes, fromHex, fromUtf8, type Bytes } from '../shared/bytes.ts';
import { identityIn, slotIn } from './board-slots.ts';

export interface SlotReport {
  readonly standing: SlotStanding;
  readonly project: string;
  readonly device: string;
  /** `gen`, 8 hex; null when the slot has no `app` key. */
  readonly generation: string | null;
  /** What this page recorded when it wrote the device last. */
  readonly isLastWritten: boolean;
}

export interface SlotsReport {
  readonly selection: Selection;
  readonly standing: Readonly<Record<SlotName, SlotStanding>>;
  /** Null: no file of it is there. */
  readonly a: SlotReport | null;
  readonly b: SlotReport | null;
  /** The slot that the device would take at its next start; null when neither is whole. */
  readonly runs: SlotName | null;
  readonly isOnTrial: boolean;
  /** Unix seconds; null when there is none. */
  readonly clockFloorS: number | null;
}

/** @param own content by path, of the paths that the contract names. */
export async function reportSlots(
  own: ReadonlyMap<string, Bytes>,
  project: Project,
  device: Device,
): Promise<SlotsReport> {
  const [a, b] = await Promise.all(
    (['a', 'b'] as const).map((name) => reportSlot(own, name, { project, device })),
  );
  const selection = parseSelection(own.get('/sel') ?? null);
  const standing = { a: a?.standing ?? 'broken', b: b?.standing ?? 'broken' } as const;
  const isOnTrial = selection.trial !== null && selection.bootsLeft > 0;
  const wanted = (isOnTrial && selection.trial) || selection.active;
  const order: SlotName[] = wanted === 'a' ? ['a', 'b'] : ['b', 'a'];
  return {
    selection,
    standing,
    a: a ?? null,
    b: b ?? null,
    runs: order.find((slot) => standing[slot] !== 'broken') ?? null,
    isOnTrial,
    clockFloorS: parseStamp(own.get('/clk') ?? null),
  };
}

async function reportSlot(
  own: ReadonlyMap<string, Bytes>,
  name: SlotName,
  { project, device }: { readonly project: Project; readonly device: Device },
): Promise<SlotReport | null> {
  if (![...own.keys()].some((path) => path.startsWith(`/${name}.`))) return null;
  const slot = slotIn(own, name);
  const identity = identityIn(slot.cfg);
  const isWhole = equalBytes(own.get(`/${name}.ok`) ?? new Uint8Array(0), await slotSeal(slot));
  const generation = isWhole ? await generationOf(slot) : null;
  const isThis = identity.project === project.id && identity.device === device.id;
  const isLastWritten = isThis && generation !== null && generation === device.generation;
  const isKnown = isThis && equalBytes(slot.crt, device.credential.certificate.der);
  const standing = !isWhole ? 'broken' : !isThis ? 'other' : isKnown || isLastWritten ? 'ours' : 'newer';
  return { standing, ...identity, generation, isLastWritten };
}

/** Null when there is no readable line for `app`. */
async function generationOf(slot: SlotContents): Promise<string | null> {
  let text = '';
  try {
    text = fromUtf8(slot.mac);
  } catch {
    return null;
  }
  const key = /^app ([0-9a-f]{64}) /m.exec(text)?.[1];
  return key === undefined ? null : slotGeneration(slot, fromHex(key));
}
