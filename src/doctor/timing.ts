/**
 * What the time until a WebSocket failed tells: a closed port refuses in one round trip, TLS takes two and the checking
 * of a certificate. Compared with ports of the same host in the same minute, never with fixed times.
 *
 * Chromium holds a page's connections back for longer and longer the more of them have failed (its WebSocket throttle):
 * a port that the browser refuses by itself shows how long.
 */
import type { Dial } from './evidence.ts';

export interface Timing {
  /** Not one attempt on the broker's port ended. */
  readonly isSilent: boolean;
  /** Not even the unused port was refused in a second: a name that is long looked for, or nobody at the address. */
  readonly isSlow: boolean;
  /** How probable it is that somebody answered and TLS failed, from 0 (the port refused) to 1. */
  readonly handshake: number;
  /** The same of the device port; null when it was silent or not dialled. */
  readonly deviceHandshake: number | null;
}

/** Longer than any refusal over a home network, shorter than a lookup by multicast that finds nobody. */
const slowMs = 1_000;

/** Above this the throttle's own randomness hides the difference between one round trip and two. */
const throttledMs = 40;

const tlsCode = 1015;

export interface TimedDials {
  readonly target: readonly Dial[];
  readonly unused: readonly Dial[];
  readonly devicePort: readonly Dial[];
  readonly refusedByBrowser: Dial | null;
}

/** How many times as long as a refusal a handshake takes at least, where no port shows it. */
const usualThreshold = 1.55;
const steepness = 5;
const mostWhenNoisy = 0.6;

export function timingOf({ target, unused, devicePort, refusedByBrowser }: TimedDials): Timing {
  const isThrottled = (refusedByBrowser?.tookMs ?? 0) > throttledMs;
  const unusedMs = fastestMs(unused);
  const deviceMs = fastestMs(devicePort);
  const deviceHandshake = isThrottled ? 0.5 : oddsOf(deviceMs / unusedMs, usualThreshold);
  // The device port speaks TLS too: where it answers, it shows how long that takes on this very way.
  const isShown = deviceHandshake > 0.75 && Number.isFinite(deviceMs);
  const threshold = isShown ? Math.min(2.2, Math.max(1.4, Math.sqrt(deviceMs / unusedMs))) : usualThreshold;
  return {
    isSilent: target.every(({ end }) => end === 'silent'),
    isSlow: unusedMs > slowMs && !isThrottled,
    handshake: handshakeOf(target, { unusedMs, threshold, isThrottled, isNoisy: spreadsWide(unused) }),
    deviceHandshake: Number.isFinite(deviceMs) ? deviceHandshake : null,
  };
}

interface Reference {
  /** Infinity when even that port was silent. */
  readonly unusedMs: number;
  readonly threshold: number;
  readonly isThrottled: boolean;
  readonly isNoisy: boolean;
}

function handshakeOf(
  dials: readonly Dial[],
  { unusedMs, threshold, isThrottled, isNoisy }: Reference,
): number {
  if (dials.some(({ end, closeCode }) => end === 'opened' || closeCode === tlsCode)) return 1;
  if (isThrottled) return 0.5;
  // Somebody answered here, but a firewall swallows what goes to other ports.
  if (unusedMs === Infinity) return 0.8;
  const odds = oddsOf(fastestMs(dials) / unusedMs, threshold);
  return isNoisy ? Math.min(mostWhenNoisy, Math.max(1 - mostWhenNoisy, odds)) : odds;
}

/** Refusals of one port that differ by much: this computer or its network is busy, and a lucky sample proves little. */
function spreadsWide(unused: readonly Dial[]): boolean {
  const times = unused.map(({ tookMs }) => tookMs);
  const [least, most] = [Math.min(...times), Math.max(...times)];
  return most > 3 * least && most - least > 8;
}

/** Even at the threshold, and soon certain on either side of it. */
const oddsOf = (ratio: number, threshold: number): number => 1 / (1 + (threshold / ratio) ** steepness);

/** The least disturbed sample of those that ended; Infinity for none. */
const fastestMs = (dials: readonly Dial[]): number =>
  Math.min(...dials.filter(({ end }) => end === 'closed').map(({ tookMs }) => tookMs), Infinity);
