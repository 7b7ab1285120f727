/** Small words that verdicts share: days, spans of time, addresses, a shell's own forms. */
import type { Evidence } from './evidence.ts';

/** As 2029-02-24, in UTC as certificates count. */
export const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const units: readonly (readonly [name: string, ms: number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** The largest unit of which there is at least one: "13 days", "1 hour", "0 seconds". */
export function span(ms: number): string {
  const size = Math.abs(ms);
  const [name, unitMs] = units.find(([, each]) => size >= each) ?? ['second', 1_000];
  const count = Math.round(size / unitMs);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** The address that shows in a tab why the browser refuses. */
export const tabAddress = ({ host, webPort }: Evidence): string => `https://${bracketed(host)}:${webPort}/`;

export const hostAndPort = ({ host, webPort }: Evidence): string => `${bracketed(host)}:${webPort}`;

/** Alternative names as they stand in a record: "DNS:pi.local" is shown as "pi.local". */
export const namesText = (names: readonly string[]): string =>
  names.map((name) => name.replace(/^(DNS|IP):/, '')).join(', ');

export const pingLine = ({ host, browser }: Evidence): string =>
  browser.system === 'Windows' ? `ping -n 2 ${host}` : `ping -c 2 ${host}`;
