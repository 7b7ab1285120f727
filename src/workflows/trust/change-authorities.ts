/**
 * Authorities made, taken in, renewed and let go. A new one stands beside the old until everything that the old one
 * signed is renewed; then the old one is not trusted any more.
 */
import { authorityOf, certificateParts } from '../../pki/certificate-fields.ts';
import { signCertificate } from '../../pki/certificate.ts';
import { extension } from '../../pki/extensions.ts';
import { parseHosts } from '../../pki/hosts.ts';
import { issueRoot, type AuthorityRequest } from '../../pki/issuing.ts';
import { publicKeyInfoOf, type KeyPair } from '../../pki/key-pair.ts';
import { toCertificateRecord } from '../../pki/reading.ts';
import { subjectAttributes, type SubjectFields } from '../../pki/subject-fields.ts';
import type {
  Authority,
  AuthorityRole,
  KeyAlgorithm,
  PreviousAuthority,
  Project,
  ProjectId,
} from '../../project/entities.ts';
import { equalBytes, type Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import type { ProjectEnvironment } from '../environment.ts';
import { authorityRoles, isSignedBy, rolesOf } from './authorities.ts';
import { changeTrust, type TrustChange, type TrustDraft, type TrustEnvironment } from './change.ts';
import { checkDays } from './certificate-form.ts';
import { makeKeys } from './make-keys.ts';
import { checkDistinct, ownedCertificates } from './owners.ts';
import { withFreshLists } from './revoke.ts';
import { withDraftIssuer } from './signing.ts';

/** One of the three jobs, or all of them with one authority. */
export type AuthorityScope = AuthorityRole | 'all';

export interface AuthorityForm {
  readonly scope: AuthorityScope;
  readonly subject: SubjectFields;
  readonly algorithm: KeyAlgorithm;
  readonly days: number;
  /** Null for no limit. */
  readonly pathLength: number | null;
  readonly profile: 'modern' | 'classic';
}

export const authorityDaysLimit = 36_500;

const scopeRoles = (scope: AuthorityScope): readonly AuthorityRole[] =>
  scope === 'all' ? authorityRoles : [scope];

/**
 * A new authority for the job, with a new key; what was there before stays trusted beside it.
 * Throws pki.subject-*, pki.validity, pki.path-length, pki.subject-taken, trust.change-unfinished, vault.locked.
 */
export async function createAuthority(
  env: TrustEnvironment,
  projectId: ProjectId,
  form: AuthorityForm,
  options: RunOptions,
): Promise<Outcome<Project>> {
  checkDays(form.days, authorityDaysLimit);
  checkPathLength(form.pathLength);
  subjectAttributes(form.subject);
  const keys = await makeKeys(env, [form.algorithm], options);
  if (keys.kind === 'cancelled' || options.signal.aborted) return cancelled;
  const project = await changeTrust(env, projectId, async (draft) => {
    const issued = await issueRoot(draft.context, requestOf(form, draft.project, keys.value[0]));
    return takeIn(draft, { scope: form.scope, what: 'authority made', ...issued });
  });
  return project ? done(project) : cancelled;
}

const requestOf = (form: AuthorityForm, project: Project, key: KeyPair | undefined): AuthorityRequest => ({
  subject: form.subject,
  profile: form.profile,
  days: form.days,
  pathLength: form.pathLength,
  webHosts: form.scope === 'web' && form.profile === 'modern' ? parseHosts(project.broker.hosts) : null,
  ...(key ? { key } : {}),
});

function checkPathLength(pathLength: number | null): void {
  if (pathLength === null || (Number.isInteger(pathLength) && pathLength >= 0 && pathLength <= 9)) return;
  throw new AppError('pki.path-length', { details: { value: pathLength } });
}

export interface AdoptedAuthority {
  readonly certificateDer: Bytes;
  /** Secret: sealed, then overwritten. */
  readonly pkcs8: Bytes;
  readonly scope: AuthorityScope;
}

/**
 * `version-1`: without CA:TRUE, which devices refuse. `no-constraints`: a browser that trusts it believes it about every
 * site. `not-critical`: what the workshops make; strict verifiers complain.
 */
export type AdoptionWarning = 'version-1' | 'no-constraints' | 'not-critical';

/**
 * An authority that was made elsewhere, in place of the present one, which stays trusted beside it.
 * Throws pki.certificate-format, pki.key-format, pki.key-unsupported, pki.key-mismatch, pki.no-authority,
 * pki.authority-expired, pki.subject-taken, pki.key-taken, trust.change-unfinished, vault.locked.
 */
export async function adoptAuthority(
  env: ProjectEnvironment,
  projectId: ProjectId,
  adopted: AdoptedAuthority,
): Promise<{ readonly project: Project; readonly warnings: readonly AdoptionWarning[] }> {
  const warnings = judgeAuthority(adopted, env.clock.nowMs());
  const project = await changeTrust(env, projectId, (draft) =>
    takeIn(draft, { ...adopted, what: 'authority taken in' }),
  );
  if (!project) throw new AppError('trust.certificate-missing');
  return { project, warnings };
}

/** What to know before taking it in. Throws as {@link adoptAuthority} does before it changes anything. */
export function judgeAuthority(adopted: AdoptedAuthority, nowMs: number): AdoptionWarning[] {
  const parts = certificateParts(adopted.certificateDer);
  if (!equalBytes(parts.publicKeyInfo, publicKeyInfoOf(adopted.pkcs8)))
    throw new AppError('pki.key-mismatch');
  const authority = authorityOf(parts);
  if (authority?.isAuthority === false) throw new AppError('pki.no-authority');
  if (parts.notAfterMs <= nowMs) {
    throw new AppError('pki.authority-expired', { details: { authority: 'of this file' } });
  }
  const isForBrowsers = adopted.scope === 'web' || adopted.scope === 'all';
  return [
    ...(authority === null ? (['version-1'] as const) : []),
    ...(isForBrowsers && !parts.extensions.has('2.5.29.30') ? (['no-constraints'] as const) : []),
    ...(parts.extensions.get('2.5.29.19')?.critical === false ? (['not-critical'] as const) : []),
  ];
}

interface NewAuthority extends AdoptedAuthority {
  readonly what: string;
}

/** Puts a new authority in the place of those that have its roles now. */
async function takeIn(draft: TrustDraft, fresh: NewAuthority): Promise<TrustChange> {
  const { project, context, secrets } = draft;
  const roles = scopeRoles(fresh.scope);
  if (project.previousAuthorities.some(({ role }) => roles.includes(role)))
    throw new AppError('trust.change-unfinished');
  checkDistinct(project, { der: fresh.certificateDer, owners: [] });
  const certificate = await toCertificateRecord(fresh.certificateDer, context.crypto);
  const keyRecord = await secrets.seal(`${fresh.scope}-authority-key`, 'authority', fresh.pkcs8);
  const replaced = roles.map((role): PreviousAuthority => ({
    ...project.authorities[role],
    replacedAtMs: context.nowMs,
  }));
  const authorities = { ...project.authorities };
  for (const role of roles) authorities[role] = { role, certificate, keyRecord };
  const changed = {
    ...project,
    authorities,
    previousAuthorities: [...project.previousAuthorities, ...replaced],
  };
  return {
    project: roles.includes('client') ? await withFreshLists(draft, changed) : changed,
    what: fresh.what,
    details: { scope: fresh.scope, fingerprint: certificate.sha256Fingerprint },
  };
}

/**
 * The same authority with the same key and new dates: everything that it signed stays good, and nobody has to be told.
 * Throws vault.locked, storage.conflict.
 */
export const renewAuthority = (
  env: ProjectEnvironment,
  projectId: ProjectId,
  role: AuthorityRole,
): Promise<Project | null> =>
  changeTrust(env, projectId, async (draft) => {
    const renewed = await renewedAuthority(draft, draft.project, role);
    return {
      project: await withFreshLists(draft, renewed),
      what: 'authority renewed',
      details: { role, fingerprint: renewed.authorities[role].certificate.sha256Fingerprint },
    };
  });

/** The project with the authority's certificate made anew, in all its roles. */
export async function renewedAuthority(
  draft: TrustDraft,
  project: Project,
  role: AuthorityRole,
): Promise<Project> {
  const present = project.authorities[role];
  const der = await withDraftIssuer(draft, present, (issuer) =>
    withNewDates(present.certificate.der, issuer.signingKey, draft),
  );
  const certificate = await toCertificateRecord(der, draft.context.crypto);
  const authorities: Record<AuthorityRole, Authority> = { ...project.authorities };
  for (const each of rolesOf(project, present)) authorities[each] = { ...authorities[each], certificate };
  return { ...project, authorities };
}

/** The same names, key and extensions; as long as before, from a day ago on. */
function withNewDates(der: Bytes, signingKey: CryptoKey, { context }: TrustDraft): Promise<Bytes> {
  const parts = certificateParts(der);
  const notBeforeMs = Math.floor(context.nowMs / 1000) * 1000 - 86_400_000;
  const fields = {
    issuer: parts.subject,
    subject: parts.subject,
    notBeforeMs,
    notAfterMs: notBeforeMs + (parts.notAfterMs - parts.notBeforeMs),
    subjectPublicKeyInfo: parts.publicKeyInfo,
    extensions: [...parts.extensions].map(([oid, { critical, value }]) => extension(oid, critical, value)),
  };
  return signCertificate(fields, signingKey, context.crypto);
}

/**
 * Lets the replaced authority of a role go. Throws trust.authority-in-use with what it signed, trust.certificate-missing.
 */
export const stopTrusting = (
  env: ProjectEnvironment,
  projectId: ProjectId,
  role: AuthorityRole,
): Promise<Project | null> =>
  changeTrust(env, projectId, async (draft) => {
    const { project } = draft;
    const previous = project.previousAuthorities.find((authority) => authority.role === role);
    if (!previous) throw new AppError('trust.certificate-missing');
    const signed = signedBy(project, previous);
    if (signed.length > 0)
      throw new AppError('trust.authority-in-use', { details: { owners: signed.join(', ') } });
    const changed = {
      ...project,
      previousAuthorities: project.previousAuthorities.filter((authority) => authority !== previous),
    };
    return {
      project: role === 'client' ? await withFreshLists(draft, changed) : changed,
      what: 'authority let go',
      details: { role, fingerprint: previous.certificate.sha256Fingerprint },
      dropped: isKeyNeeded(changed, previous) ? [] : [previous.keyRecord],
    };
  });

/** Owners whose present certificate this authority signed in this role. */
export const signedBy = (project: Project, authority: Authority): string[] =>
  ownedCertificates(project)
    .filter(({ owner, role }) => role === authority.role && !owner.startsWith('authority:'))
    .filter(({ certificate }) => isSignedBy(certificate, authority))
    .map(({ owner }) => owner.slice(owner.indexOf(':') + 1));

const isKeyNeeded = (project: Project, { keyRecord }: Authority): boolean =>
  [...Object.values(project.authorities), ...project.previousAuthorities].some(
    (authority) => authority.keyRecord === keyRecord,
  );
