/**
 * What the files on a board mean to this device: pointer, clock floor, last command, and whose the two slots are. Reads
 * contents only; knows neither flash nor where files stand.
 */
import { parseSelection, type Selection, type SlotStanding } from '../contract/slot-choice.ts';
import { slotGeneration, slotSeal, type SlotContents, type SlotName } from '../contract/slot-files.ts';
import { certificateParts } from '../pki/certificate-fields.ts';
import type { Device, Project } from '../project/entities.ts';
import { equalBytes, fromUtf8, type Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import type { DeviceSlot } from './device-image.ts';

/** Who asks, and what it knows of what it wrote before. */
export interface SlotOwner {
  readonly project: Project;
  readonly device: Device;
  readonly made: DeviceSlot;
  /** The page's own clock, Unix ms. */
  readonly nowMs: number;
}

export interface BoardSlots {
  readonly selection: Selection;
  readonly standing: Readonly<Record<SlotName, SlotStanding>>;
  /** Of the slots that are another's; null when there is none. */
  readonly other: { readonly project: string; readonly device: string } | null;
}

const partNames = ['cfg', 'ca', 'crt', 'key', 'mac'] as const;
const ownPath = /^\/(?:[ab]\.(?:cfg|ca|crt|key|mac|ok)|(?:sel|clk|cts)(?:\.new)?)$/;

/** Whether docs/contracts.md gives this path a meaning. */
export const isContractPath = (path: string): boolean => ownPath.test(path);

export const pathsOfSlot = (slot: SlotName): string[] =>
  [...partNames, 'ok'].map((part) => `/${slot}.${part}`);

/** @param files content by path, of the paths that the contract names. */
export async function readBoardSlots(
  files: ReadonlyMap<string, Bytes>,
  owner: SlotOwner,
): Promise<BoardSlots> {
  const [a, b] = await Promise.all([judgeSlot(files, 'a', owner), judgeSlot(files, 'b', owner)]);
  return {
    selection: parseSelection(files.get('/sel') ?? null),
    standing: { a: a.standing, b: b.standing },
    other: a.other ?? b.other,
  };
}

type Judged = { readonly standing: SlotStanding; readonly other: BoardSlots['other'] };
const broken: Judged = { standing: 'broken', other: null };

async function judgeSlot(
  files: ReadonlyMap<string, Bytes>,
  name: SlotName,
  { project, device, made }: SlotOwner,
): Promise<Judged> {
  const slot = slotIn(files, name);
  if (!equalBytes(files.get(`/${name}.ok`) ?? new Uint8Array(0), await slotSeal(slot))) return broken;
  const identity = identityIn(slot.cfg);
  if (identity.project !== project.id || identity.device !== device.id) {
    return { standing: 'other', other: identity };
  }
  const isKnownCertificate = everyCertificateOf(project, device).some((der) => equalBytes(slot.crt, der));
  const isRecorded =
    device.generation !== null && (await slotGeneration(slot, made.appKey)) === device.generation;
  return { standing: isKnownCertificate || isRecorded ? 'ours' : 'newer', other: null };
}

/** The present one, and those that rotations and renewals replaced. */
const everyCertificateOf = (project: Project, device: Device): Bytes[] => [
  device.credential.certificate.der,
  ...project.replacedCertificates
    .filter(({ owner }) => owner === `device:${device.id}`)
    .map(({ certificate }) => certificate.der),
];

/**
 * The slot with the key that a slot on the board has for the same public key, where its own was born on the chip.
 * Throws device.key-on-chip: the board does not have it.
 */
export function withBoardKey(slot: SlotContents, files: ReadonlyMap<string, Bytes>): SlotContents {
  const found = withFoundKey(slot, files);
  if (found.key.length === 0) throw new AppError('device.key-on-chip');
  return found;
}

/** As {@link withBoardKey}; the key stays empty where it is not found. */
export function withFoundKey(slot: SlotContents, files: ReadonlyMap<string, Bytes>): SlotContents {
  if (slot.key.length > 0) return slot;
  const onBoard = (['a', 'b'] as const).map((name) => slotIn(files, name));
  const same = onBoard.find(({ key, crt }) => key.length > 0 && isForSameKey(crt, slot.crt));
  return same ? { ...slot, key: same.key } : slot;
}

function isForSameKey(onBoard: Bytes, certificate: Bytes): boolean {
  try {
    const [found, wanted] = [onBoard, certificate].map((der) => certificateParts(der).publicKeyInfo);
    return found !== undefined && wanted !== undefined && equalBytes(found, wanted);
  } catch {
    // Whatever stands there is no certificate.
    return false;
  }
}

/** Whose settings stand in the slots, sealed or not; each identity once. */
export function identitiesIn(files: ReadonlyMap<string, Bytes>): { project: string; device: string }[] {
  const found = new Map<string, { project: string; device: string }>();
  for (const path of ['/a.cfg', '/b.cfg']) {
    const cfg = files.get(path);
    const identity = cfg && identityIn(cfg);
    if (identity) found.set(`${identity.project}/${identity.device}`, identity);
  }
  return [...found.values()];
}

/** A slot's files; what is missing is empty. */
export function slotIn(files: ReadonlyMap<string, Bytes>, name: SlotName): SlotContents {
  const part = (kind: string): Bytes => files.get(`/${name}.${kind}`) ?? new Uint8Array(0);
  return { cfg: part('cfg'), ca: part('ca'), crt: part('crt'), key: part('key'), mac: part('mac') };
}

/** Whose settings a slot holds. Texts that are safe to show, whatever stands there. */
export function identityIn(cfg: Bytes): { project: string; device: string } {
  try {
    const config = JSON.parse(fromUtf8(cfg)) as { project?: unknown; id?: unknown } | null;
    return { project: idOf(config?.project), device: idOf(config?.id) };
  } catch {
    return { project: 'unknown', device: 'unknown' };
  }
}

const idOf = (value: unknown): string =>
  typeof value === 'string' && /^[a-z0-9-]{1,32}$/.test(value) ? value : 'unknown';
