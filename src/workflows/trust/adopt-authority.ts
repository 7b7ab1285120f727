/**
 * An authority that was made elsewhere, taken in: what to know before, what has to be made anew after, and doing it.
 * Reads no files; pki/import does.
 */
import type { CertificateFacts } from '../../pki/facts/certificate.ts';
import { altNameText, writableNames } from '../../pki/alt-names.ts';
import { parseHosts, type Host } from '../../pki/hosts.ts';
import { maySignOthers } from '../../pki/import/pairing.ts';
import { deviceListenerNames, webListenerNames } from '../../pki/issuing.ts';
import { keyAlgorithmOf, publicKeyInfoOf } from '../../pki/key-pair.ts';
import { isPermitted } from '../../pki/name-constraints.ts';
import { certificateFacts } from '../../pki/reading.ts';
import type { CertificateOwner, Project, ProjectId } from '../../project/entities.ts';
import { equalBytes, type Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import type { ProjectEnvironment } from '../environment.ts';
import { changeTrust } from './change.ts';
import { checkReplaceable, scopeRoles, takeIn, type AuthorityScope } from './change-authorities.ts';
import { signedBy } from './standing.ts';

const DAY_MS = 86_400_000;
/** What it signs ends with it: below a device certificate's usual life a person should know. */
const SOON_DAYS = 825;

export interface AdoptedAuthority {
  readonly certificateDer: Bytes;
  /** Secret: sealed, then overwritten. */
  readonly pkcs8: Bytes;
  readonly scope: AuthorityScope;
}

/**
 * `version-1`: without CA:TRUE, which devices refuse. `no-constraints`: a browser that trusts it believes it about every
 * site. `not-critical`: what the workshops make; strict verifiers complain. `weak-digest`: it signed itself with SHA-1 or
 * MD5. `ends-soon`: what it signs ends with it. `no-revocation`: it may sign no revocation list. `constrained`: an ESP32
 * cannot read its critical name constraints.
 */
export type AdoptionWarning =
  | 'version-1'
  | 'no-constraints'
  | 'not-critical'
  | 'weak-digest'
  | 'ends-soon'
  | 'no-revocation'
  | 'constrained';

export interface AdoptionPlan {
  readonly warnings: readonly AdoptionWarning[];
  /** Whose certificates are to be made anew before the old authority can go. */
  readonly reissues: readonly CertificateOwner[];
}

/**
 * An authority that was made elsewhere, in place of the present one, which stays trusted beside it.
 * Throws what {@link planAdoption} throws, pki.readers-differ, vault.locked, storage.conflict.
 */
export async function adoptAuthority(
  env: ProjectEnvironment,
  projectId: ProjectId,
  adopted: AdoptedAuthority,
): Promise<{ readonly project: Project; readonly warnings: readonly AdoptionWarning[] }> {
  const found: { warnings: readonly AdoptionWarning[] } = { warnings: [] };
  const { readCertificateAgain } = await import('../../pki/second-reader.ts');
  const project = await changeTrust(env, projectId, (draft) => {
    found.warnings = planAdoption(draft.project, adopted, env.clock.nowMs()).warnings;
    readCertificateAgain(adopted.certificateDer);
    return takeIn(draft, { ...adopted, what: 'authority taken in' });
  });
  if (!project) throw new AppError('trust.certificate-missing');
  return { project, ...found };
}

/**
 * What taking it in would mean for the project; changes nothing. Throws what {@link judgeAuthority} throws,
 * pki.authority-constraints, pki.subject-taken, pki.key-taken, trust.change-unfinished.
 */
export function planAdoption(project: Project, adopted: AdoptedAuthority, nowMs: number): AdoptionPlan {
  const warnings = judgeAuthority(adopted, nowMs);
  checkReplaceable(project, adopted);
  checkVouches(parseHosts(project.broker.hosts), adopted);
  const roles = scopeRoles(adopted.scope);
  return { warnings, reissues: roles.flatMap((role) => signedBy(project, project.authorities[role])) };
}

/**
 * What to know before taking it in. Throws pki.certificate-format, pki.key-format, pki.key-unsupported,
 * pki.key-mismatch, pki.no-authority, pki.authority-below, pki.authority-expired.
 */
export function judgeAuthority(adopted: AdoptedAuthority, nowMs: number): AdoptionWarning[] {
  const { scope } = adopted;
  const facts = certificateFacts(adopted.certificateDer);
  checkUsable(facts, adopted.pkcs8, nowMs);
  const { basicConstraints, keyUsage, nameConstraints } = facts.extensions;
  const { digest } = facts.signatureAlgorithm;
  const found: readonly (readonly [AdoptionWarning, boolean])[] = [
    ['version-1', basicConstraints === null],
    ['weak-digest', digest === 'SHA-1' || digest === 'MD5'],
    ['ends-soon', facts.notAfterMs - nowMs < SOON_DAYS * DAY_MS],
    ['no-constraints', (scope === 'web' || scope === 'all') && nameConstraints === null],
    ['constrained', (scope === 'server' || scope === 'all') && nameConstraints?.isCritical === true],
    [
      'no-revocation',
      (scope === 'client' || scope === 'all') && keyUsage?.usages.includes('cRLSign') === false,
    ],
    ['not-critical', basicConstraints?.isCritical === false],
  ];
  return found.flatMap(([warning, isSo]) => (isSo ? [warning] : []));
}

function checkUsable(facts: CertificateFacts, pkcs8: Bytes, nowMs: number): void {
  keyAlgorithmOf(pkcs8);
  if (!equalBytes(facts.publicKey.spki, publicKeyInfoOf(pkcs8))) throw new AppError('pki.key-mismatch');
  const name = facts.subject.commonName ?? facts.subject.text;
  if (!maySignOthers(facts)) throw new AppError('pki.no-authority');
  if (!facts.isSelfIssued) {
    throw new AppError('pki.authority-below', { details: { name, above: facts.issuer.text } });
  }
  if (facts.notAfterMs <= nowMs)
    throw new AppError('pki.authority-expired', { details: { authority: name } });
}

/** An authority whose constraints leave the broker out could not do its job. Throws pki.authority-constraints. */
export function checkVouches(
  hosts: readonly Host[],
  { certificateDer, scope }: Pick<AdoptedAuthority, 'certificateDer' | 'scope'>,
): void {
  const { nameConstraints } = certificateFacts(certificateDer).extensions;
  const permitted = nameConstraints && writableNames(nameConstraints.permitted);
  const names = [
    ...(scope === 'server' || scope === 'all' ? deviceListenerNames(hosts) : []),
    ...(scope === 'web' || scope === 'all' ? webListenerNames(hosts) : []),
  ];
  const outside = names.find((name) => !isPermitted(permitted, name));
  if (outside) throw new AppError('pki.authority-constraints', { details: { name: altNameText(outside) } });
}
