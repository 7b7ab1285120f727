/** What was read, explained together: each item with its warnings, its chain, and what belongs to it among the others. */
import { inspectChain, type ChainLink } from '../../pki/explain/chain.ts';
import { explain, type Explanation } from '../../pki/explain/explain.ts';
import { isServer, type Warning } from '../../pki/explain/warnings.ts';
import type { CertificateFacts } from '../../pki/facts/certificate.ts';
import { checkSignature } from '../../pki/facts/signature.ts';
import type { ImportedItem } from '../../pki/import/items.ts';
import { certificatesIn, isNamedIssuer, isSameKey, privateKeysIn } from '../../pki/import/pairing.ts';
import { judge, type Verdict } from '../../pki/verdicts/verdicts.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { exportSubject, type ExportSubject } from './export-choices.ts';

export interface ExplainedItem {
  readonly item: ImportedItem;
  readonly explanation: Explanation;
  /** From a certificate upwards; empty for everything else. */
  readonly chain: readonly ChainLink[];
  /** For a server's certificate the hosts it lists, to be judged under; empty for everything else. */
  readonly hosts: readonly string[];
  /** Null for what is locked. */
  readonly subject: ExportSubject | null;
}

export function explainItems(
  items: readonly ImportedItem[],
  { nowMs, crypto }: { readonly nowMs: number; readonly crypto: Crypto },
): Promise<ExplainedItem[]> {
  const certificates = certificatesIn(items);
  return Promise.all(
    items.map(async (item) => {
      const chain = item.kind === 'certificate' ? await inspectChain(item, certificates, crypto) : [];
      const issuer = chain[1]?.certificate ?? null;
      const explanation = await explain(item, { nowMs, issuer, crypto });
      const warnings = [...(await warningsAmong(item, items, { chain, crypto })), ...explanation.warnings];
      return {
        item,
        explanation: { ...explanation, warnings },
        chain,
        hosts: item.kind === 'certificate' && isServer(item) ? hostsOf(item) : [],
        subject: item.kind === 'locked' ? null : exportSubject(item, items),
      };
    }),
  );
}

/** *Will it work?* under a host; see pki/verdicts. */
export const verdictsFor = (chain: readonly ChainLink[], host: string, nowMs: number): Verdict[] =>
  judge({ chain, host, nowMs });

function hostsOf(certificate: CertificateFacts): string[] {
  const names = certificate.extensions.subjectAltNames?.names ?? [];
  const hosts = names.flatMap(({ kind, value }) => (kind === 'DNS' || kind === 'IP' ? [value] : []));
  const { commonName } = certificate.subject;
  return [...new Set(hosts.length > 0 ? hosts : commonName === null ? [] : [commonName])];
}

/** What only shows beside the other items: foreign keys, broken signatures, revocations. */
async function warningsAmong(
  item: ImportedItem,
  items: readonly ImportedItem[],
  { chain, crypto }: { chain: readonly ChainLink[]; crypto: Crypto },
): Promise<Warning[]> {
  const certificates = certificatesIn(items);
  switch (item.kind) {
    case 'certificate':
      return [...brokenSignature(chain), ...revoked(item, items)];
    case 'private-key': {
      const isForeign =
        certificates.length > 0 && !certificates.some((each) => isSameKey(each.publicKey, item.publicKey));
      return isForeign ? [bad('key-mismatch', 'It belongs to none of the certificates here.')] : [];
    }
    case 'request': {
      const signature = await checkSignature(item, item.publicKey, crypto);
      const isHere = privateKeysIn(items).some((each) => isSameKey(each.publicKey, item.publicKey));
      return [
        ...(signature === 'bad'
          ? [bad('bad-signature', 'Its own signature does not hold: it was changed on the way.')]
          : []),
        ...(isHere ? [info('key-here', 'Its private key is here too.')] : []),
      ];
    }
    case 'revocation-list': {
      const issuer = certificates.find(({ subject }) => equalBytes(subject.der, item.issuer.der));
      const isBad = issuer && (await checkSignature(item, issuer.publicKey, crypto)) === 'bad';
      return isBad ? [bad('bad-signature', 'It is not signed by the authority that it names.')] : [];
    }
    default:
      return [];
  }
}

function brokenSignature([own]: readonly ChainLink[]): Warning[] {
  return own?.signature === 'bad'
    ? [bad('bad-signature', 'Its signature is not of the authority that it names.')]
    : [];
}

function revoked(certificate: CertificateFacts, items: readonly ImportedItem[]): Warning[] {
  const entry = items
    .flatMap((item) =>
      item.kind === 'revocation-list' && equalBytes(item.issuer.der, certificate.issuer.der)
        ? item.revoked
        : [],
    )
    .find(({ serialNumberHex }) => serialNumberHex === certificate.serialNumberHex);
  return entry
    ? [
        bad(
          'revoked',
          `Revoked${entry.reason === null ? '' : ` (${entry.reason})`} by the list that is here.`,
        ),
      ]
    : [];
}

const bad = (id: string, text: string): Warning => ({ id, tone: 'bad', text });
const info = (id: string, text: string): Warning => ({ id, tone: 'info', text });

/** Whether an export's password may be weak: its authority is one of the tutorials', which say so by what they lack. */
export function isClassic({ item, chain }: ExportSubject, items: readonly ImportedItem[]): boolean {
  const certificates = certificatesIn(items);
  const own =
    item.kind === 'private-key'
      ? certificates.find((each) => isSameKey(each.publicKey, item.publicKey))
      : item;
  if (own?.kind !== 'certificate') return false;
  const top = chain.at(-1) ?? certificates.find((each) => each !== own && isNamedIssuer(each, own)) ?? own;
  return top.isSelfIssued && !top.extensions.basicConstraints?.isCritical;
}
