/** How a refused Local Network Access is allowed again, by browser and system. */
import type { Evidence, Place } from './evidence.ts';
import type { LineCheck } from './verdict.ts';

const menuNames = (place: Place): string =>
  place === 'this-computer' ? '"Apps on device"' : '"Local network"';

/** Chrome's wording of the entry changed between versions, so both are named. */
export function allowAgainSteps({ family, system }: Evidence['browser'], place: Place): string[] {
  const inFirefox = [
    'Click the sign left of the address, and take back what is blocked there.',
    'Or: Settings, Privacy & Security, Permissions, the entry for the local network.',
  ];
  const inChrome = [
    'Click the sign left of the address, then Site settings.',
    `Set ${menuNames(place)} (older versions: "Local network access") to Allow.`,
  ];
  return [
    ...(family === 'Firefox' ? inFirefox : inChrome),
    ...systemSteps(family, system),
    'Reload the page.',
  ];
}

/** Where Chrome and its kin keep the answer; no page may link there. Null for browsers without such an address. */
export function siteSettingsLine({ family }: Evidence['browser'], origin: string): LineCheck | null {
  const scheme = family === 'Edge' ? 'edge' : family === 'Opera' ? 'opera' : 'chrome';
  if (family === 'Firefox' || family === 'Safari' || family === 'other') return null;
  return {
    where: 'a new tab',
    command: `${scheme}://settings/content/siteDetails?site=${encodeURIComponent(origin)}`,
    expected: 'Allow for the local network',
  };
}

/** macOS has a permission of its own, for the browser as a whole. */
const systemSteps = (family: string, system: string): string[] =>
  system === 'macOS'
    ? [`On a Mac also: System Settings, Privacy & Security, Local Network, ${family}: on.`]
    : [];
