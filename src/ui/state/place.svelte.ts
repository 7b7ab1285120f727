/** Which place is open, kept in the address's fragment so that Back works and a place can be linked. */
export const places = ['start', 'trust', 'broker', 'devices', 'live'] as const;
export type Place = (typeof places)[number];

export const placeNames: Record<Place, string> = {
  start: 'Start',
  trust: 'Trust',
  broker: 'Broker',
  devices: 'Devices',
  live: 'Live',
};

export interface Location {
  readonly place: Place;
  /** What is open inside the place, for example a device id; empty for none. */
  readonly detail: string;
  /** The part of it that is shown, for example "console"; empty for the first. */
  readonly tab: string;
}

export function parseLocation(hash: string): Location {
  const [, name = '', detail = '', tab = ''] = hash.replace(/^#/, '').split('/');
  const place = places.find((known) => known === name) ?? 'start';
  return { place, detail: decoded(detail), tab: decoded(tab) };
}

export const placeHref = (place: Place, ...[detail = '', tab = '']: readonly string[]): string =>
  ['#', place, detail, tab]
    .filter((part) => part !== '')
    .map(encoded)
    .join('/');

const encoded = (part: string, at: number): string => (at === 0 ? part : encodeURIComponent(part));

/** An address may be typed: what is no percent-encoding stands as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export class LocationState {
  current = $state.raw<Location>(parseLocation(window.location.hash));

  constructor() {
    window.addEventListener('hashchange', () => {
      const { place, detail } = this.current;
      this.current = parseLocation(window.location.hash);
      // Another tab of the same thing stands where the last one stood.
      if (place !== this.current.place || detail !== this.current.detail) window.scrollTo(0, 0);
    });
  }
}
