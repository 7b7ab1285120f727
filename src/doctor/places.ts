/** Where a host is, by its name or address alone. Local Network Access asks only on the way to a nearer place. */
import type { Place } from './evidence.ts';

/** `host` as a URL has it, or as the project keeps it: IPv6 with or without brackets. */
export function placeOf(host: string): Place {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return 'this-computer';
  if (/^[\d.]+$/.test(name)) return placeOfIpv4(name.split('.').map(Number));
  if (name.includes(':')) return placeOfIpv6(name);
  if (/\.(local|lan|home\.arpa|internal)$/.test(name) || !name.includes('.')) return 'local';
  return 'unknown';
}

function placeOfIpv4([a = 0, b = 0]: readonly number[]): Place {
  if (a === 127) return 'this-computer';
  const isPrivate =
    a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254);
  // 100.64/10 is where VPNs such as Tailscale live; Chrome counts it as local too.
  return isPrivate || (a === 100 && b >= 64 && b < 128) ? 'local' : 'public';
}

function placeOfIpv6(address: string): Place {
  if (address === '::1') return 'this-computer';
  return /^f[cd]|^fe[89ab]/.test(address) ? 'local' : 'public';
}

const distance: Record<Place, number> = { 'this-computer': 0, local: 1, unknown: 2, public: 3 };

/**
 * Whether a browser with Local Network Access may ask before a page there talks to the target. A target under a public
 * name may still be in the house, so it counts; a public address does not.
 */
export const mayBeAsked = (page: Place, target: Place): boolean =>
  target !== 'public' && (distance[page] > distance[target] || (page === 'unknown' && target === 'unknown'));
