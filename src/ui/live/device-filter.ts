/** Which devices the overview shows: those the project has and those that were heard, by words and by state. */
import type { Presence } from '../../telemetry/presence.ts';

export const stateKinds = ['all', 'online', 'quiet', 'offline', 'unknown'] as const;
export type StateKind = (typeof stateKinds)[number];

export const stateNames: Record<StateKind, string> = {
  all: 'All',
  online: 'Online',
  quiet: 'Quiet',
  offline: 'Offline',
  unknown: 'Waiting',
};

export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly kind: Presence['kind'];
}

/** Every one of the words must stand in the name, in any case. */
export function filtered(all: readonly Listed[], words: string, kind: StateKind): string[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return all
    .filter((device) => kind === 'all' || device.kind === kind)
    .filter(({ name }) => wanted.every((word) => name.toLowerCase().includes(word)))
    .map(({ id }) => id);
}

export function counted(all: readonly Listed[]): Record<StateKind, number> {
  const counts: Record<StateKind, number> = { all: all.length, online: 0, quiet: 0, offline: 0, unknown: 0 };
  for (const { kind } of all) counts[kind] += 1;
  return counts;
}
