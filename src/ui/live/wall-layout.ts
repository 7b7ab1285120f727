/** Which devices the wall shows, and how far it is moved so that no edge stands still for hours. */

/** More could not be read from across a room. */
const mostTiles = 24;

export interface WallTiles {
  readonly shown: readonly string[];
  readonly more: number;
}

/** The project's own devices first, then those that were found. */
export function wallTiles(own: readonly string[], heard: readonly string[]): WallTiles {
  const all = [...own, ...heard.filter((id) => !own.includes(id))];
  return { shown: all.slice(0, mostTiles), more: Math.max(0, all.length - mostTiles) };
}

const stepMs = 60_000;
const reachPx = 6;

/** Another place every minute, on a circle of eight. */
export function wallShift(nowMs: number): { readonly x: number; readonly y: number } {
  const angle = (Math.floor(nowMs / stepMs) % 8) * (Math.PI / 4);
  return { x: Math.round(reachPx * Math.cos(angle)), y: Math.round(reachPx * Math.sin(angle)) };
}
