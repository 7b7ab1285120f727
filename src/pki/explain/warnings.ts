/** What a careful reader would say of a certificate, in plain words. Verdicts per verifier stand in verdicts/. */
import type { CertificateFacts } from '../facts/certificate.ts';
import type { PublicKeyFacts } from '../facts/public-key.ts';

export interface Warning {
  /** Names the rule, for tests and for links. */
  readonly id: string;
  readonly tone: 'bad' | 'warn' | 'info';
  readonly text: string;
}

export interface WarningContext {
  readonly nowMs: number;
  /** The certificate above it, where it is known. */
  readonly issuer: CertificateFacts | null;
}

type Rule = (certificate: CertificateFacts, context: WarningContext) => Warning | null;

const DAY_MS = 86_400_000;
const EXPIRY_WARNING_DAYS = 60;

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** May sign others: by its own word, or as a v1 root, which cannot say so. */
export const isAuthority = ({ extensions, version, isSelfIssued }: CertificateFacts): boolean =>
  extensions.basicConstraints?.isAuthority ?? (version === 1 && isSelfIssued);

/** Shown by a server: not an authority, and its purposes (if any) allow it. */
export const isServer = (certificate: CertificateFacts): boolean => {
  const purposes = certificate.extensions.extendedKeyUsage?.purposes;
  return (
    !isAuthority(certificate) && (!purposes || purposes.some((purpose) => /^(serverAuth|any)/.test(purpose)))
  );
};

const warn = (id: string, tone: Warning['tone'], text: string): Warning => ({ id, tone, text });

const rules: readonly Rule[] = [
  ({ notBeforeMs }, { nowMs }) =>
    nowMs < notBeforeMs
      ? warn(
          'not-yet-valid',
          'bad',
          `Not yet valid: it begins on ${day(notBeforeMs)}. Check this computer's clock too.`,
        )
      : null,
  ({ notAfterMs }, { nowMs }) => {
    if (nowMs > notAfterMs)
      return warn('expired', 'bad', `Expired on ${day(notAfterMs)}: nobody accepts it any more.`);
    const days = Math.floor((notAfterMs - nowMs) / DAY_MS);
    return days < EXPIRY_WARNING_DAYS
      ? warn('expires-soon', 'warn', `Expires in ${days} days, on ${day(notAfterMs)}.`)
      : null;
  },
  (certificate, { issuer }) =>
    issuer && certificate.notAfterMs > issuer.notAfterMs
      ? warn(
          'outlives-issuer',
          'warn',
          `Longer valid than its authority, which ends on ${day(issuer.notAfterMs)}: from then on it is refused.`,
        )
      : null,
  ({ version }) =>
    version < 3
      ? warn(
          'v1',
          'warn',
          `An X.509 version ${version} certificate: it cannot say what it is for. "openssl x509 -req" makes such ones when no extension file is given.`,
        )
      : null,
  ({ signatureAlgorithm: { digest } }) =>
    digest === 'SHA-1' || digest === 'MD5'
      ? warn(
          'weak-digest',
          'bad',
          `Signed with ${digest}, which can be forged and which current software refuses.`,
        )
      : null,
  ({ publicKey }) => weakKey(publicKey),
  (certificate) => {
    const usage = certificate.extensions.extendedKeyUsage;
    return usage?.isCritical && isServer(certificate)
      ? warn('critical-eku', 'bad', 'Its extended key usage is critical: the ESP8266 will refuse it.')
      : null;
  },
  (certificate) => addressWithoutText(certificate),
  (certificate) =>
    isServer(certificate) && !certificate.extensions.subjectAltNames
      ? warn(
          'no-names',
          'warn',
          'It lists no host names (subject alternative names): browsers refuse it for a server.',
        )
      : null,
  ({ extensions: { subjectAltNames } }) =>
    subjectAltNames?.names.some(({ kind, value }) => kind === 'DNS' && value.startsWith('*.'))
      ? warn('wildcard', 'info', 'It has a wildcard name. Browsers refuse one directly above .local.')
      : null,
  ({ extensions: { basicConstraints, keyUsage }, version }) =>
    version === 3 && basicConstraints?.isAuthority && keyUsage && !keyUsage.usages.includes('keyCertSign')
      ? warn(
          'authority-may-not-sign',
          'bad',
          'It calls itself an authority, but its key usage forbids it to sign certificates.',
        )
      : null,
  ({ extensions: { basicConstraints } }) =>
    basicConstraints?.isAuthority && !basicConstraints.isCritical
      ? warn(
          'constraints-not-critical',
          'info',
          'Its basic constraints are not critical, which strict verifiers ask of an authority.',
        )
      : null,
  (certificate) =>
    isAuthority(certificate) && certificate.extensions.nameConstraints?.isCritical
      ? warn(
          'constraints-mbedtls',
          'info',
          'It has critical name constraints: an ESP32 (mbedTLS) cannot read it.',
        )
      : null,
  ({ extensions: { all } }) => {
    const unknown = all.find(({ isCritical, isKnown }) => isCritical && !isKnown);
    return unknown
      ? warn(
          'unknown-critical',
          'warn',
          `The critical extension "${unknown.name}" is unknown to many verifiers, which then refuse it.`,
        )
      : null;
  },
  ({ serialNumberHex }) =>
    serialNumberHex.length > 40
      ? warn('long-serial', 'warn', 'Its serial number is longer than the 20 bytes that are allowed.')
      : null,
];

/** Null for keys that are strong enough. */
export function weakKey({ kind, bits, label, exponent }: PublicKeyFacts): Warning | null {
  if (exponent === '1' || /^\d*[02468]$/.test(exponent ?? ''))
    return warn(
      'weak-exponent',
      'bad',
      `Its RSA exponent (${exponent}) protects nothing: anybody can forge for it.`,
    );
  if (kind === 'other')
    return warn('odd-key', 'warn', `${label} is not among the keys that devices and browsers use.`);
  const isWeak = kind === 'RSA' ? (bits ?? 0) < 2048 : (bits ?? 256) < 256;
  return isWeak
    ? warn('weak-key', 'bad', `The key (${label}) is too short: current software refuses it.`)
    : null;
}

function addressWithoutText(certificate: CertificateFacts): Warning | null {
  const names = certificate.extensions.subjectAltNames?.names ?? [];
  const texts = names.flatMap(({ kind, value }) => (kind === 'DNS' ? [value] : []));
  const missing = names.find(({ kind, value }) => kind === 'IP' && !texts.includes(value));
  if (!missing || !isServer(certificate)) return null;
  return warn(
    'address-only',
    'info',
    `An ESP8266 will not accept the IP address ${missing.value} as host name: it reads names only. Where devices connect by address, its text must stand among the DNS names too.`,
  );
}

/** In the order above: what matters most comes first. */
export function certificateWarnings(certificate: CertificateFacts, context: WarningContext): Warning[] {
  return rules.flatMap((rule) => rule(certificate, context) ?? []);
}
