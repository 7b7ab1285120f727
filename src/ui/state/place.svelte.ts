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
}

export function parseLocation(hash: string): Location {
  const [, name = '', detail = ''] = hash.replace(/^#/, '').split('/');
  return { place: places.find((place) => place === name) ?? 'start', detail: decodeURIComponent(detail) };
}

export const placeHref = (place: Place, detail = ''): string =>
  detail ? `#/${place}/${encodeURIComponent(detail)}` : `#/${place}`;

export class LocationState {
  current = $state.raw<Location>(parseLocation(window.location.hash));

  constructor() {
    window.addEventListener('hashchange', () => {
      this.current = parseLocation(window.location.hash);
      window.scrollTo(0, 0);
    });
  }
}
