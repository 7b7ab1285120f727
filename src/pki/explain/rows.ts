/** Lines of an explanation that several kinds of item share: keys, extensions, moments. */
import type { AltNameFacts } from '../facts/alt-names.ts';
import type { ExtensionFacts } from '../facts/extensions.ts';
import type { PublicKeyFacts } from '../facts/public-key.ts';
import { visibleText } from '../../shared/visible-text.ts';

export interface ExplainedRow {
  readonly term: string;
  readonly value: string;
  /** Hex, names and numbers, which people compare letter by letter. */
  readonly isExact: boolean;
}

export const row = (term: string, value: string): ExplainedRow => ({ term, value, isExact: false });
export const exact = (term: string, value: string): ExplainedRow => ({ term, value, isExact: true });
export const moment = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
export const colons = (hex: string): string => (hex.toUpperCase().match(/../g) ?? []).join(':');

export function keyRows(key: PublicKeyFacts, pin: { hex: string }): ExplainedRow[] {
  const exponent = key.exponent === null ? '' : `, exponent ${key.exponent}`;
  return [row('Key', `${key.label}${exponent}`), exact('Pin (SHA-256 of the public key)', pin.hex)];
}

export function extensionRows(extensions: ExtensionFacts): ExplainedRow[] {
  const { basicConstraints, keyUsage, extendedKeyUsage, subjectAltNames, nameConstraints } = extensions;
  const critical = (facts: { isCritical: boolean }): string => (facts.isCritical ? ' (critical)' : '');
  const others = extensions.all.filter(({ isKnown }) => !isKnown);
  return [
    ...(subjectAltNames ? [exact('Names', listed(subjectAltNames.names))] : []),
    ...(basicConstraints
      ? [row('May sign others', `${authorityWords(basicConstraints)}${critical(basicConstraints)}`)]
      : []),
    ...(keyUsage ? [row('Key usage', `${keyUsage.usages.join(', ') || 'none'}${critical(keyUsage)}`)] : []),
    ...(extendedKeyUsage
      ? [row('Purposes', `${extendedKeyUsage.purposes.join(', ')}${critical(extendedKeyUsage)}`)]
      : []),
    ...(nameConstraints
      ? [
          exact(
            'May vouch only for',
            `${listed(nameConstraints.permitted) || 'everything'}${critical(nameConstraints)}`,
          ),
        ]
      : []),
    ...(nameConstraints && nameConstraints.excluded.length > 0
      ? [exact('May never vouch for', listed(nameConstraints.excluded))]
      : []),
    ...(extensions.subjectKeyIdHex ? [exact('Key identifier', colons(extensions.subjectKeyIdHex))] : []),
    ...(extensions.authorityKeyIdHex
      ? [exact("Issuer's key identifier", colons(extensions.authorityKeyIdHex))]
      : []),
    ...(others.length > 0
      ? [row('Other extensions', others.map((other) => `${other.name}${critical(other)}`).join(', '))]
      : []),
  ];
}

function authorityWords({
  isAuthority: mayBe,
  pathLength,
}: {
  isAuthority: boolean;
  pathLength: number | null;
}): string {
  if (!mayBe) return 'no';
  if (pathLength === null) return 'yes';
  return pathLength === 0 ? 'yes, but no further authorities' : `yes, ${pathLength} authorities deep`;
}

const listed = (names: readonly AltNameFacts[]): string =>
  names.map(({ kind, value }) => `${kind}:${visibleText(value)}`).join(', ');
