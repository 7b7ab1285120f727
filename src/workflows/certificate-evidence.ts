/** What the certificate that the newest bundle shows to browsers says, and what this browser would have against it. */
import type { CertificateEvidence } from '../doctor/evidence.ts';
import { inspectChain } from '../pki/explain/chain.ts';
import { readCertificateFacts, type CertificateFacts } from '../pki/facts/certificate.ts';
import { matchHost } from '../pki/verdicts/host-match.ts';
import { judge } from '../pki/verdicts/verdicts.ts';
import { verifiers, type Verifier } from '../pki/verdicts/verifiers.ts';
import type { Project } from '../project/entities.ts';
import { issuingAuthority } from './trust/authorities.ts';

export interface CertificateQuestion {
  readonly host: string;
  /** As console/browser-family.ts names it. */
  readonly browserFamily: string;
  readonly crypto: Crypto;
}

export async function certificateEvidence(
  project: Project,
  question: CertificateQuestion,
): Promise<CertificateEvidence> {
  const record = project.broker.webListener.certificate;
  const authority = issuingAuthority(project, 'web', record);
  const certificate = readCertificateFacts(record.der);
  const above = readCertificateFacts(authority.certificate.der);
  const verifier = verifierOf(question.browserFamily);
  return {
    names: record.subjectAltNames,
    coversHost: matchHost(certificate, question.host, verifier) === 'match',
    notBeforeMs: record.notBeforeMs,
    notAfterMs: record.notAfterMs,
    authorityNotBeforeMs: authority.certificate.notBeforeMs,
    authorityNotAfterMs: authority.certificate.notAfterMs,
    objection: await objectionOf(certificate, above, { ...question, verifier }),
    sha256Fingerprint: record.sha256Fingerprint,
    renewedAtMs: latest(project.replacedCertificates.filter(({ owner }) => owner === 'broker:web')),
    authorityReplacedAtMs: latest(project.previousAuthorities.filter(({ role }) => role === 'web')),
  };
}

const latest = (replaced: readonly { readonly replacedAtMs: number }[]): number | null =>
  replaced.length === 0 ? null : Math.max(...replaced.map(({ replacedAtMs }) => replacedAtMs));

const verifierIds: Readonly<Record<string, Verifier['id']>> = { Firefox: 'firefox', Safari: 'apple' };

/** Chrome's rules where the browser is built on it, or unknown. */
function verifierOf(family: string): Verifier {
  const id = verifierIds[family] ?? 'chrome';
  const found = verifiers.find((verifier) => verifier.id === id);
  if (!found) throw new RangeError(`no verifier ${id}`);
  return found;
}

/** Dates are judged elsewhere, by a clock that is known to be right: here a moment in which both are valid. */
async function objectionOf(
  certificate: CertificateFacts,
  authority: CertificateFacts,
  { host, crypto, verifier }: CertificateQuestion & { readonly verifier: Verifier },
): Promise<CertificateEvidence['objection']> {
  // A page without encryption has no Web Crypto to check signatures with.
  if (!(crypto as Partial<Crypto>).subtle) return null;
  const chain = await inspectChain(certificate, [authority], crypto);
  const nowMs = Math.max(certificate.notBeforeMs, authority.notBeforeMs);
  const verdict = judge({ chain, host, nowMs }).find((each) => each.verifier === verifier);
  return verdict?.outcome === 'refuses' ? { reason: verdict.reason, mend: verdict.mend ?? '' } : null;
}
