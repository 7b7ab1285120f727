/**
 * Subject alternative names: what a person may type, the one form a certificate carries, and back. Wider than the
 * broker's hosts (hosts.ts): names without a dot, e-mail addresses and URIs stand here too. Knows no certificate.
 */
import { utf8, type Bytes } from '../shared/bytes.ts';
import { AppError, asAppError } from '../shared/errors.ts';
import { contextPrimitive } from './der.ts';
import { addressText, type AltNameFacts } from './facts/alt-names.ts';
import { parseAddressOrName } from './hosts.ts';

export type AltNameKind = 'dns' | 'ip' | 'email' | 'uri';

/** One subjectAltName; an address has its bytes (with its mask in a constraint). */
export type AltName =
  | { readonly dns: string }
  | { readonly ip: Uint8Array }
  | { readonly email: string }
  | { readonly uri: string };

const tags = { email: 1, dns: 2, uri: 6, ip: 7 } as const;
const LONGEST = 253;

/** The kind that a text looks like: an address, an e-mail address, a URI, else a DNS name. */
export function guessAltNameKind(text: string): AltNameKind {
  if (/^[a-z][a-z0-9+.-]*:(\/\/|[^\d[])/i.test(text) && !/^[\da-f:.]+$/i.test(text)) return 'uri';
  if (text.includes('@')) return 'email';
  return text.includes(':') || /^[\d.]+$/.test(text) ? 'ip' : 'dns';
}

/**
 * One name in its canonical form: lower case and punycode for DNS, RFC 5952 for IPv6.
 * Throws pki.host-*, pki.alt-name-kind, pki.alt-name-email, pki.alt-name-uri.
 */
export function parseAltName(input: string, kind: AltNameKind = guessAltNameKind(input.trim())): AltName {
  const text = input.trim();
  if (kind === 'email') return { email: parseEmail(text) };
  if (kind === 'uri') return { uri: parseUri(text) };
  const host = parseAddressOrName(text);
  const isName = host.kind === 'dns';
  if (isName !== (kind === 'dns'))
    throw new AppError('pki.alt-name-kind', { details: { value: text, kind } });
  return host.kind === 'dns' ? { dns: host.text } : { ip: host.address };
}

/** Canonical names without repetitions, in the order given. Throws as {@link parseAltName}. */
export function parseAltNames(inputs: readonly string[]): AltName[] {
  const names = inputs.filter((input) => input.trim() !== '').map((input) => parseAltName(input));
  return [...new Map(names.map((name) => [altNameText(name), name])).values()];
}

/** "DNS:pi.local", "IP:192.168.1.10", "EMAIL:…", "URI:…". */
export function altNameText(name: AltName): string {
  if ('dns' in name) return `DNS:${name.dns}`;
  if ('ip' in name) return `IP:${addressText(name.ip)}`;
  return 'email' in name ? `EMAIL:${name.email}` : `URI:${name.uri}`;
}

/** GeneralName DER (RFC 5280 4.2.1.6). */
export function generalName(name: AltName): Bytes {
  if ('dns' in name) return contextPrimitive(tags.dns, utf8(name.dns));
  if ('ip' in name) return contextPrimitive(tags.ip, name.ip);
  return 'email' in name
    ? contextPrimitive(tags.email, utf8(name.email))
    : contextPrimitive(tags.uri, utf8(name.uri));
}

/** As names that can be written; of kinds that we do not write, none. */
export const writableNames = (facts: readonly AltNameFacts[]): AltName[] =>
  facts.flatMap(({ kind, value, octets }): AltName[] => {
    if (kind === 'IP') return [{ ip: Uint8Array.from(octets) }];
    if (kind === 'DNS') return [{ dns: value }];
    if (kind === 'email') return [{ email: value }];
    return kind === 'URI' ? [{ uri: value }] : [];
  });

function parseEmail(text: string): string {
  const [, local = '', domain = ''] = /^([!-?A-~]{1,64})@(.+)$/.exec(text) ?? [];
  const refused = (cause?: unknown): AppError =>
    new AppError('pki.alt-name-email', { details: { value: text }, cause });
  if (local === '' || /[\s"(),:;<>[\]\\]/.test(local)) throw refused();
  try {
    const host = parseAddressOrName(domain);
    if (host.kind !== 'dns') throw refused();
    return `${local}@${host.text}`;
  } catch (thrown) {
    throw refused(asAppError(thrown));
  }
}

function parseUri(text: string): string {
  const refused = (): AppError => new AppError('pki.alt-name-uri', { details: { value: text } });
  if (!/^[a-z][a-z0-9+.-]*:[!-~]+$/i.test(text) || text.length > LONGEST) throw refused();
  try {
    new URL(text);
    return text;
  } catch {
    throw refused();
  }
}
