/** Which browser and system a user agent string speaks of: the family only, nothing that tells people apart. */
export interface BrowserFamily {
  readonly family: string;
  readonly majorVersion: number | null;
  readonly system: string;
}

/** In this order: later ones are claimed by earlier ones as well. */
const families: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Edge', /\bEdg(?:A|iOS)?\/(\d+)/],
  ['Opera', /\bOPR\/(\d+)/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /\b(?:Headless)?(?:Chrome|Chromium|CriOS)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+).*Safari\//],
];

const systems: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad/],
  ['ChromeOS', /\bCrOS\b/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X|Macintosh/],
  ['Linux', /Linux|X11/],
];

export function browserFamily(userAgent: string): BrowserFamily {
  const system = systems.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? 'other';
  for (const [family, pattern] of families) {
    const version = pattern.exec(userAgent)?.[1];
    if (version !== undefined) return { family, majorVersion: Number(version.slice(0, 4)), system };
  }
  return { family: 'other', majorVersion: null, system };
}
