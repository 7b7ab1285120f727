/**
 * What the time until a WebSocket failed tells: a closed port refuses in one round trip, TLS takes two and the checking
 * of a certificate. Compared with ports of the same host in the same minute, never with fixed times.
 *
 * Chromium holds a page's connections back for longer and longer the more of them have failed (its WebSocket throttle):
 * a port that the browser refuses by itself shows how long.
 */
import type { Dial } from './evidence.ts';

/** `unclear`: the browser held the connections back, or the times lie between. */
export type Answer = 'refused' | 'handshake' | 'silent' | 'unclear';

export interface Timing {
  readonly target: Answer;
  readonly devicePort: Answer;
  /** Not even the unused port was refused in a second: a name that is long looked for, or nobody at the address. */
  readonly isSlow: boolean;
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

export function timingOf({ target, unused, devicePort, refusedByBrowser }: TimedDials): Timing {
  const isThrottled = (refusedByBrowser?.tookMs ?? 0) > throttledMs;
  const unusedMs = fastestMs(unused);
  const device = answerOf(devicePort, { unusedMs, handshakeMs: null, isThrottled });
  // The device port speaks TLS too: where it answers, it shows how long that takes on this very way.
  const handshakeMs = device === 'handshake' ? fastestMs(devicePort) : null;
  return {
    target: answerOf(target, { unusedMs, handshakeMs, isThrottled }),
    devicePort: devicePort.length === 0 ? 'unclear' : device,
    isSlow: unusedMs > slowMs && !isThrottled,
  };
}

interface Reference {
  /** Infinity when even that port was silent. */
  readonly unusedMs: number;
  readonly handshakeMs: number | null;
  readonly isThrottled: boolean;
}

function answerOf(dials: readonly Dial[], { unusedMs, handshakeMs, isThrottled }: Reference): Answer {
  if (dials.some(({ end, closeCode }) => end === 'opened' || closeCode === tlsCode)) return 'handshake';
  if (dials.every(({ end }) => end === 'silent')) return 'silent';
  if (isThrottled) return 'unclear';
  // Somebody answered here, but a firewall swallows what goes to other ports.
  if (unusedMs === Infinity) return 'handshake';
  const tookMs = fastestMs(dials);
  const ratio = tookMs / unusedMs;
  if (ratio > 1.8 && tookMs - unusedMs > 1.5) return 'handshake';
  if (ratio < 1.35) return 'refused';
  if (handshakeMs === null) return 'unclear';
  return ratio > handshakeMs / tookMs ? 'handshake' : 'refused';
}

/** The least disturbed sample of those that ended; Infinity for none. */
const fastestMs = (dials: readonly Dial[]): number =>
  Math.min(...dials.filter(({ end }) => end === 'closed').map(({ tookMs }) => tookMs), Infinity);
