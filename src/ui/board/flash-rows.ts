/** A flash plan as rows to read: a region each, and the regions of one part together. */
import type { FlashPart, FlashPlan } from '../../flash/flash-plan.ts';
import { hexOffset, SECTOR_BYTES } from '../../flash/flash-request.ts';
import { kilobytes } from './flash-words.ts';

export interface FlashRow {
  readonly name: string;
  /** First and last address, in hex. */
  readonly place: string;
  readonly sectors: number;
  readonly size: string;
}

const names: Record<FlashPart, string> = { firmware: 'Firmware', files: 'Files', boot: 'Start sector, last' };

type Write = FlashPlan['writes'][number];

export const regionRows = ({ writes }: FlashPlan): FlashRow[] => writes.map((write) => rowOf([write]));

/** In the order of writing. */
export function partRows({ writes }: FlashPlan): FlashRow[] {
  const parts = [...new Set(writes.map(({ part }) => part))];
  return parts.map((part) => rowOf(writes.filter((write) => write.part === part)));
}

function rowOf(writes: readonly Write[]): FlashRow {
  const sizeBytes = writes.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const from = Math.min(...writes.map(({ offset }) => offset));
  const to = Math.max(...writes.map(({ offset, bytes }) => offset + bytes.length)) - 1;
  return {
    name: names[writes[0]?.part ?? 'files'],
    place: `${hexOffset(from)} – ${hexOffset(to)}`,
    sectors: sizeBytes / SECTOR_BYTES,
    size: kilobytes(sizeBytes),
  };
}
