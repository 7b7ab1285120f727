/**
 * Broker host names and addresses: what a person may type and the one form in which certificates, settings and
 * URLs carry it (lower case, punycode, RFC 5952). Knows nothing of certificates.
 */
import { AppError } from '../shared/errors.ts';
import type { ErrorCode } from '../shared/errors.ts';
import type { Bytes } from '../shared/bytes.ts';
import { isPublicSuffix } from './public-suffixes.ts';

export type Host =
  | { readonly kind: 'dns'; readonly text: string }
  | { readonly kind: 'ipv4'; readonly text: string; readonly address: Bytes }
  | { readonly kind: 'ipv6'; readonly text: string; readonly address: Bytes };

/** What a person should know about a legal host before anything is issued. */
export type HostAdvice = 'ip-text-added' | 'mdns' | 'this-computer-only';

const ipv4Shape = /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/;

/**
 * One host of the broker in its canonical form.
 * Throws what {@link parseAddressOrName} throws, and pki.host-single, -suffix.
 */
export function parseHost(input: string): Host {
  const host = parseAddressOrName(input);
  if (host.kind === 'dns') refuseSharedName(host.text, input.trim());
  return host;
}

/**
 * An address or a DNS name of any kind, one without a dot too.
 * Throws pki.host-empty, -url, -port, -range, -wildcard, -characters, -length, -number, -zone, -link-local, -mapped,
 * -address.
 */
export function parseAddressOrName(input: string): Host {
  const text = input.trim();
  if (text === '') throw refuse('pki.host-empty', input);
  if (/^[\da-f.:]+\/\d{1,3}$/i.test(text)) throw refuse('pki.host-range', input);
  if (/[/?#@\\]/.test(text)) throw refuse('pki.host-url', input);
  if (/^([^:]+|\[.*\]):\d*$/.test(text)) throw refuse('pki.host-port', input);
  if (text.includes('*')) throw refuse('pki.host-wildcard', input);
  if (text.includes('%')) throw refuse('pki.host-zone', input);
  return text.includes(':') ? parseIpv6(text) : parseNameOrIpv4(text);
}

/** Canonical hosts without repetitions, in the order given. Throws what {@link parseHost} throws. */
export function parseHosts(inputs: readonly string[]): Host[] {
  return [...new Map(inputs.map(parseHost).map((host) => [host.text, host])).values()];
}

/** Advice on a legal host, null when there is none. */
export function adviseOnHost(host: Host): HostAdvice | null {
  if (isLoopback(host)) return 'this-computer-only';
  if (host.kind !== 'dns') return 'ip-text-added';
  return host.text.endsWith('.local') ? 'mdns' : null;
}

const isLoopback = (host: Host): boolean =>
  host.text === 'localhost' || host.text === '::1' || (host.kind === 'ipv4' && host.address[0] === 127);

function parseIpv6(text: string): Host {
  const canonical = canonicalHost(`[${text.replace(/^\[|\]$/g, '')}]`, text).slice(1, -1);
  const address = ipv6Bytes(canonical);
  if (canonical.startsWith('::ffff:')) throw refuse('pki.host-mapped', text);
  if (isLinkLocal(address)) throw refuse('pki.host-link-local', text);
  if (canonical === '::' || address[0] === 0xff) throw refuse('pki.host-address', text);
  return { kind: 'ipv6', text: canonical, address };
}

const isLinkLocal = (address: Bytes): boolean => address[0] === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80;

function parseNameOrIpv4(text: string): Host {
  // IDNA maps full-width letters, soft hyphens and the like away: only what is a name before and after passes.
  if (/[^\p{L}\p{M}\p{N}.\-\u00b7\u30fb]/u.test(text)) throw refuse('pki.host-characters', text);
  const canonical = canonicalHost(text.replace(/\.$/, ''), text);
  if (/^[\d.]+$/.test(canonical)) return parseIpv4(canonical, text);
  const labels = canonical.split('.');
  if (canonical.length > 253 || labels.some((label) => label.length < 1 || label.length > 63)) {
    throw refuse('pki.host-length', text);
  }
  if (labels.some((label) => !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label))) {
    throw refuse('pki.host-characters', text);
  }
  return { kind: 'dns', text: canonical };
}

/** A name constraint covers every name below a host: it must not be one under which strangers have theirs. */
function refuseSharedName(canonical: string, text: string): void {
  if (!canonical.includes('.') && canonical !== 'localhost') throw refuse('pki.host-single', text);
  if (isPublicSuffix(canonical)) throw refuse('pki.host-suffix', text);
}

function parseIpv4(canonical: string, text: string): Host {
  // The URL parser reads "192.168.1" and "010.0.0.1" as other addresses than people mean.
  if (canonical !== text || !ipv4Shape.test(text)) throw refuse('pki.host-number', text);
  const address = Uint8Array.from(canonical.split('.').map(Number));
  const first = address[0] ?? 0;
  if (first === 0 || first >= 224) throw refuse('pki.host-address', text);
  return { kind: 'ipv4', text: canonical, address };
}

/** Punycode, lower case and address forms as the platform's URL parser knows them. */
function canonicalHost(host: string, input: string): string {
  try {
    return new URL(`https://${host}/`).hostname;
  } catch {
    throw refuse(/^[\d.]+$/.test(host) ? 'pki.host-number' : 'pki.host-characters', input);
  }
}

function ipv6Bytes(canonical: string): Bytes {
  const [head = '', tail] = canonical.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => parseInt(group, 16));
  const front = groups(head);
  const back = groups(tail ?? '');
  const words = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

const refuse = (code: Extract<ErrorCode, `pki.host-${string}`>, value: string): AppError =>
  new AppError(code, { details: { value } });
