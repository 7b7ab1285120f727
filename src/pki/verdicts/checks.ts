/** What a verifier may have against a broker's certificate, one check each; verifiers.ts says who asks for what. */
import type { ChainLink } from '../explain/chain.ts';
import type { CertificateFacts } from '../facts/certificate.ts';
import { refusedName } from './constraints.ts';
import { matchHost } from './host-match.ts';
import type { Verifier } from './verifiers.ts';

export interface VerdictInput {
  /** From the broker's certificate up to the authority that is trusted. */
  readonly chain: readonly ChainLink[];
  /** Under which name or address the broker is reached. */
  readonly host: string;
  readonly nowMs: number;
}

export interface Objection {
  readonly reason: string;
  readonly mend: string;
}

export interface Case extends VerdictInput {
  readonly certificate: CertificateFacts;
  /** Above the certificate, nearest first; for one that signed itself, itself. */
  readonly authorities: readonly CertificateFacts[];
  readonly anchor: CertificateFacts;
  readonly verifier: Verifier;
}

export type Check = (subject: Case) => Objection | null;

const DAY_MS = 86_400_000;
const reissue = 'Issue the broker certificate again';
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const signatures: Check = ({ chain }) => {
  const broken = chain.find(({ signature }) => signature === 'bad');
  return broken
    ? {
        reason: `The signature on "${broken.certificate.subject.commonName ?? broken.certificate.subject.text}" is not of the authority that it names.`,
        mend: 'Take the certificate and its authority from the same place; one of them was made anew or changed.',
      }
    : null;
};

const dates: Check = ({ certificate, authorities, anchor, nowMs, verifier }) => {
  const looked = [certificate, ...authorities].filter(
    (each) => each !== anchor || each === certificate || verifier.looksAtAuthorityDates,
  );
  const late = looked.find(({ notAfterMs }) => nowMs > notAfterMs);
  if (late) {
    const isBroker = late === certificate;
    return {
      reason: `${isBroker ? 'It' : 'Its authority'} expired on ${day(late.notAfterMs)}.`,
      mend: isBroker ? 'Renew the broker certificate.' : 'Renew the authority, then the broker certificate.',
    };
  }
  const early = looked.find(({ notBeforeMs }) => nowMs < notBeforeMs);
  return early
    ? {
        reason: `It is not valid before ${day(early.notBeforeMs)}.`,
        mend: 'Set the clocks right, or issue it again.',
      }
    : null;
};

const digests: Check = ({ certificate, verifier }) => {
  const { digest } = certificate.signatureAlgorithm;
  return digest && verifier.refusedDigests.includes(digest)
    ? { reason: `It is signed with ${digest}, which is refused.`, mend: `${reissue} with SHA-256.` }
    : null;
};

const keySizes: Check = ({ certificate, verifier }) => {
  const { kind, bits, label } = certificate.publicKey;
  return kind === 'RSA' && (bits ?? 0) < verifier.minRsaBits
    ? { reason: `Its key (${label}) is too short.`, mend: `${reissue} with a P-256 or RSA-2048 key.` }
    : null;
};

const criticalExtensions: Check = ({ certificate, authorities, anchor, verifier }) => {
  // An authority that is trusted directly is only asked for its name and key, except where it cannot even be read.
  const constrained = authorities.some(({ extensions }) => extensions.nameConstraints?.isCritical);
  if (constrained && verifier.nameConstraints === 'unreadable') {
    return {
      reason: 'It cannot read the critical name constraints of the authority.',
      mend: 'Use an authority without name constraints on the device port.',
    };
  }
  if (
    certificate.extensions.extendedKeyUsage?.isCritical &&
    verifier.purposes === 'ignored-unless-critical'
  ) {
    return {
      reason: 'It refuses a critical extended key usage.',
      mend: `${reissue} with extended key usage not critical.`,
    };
  }
  const unknown = [certificate, ...authorities.filter((each) => each !== anchor)]
    .flatMap(({ extensions }) => extensions.all)
    .find(({ isCritical, isKnown }) => isCritical && !isKnown);
  return unknown
    ? {
        reason: `It does not know the critical extension "${unknown.name}".`,
        mend: `${reissue} without that extension.`,
      }
    : null;
};

const purposes: Check = ({ certificate: { extensions }, verifier }) => {
  const listed = extensions.extendedKeyUsage?.purposes;
  if (verifier.purposes === 'ignored-unless-critical') return null;
  if (!listed) {
    return verifier.purposes === 'required'
      ? {
          reason: 'It does not say that it is for a server.',
          mend: `${reissue} with extended key usage serverAuth.`,
        }
      : null;
  }
  return listed.some((purpose) => purpose === 'serverAuth' || purpose === 'anyExtendedKeyUsage')
    ? null
    : {
        reason: `It is for ${listed.join(', ')}, not for a server.`,
        mend: `${reissue} with extended key usage serverAuth.`,
      };
};

const keyUsage: Check = ({ certificate: { extensions }, verifier }) =>
  verifier.needsDigitalSignature &&
  extensions.keyUsage &&
  !extensions.keyUsage.usages.includes('digitalSignature')
    ? {
        reason: "Its key usage lacks digitalSignature, which today's key exchange needs.",
        mend: `${reissue} with key usage digitalSignature.`,
      }
    : null;

const authorityWord: Check = ({ certificate, authorities, anchor, verifier }) => {
  if (
    certificate.extensions.basicConstraints?.isAuthority &&
    certificate !== anchor &&
    !verifier.takesAuthorityAsServer
  ) {
    return {
      reason: 'It is the certificate of an authority, which it refuses for a server.',
      mend: `${reissue} with CA:FALSE.`,
    };
  }
  if (certificate === anchor) return null;
  const silent = authorities.find(
    (each) => !saysAuthority(each, each === anchor ? verifier.authority : 'must-say-so'),
  );
  return silent
    ? {
        reason: `"${silent.subject.commonName ?? silent.subject.text}" does not say that it is an authority${silent.version === 1 ? ' (an X.509 v1 certificate cannot)' : ''}.`,
        mend: 'Make a new authority with basic constraints CA:TRUE, and issue the broker certificate under it.',
      }
    : null;
};

function saysAuthority({ extensions, version }: CertificateFacts, wanted: Verifier['authority']): boolean {
  if (wanted === 'anything') return true;
  return extensions.basicConstraints?.isAuthority ?? (wanted === 'may-be-v1' && version === 1);
}

const constraints: Check = ({ certificate, authorities, verifier }) => {
  if (verifier.nameConstraints !== 'enforced') return null;
  const refused = refusedName(certificate, authorities);
  return refused
    ? {
        reason: `Its authority may not vouch for ${refused.value}${refused.kind === 'DNS' && /^[\d.]+$/.test(refused.value) ? ' as a name' : ''}.`,
        mend: 'Leave that name out, or use an authority whose name constraints cover it.',
      }
    : null;
};

const life: Check = ({ certificate, verifier }) => {
  const days = Math.round((certificate.notAfterMs - certificate.notBeforeMs) / DAY_MS);
  return verifier.maxDays !== null && days > verifier.maxDays
    ? {
        reason: `It is valid for ${days} days; ${verifier.maxDays} are the most.`,
        mend: `${reissue} for at most ${verifier.maxDays} days.`,
      }
    : null;
};

const hosts: Check = ({ certificate, host, verifier }) => {
  switch (matchHost(certificate, host, verifier)) {
    case 'match':
      return null;
    case 'address-not-a-name':
      return {
        reason: `It does not accept an IP address as host name: ${host} stands only among the addresses.`,
        mend: `Add ${host} to the DNS names of the certificate on the device port, or connect by name.`,
      };
    case 'name-not-an-address':
      return {
        reason: `${host} stands only among the names, not among the addresses.`,
        mend: `${reissue} with IP:${host}.`,
      };
    case 'common-name-only':
      return {
        reason: `Only its common name says ${host}, which no longer counts.`,
        mend: `${reissue} with DNS:${host} among its names.`,
      };
    case 'shallow-wildcard':
      return {
        reason: 'It takes no wildcard directly above a last label such as .local.',
        mend: `${reissue} with DNS:${host} among its names.`,
      };
    case 'other-host':
      return {
        reason: `It does not list ${host}.`,
        mend: `${reissue} with ${host} among its names, or connect under a name that it lists.`,
      };
  }
};

/** RFC 5280 to the letter, as `openssl verify -x509_strict` reads it. */
const strictness: Check = ({ certificate, authorities, anchor, verifier }) => {
  if (!verifier.isStrict) return null;
  const object = (reason: string): Objection => ({
    reason,
    mend: 'Make the authority and the broker certificate anew with the modern profile.',
  });
  if (certificate !== anchor && certificate.version === 3 && !certificate.extensions.authorityKeyIdHex) {
    return object('It lacks the authority key identifier.');
  }
  for (const { extensions, version } of [certificate, ...authorities]) {
    if (version < 3 || !extensions.basicConstraints?.isAuthority) continue;
    if (!extensions.basicConstraints.isCritical)
      return object("The authority's basic constraints are not critical.");
    if (!extensions.keyUsage) return object('An authority without key usage is refused.');
    if (!extensions.subjectKeyIdHex) return object('The authority lacks its subject key identifier.');
  }
  return null;
};

/** The first objection is the one that is told: from what nothing can help to what is easily mended. */
export const checks: readonly Check[] = [
  signatures,
  dates,
  digests,
  keySizes,
  criticalExtensions,
  authorityWord,
  purposes,
  keyUsage,
  constraints,
  life,
  hosts,
  strictness,
];
