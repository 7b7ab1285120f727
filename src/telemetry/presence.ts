/** Whether a device is there, as far as a page can know: by what it says, by its last will, by its silence. */

export type Presence =
  /** Nothing was heard since the page connected. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'online'; readonly sinceMs: number }
  /** Silent for three intervals, but the broker has not declared it gone. */
  | { readonly kind: 'quiet'; readonly lastHeardMs: number }
  /** The broker published its last will; `sinceMs` is null when that was before the page connected. */
  | { readonly kind: 'offline'; readonly sinceMs: number | null };

/** Three missed intervals, at least 30 s (docs/contracts.md, "Topics"). */
export const silenceAfterMs = (intervalMs: number): number => Math.max(30_000, 3 * intervalMs);

/** The words of the device's state; `clockTime` writes a moment the way the person reads times. */
export function presenceWords(presence: Presence, nowMs: number, clockTime: (ms: number) => string): string {
  switch (presence.kind) {
    case 'unknown':
      return 'Not heard yet';
    case 'online':
      return 'Online';
    case 'quiet':
      return `Quiet for ${duration(nowMs - presence.lastHeardMs)}`;
    case 'offline':
      return presence.sinceMs === null ? 'Offline' : `Offline since ${clockTime(presence.sinceMs)}`;
  }
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`;
}
