/** Which ports the lanes of Many boards hold, so that no other part of the page opens one of them. */
import type { SerialLink } from '../../ports/serial.ts';

const lanes = new Map<SerialLink, number>();

/** The lane's number; null for a port that no lane holds. */
export const laneOfPort = (link: SerialLink): number | null => lanes.get(link) ?? null;

export const holdPort = (link: SerialLink, lane: number): void => void lanes.set(link, lane);

export const releasePort = (link: SerialLink | null): void => {
  if (link) lanes.delete(link);
};
