/**
 * What was read, as a person can read it: like `openssl x509 -text`, in plain words. Knows no screen; `nowMs` is passed
 * in.
 */
import type { CertificateFacts } from '../facts/certificate.ts';
import type { NameFacts } from '../facts/names.ts';
import type { PublicKeyFacts } from '../facts/public-key.ts';
import type { RequestFacts } from '../facts/request.ts';
import type { RevocationListFacts } from '../facts/revocation-list.ts';
import type { ImportedItem, LockedItem, PrivateKeyItem } from '../import/items.ts';
import { visibleText } from '../../shared/visible-text.ts';
import { fingerprint, publicKeyPin } from '../export/fingerprints.ts';
import { colons, exact, extensionRows, keyRows, moment, row, type ExplainedRow } from './rows.ts';
import { certificateWarnings, isAuthority, weakKey, type Warning } from './warnings.ts';

export interface Explanation {
  /** "Certificate of an authority", "Private key" … */
  readonly what: string;
  /** Whose it is; for keys, their kind. */
  readonly title: string;
  readonly rows: readonly ExplainedRow[];
  readonly warnings: readonly Warning[];
}

export interface ExplainContext {
  readonly nowMs: number;
  readonly issuer: CertificateFacts | null;
  readonly crypto: Crypto;
}

export function explain(item: ImportedItem, context: ExplainContext): Promise<Explanation> {
  switch (item.kind) {
    case 'certificate':
      return explainCertificate(item, context);
    case 'request':
      return explainRequest(item, context.crypto);
    case 'revocation-list':
      return Promise.resolve(explainList(item, context.nowMs));
    case 'private-key':
      return explainKey(item, context.crypto);
    case 'public-key':
      return explainPublicKey(item.publicKey, context.crypto);
    case 'locked':
      return Promise.resolve(explainLocked(item));
  }
}

async function explainCertificate(
  certificate: CertificateFacts,
  context: ExplainContext,
): Promise<Explanation> {
  const { subject, issuer, der, extensions, version } = certificate;
  const [sha1, sha256] = await Promise.all(
    (['SHA-1', 'SHA-256'] as const).map((hash) => fingerprint(der, hash, context.crypto)),
  );
  return {
    what: certificateKind(certificate),
    title: titleOf(subject),
    rows: [
      exact('Subject', subject.text || 'none'),
      certificate.isSelfIssued ? row('Issued by', 'itself') : exact('Issued by', issuer.text),
      row('Valid', `${moment(certificate.notBeforeMs)} to ${moment(certificate.notAfterMs)}`),
      ...extensionRows(extensions),
      ...keyRows(certificate.publicKey, await publicKeyPin(certificate.publicKey.spki, context.crypto)),
      row('Signature', certificate.signatureAlgorithm.name),
      exact('Serial number', colons(certificate.serialNumberHex)),
      exact('SHA-1 fingerprint', sha1?.colons ?? ''),
      exact('SHA-256 fingerprint', sha256?.colons ?? ''),
      row('Version', `X.509 v${version}`),
    ],
    warnings: certificateWarnings(certificate, context),
  };
}

function certificateKind(certificate: CertificateFacts): string {
  if (isAuthority(certificate))
    return certificate.isSelfIssued
      ? 'Certificate of an authority'
      : 'Certificate of an authority below another';
  const purposes = certificate.extensions.extendedKeyUsage?.purposes ?? [];
  if (purposes.includes('serverAuth') && purposes.includes('clientAuth'))
    return 'Certificate of a server or a client';
  if (purposes.includes('serverAuth')) return 'Certificate of a server';
  if (purposes.includes('clientAuth')) return 'Certificate of a client or device';
  return 'Certificate';
}

async function explainRequest(request: RequestFacts, crypto: Crypto): Promise<Explanation> {
  const warning = weakKey(request.publicKey);
  return {
    what: 'Certificate signing request',
    title: titleOf(request.subject),
    rows: [
      exact('Wanted subject', request.subject.text || 'none'),
      ...extensionRows(request.extensions),
      ...keyRows(request.publicKey, await publicKeyPin(request.publicKey.spki, crypto)),
      row('Signature', request.signatureAlgorithm.name),
    ],
    warnings: warning ? [warning] : [],
  };
}

const LISTED_ENTRIES = 50;

function explainList(list: RevocationListFacts, nowMs: number): Explanation {
  const { nextUpdateMs, revoked } = list;
  const hidden = revoked.length - LISTED_ENTRIES;
  return {
    what: 'Revocation list',
    title: titleOf(list.issuer),
    rows: [
      exact('Issued by', list.issuer.text),
      row('Made', moment(list.thisUpdateMs)),
      row('Next one due', nextUpdateMs === null ? 'not said' : moment(nextUpdateMs)),
      ...(list.number === null ? [] : [exact('Number', list.number)]),
      row('Revoked certificates', String(revoked.length)),
      ...revoked
        .slice(0, LISTED_ENTRIES)
        .map(({ serialNumberHex, revokedAtMs, reason }) =>
          exact(colons(serialNumberHex), `${moment(revokedAtMs)}${reason === null ? '' : `, ${reason}`}`),
        ),
      ...(hidden > 0 ? [row('', `and ${hidden} more`)] : []),
      row('Signature', list.signatureAlgorithm.name),
    ],
    warnings: listWarnings(list, nowMs),
  };
}

function listWarnings({ nextUpdateMs, thisUpdateMs }: RevocationListFacts, nowMs: number): Warning[] {
  if (nextUpdateMs !== null && nowMs > nextUpdateMs) {
    return [
      {
        id: 'list-overdue',
        tone: 'bad',
        text: 'A newer list is overdue: with this one Mosquitto refuses every device.',
      },
    ];
  }
  if (nowMs < thisUpdateMs) {
    return [
      {
        id: 'list-early',
        tone: 'bad',
        text: 'It begins in the future: until then Mosquitto refuses every device.',
      },
    ];
  }
  return [];
}

async function explainKey(item: PrivateKeyItem, crypto: Crypto): Promise<Explanation> {
  const { publicKey, format, encryption } = item;
  const warning = weakKey(publicKey);
  return {
    what: 'Private key',
    title: publicKey.label,
    rows: [
      row('Form', format),
      row('Protection', encryption ?? 'none: whoever has the file has the key'),
      ...keyRows(publicKey, await publicKeyPin(publicKey.spki, crypto)),
    ],
    warnings: warning ? [warning] : [],
  };
}

async function explainPublicKey(publicKey: PublicKeyFacts, crypto: Crypto): Promise<Explanation> {
  const warning = weakKey(publicKey);
  return {
    what: 'Public key',
    title: publicKey.label,
    rows: keyRows(publicKey, await publicKeyPin(publicKey.spki, crypto)),
    warnings: warning ? [warning] : [],
  };
}

const explainLocked = ({ what, encryption }: LockedItem): Explanation => ({
  what: what === 'private key' ? 'Private key, locked' : 'PKCS#12 file, locked',
  title: 'Opens with its password',
  rows: [row('Protection', encryption)],
  warnings: [],
});

const titleOf = ({ commonName, text }: NameFacts): string =>
  commonName === null ? text : visibleText(commonName);
