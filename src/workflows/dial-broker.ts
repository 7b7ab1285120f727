/**
 * Dials the broker's port and, when it does not open, ports beside it, so that the times can be compared
 * (doctor/timing.ts). Few and one after the other: browsers hold connections back after failures.
 */
import { someBlockedPort, unusedPort } from '../doctor/blocked-ports.ts';
import type { Dial, DialEvidence } from '../doctor/evidence.ts';
import { webUrl } from '../broker/web-url.ts';
import type { BrokerProbe } from '../ports/broker-probe.ts';
import type { Clock } from '../shared/clock.ts';
import type { RunOptions } from '../shared/outcome.ts';

export interface DialTargets {
  readonly host: string;
  readonly webPort: number;
  readonly devicePort: number;
  readonly otherHosts: readonly string[];
}

/** Long enough for a lookup by multicast that finds nobody; Chromium's own limit is minutes. */
const firstMs = 8_000;
const furtherMs = 5_000;

/** A refusal that took longer is not worth repeating. */
const worthRepeatingMs = 1_500;
const otherHostsTried = 2;
const rounds = 3;

export interface DialTools {
  readonly probe: BrokerProbe;
  readonly clock: Clock;
}

/** Chromium keeps an address locked for 10 ms after a connection to it, and the page has to come to rest. */
const restMs = 50;

export async function dialBroker(
  { probe, clock }: DialTools,
  targets: DialTargets,
  options: RunOptions,
): Promise<DialEvidence> {
  const { host, webPort, devicePort } = targets;
  const knock = async (port: number, name: string, timeoutMs: number): Promise<Dial> => {
    await clock.sleep(restMs, options.signal);
    return probe.dial(webUrl(name, port), { ...options, timeoutMs });
  };
  const dial = (port: number, name = host): Promise<Dial> => knock(port, name, furtherMs);
  const first = await knock(webPort, host, firstMs);
  const nothing = { unused: [], devicePort: [], refusedByBrowser: null, otherHosts: [] };
  if (first.end === 'opened' || first.end === 'blocked') return { target: [first], ...nothing };
  if (first.end === 'silent' || first.tookMs > worthRepeatingMs) {
    const [unused, device] = await Promise.all([dial(unusedPort), dial(devicePort)]);
    const otherHosts = await dialOthers(targets, (name) => dial(webPort, name));
    return { ...nothing, target: [first], unused: [unused], devicePort: [device], otherHosts };
  }
  const samples = await sampled(first, targets, dial);
  return { ...samples, otherHosts: await dialOthers(targets, (name) => dial(webPort, name)) };
}

/** Taken in turns, what must be told apart first: the early ones are the least held back. */
async function sampled(
  first: Dial,
  { webPort, devicePort }: DialTargets,
  dial: (port: number) => Promise<Dial>,
): Promise<Omit<DialEvidence, 'otherHosts'>> {
  const target = [first];
  const unused = [await dial(unusedPort)];
  const refusedByBrowser = await dial(someBlockedPort);
  const device: Dial[] = [];
  for (let round = 1; round < rounds; round++) {
    target.push(await dial(webPort));
    unused.push(await dial(unusedPort));
    device.push(await dial(devicePort));
  }
  return { target, unused, devicePort: device, refusedByBrowser };
}

async function dialOthers(
  { host, otherHosts }: DialTargets,
  dial: (host: string) => Promise<Dial>,
): Promise<DialEvidence['otherHosts']> {
  const found: { host: string; dial: Dial }[] = [];
  for (const other of otherHosts.filter((name) => name !== host).slice(0, otherHostsTried))
    found.push({ host: other, dial: await dial(other) });
  return found;
}
