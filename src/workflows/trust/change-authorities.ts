/**
 * Authorities made, renewed and let go. A new one stands beside the old until everything that the old one
 * signed is renewed; then the old one is not trusted any more.
 */
import { certificateParts } from '../../pki/certificate-fields.ts';
import { signCertificate } from '../../pki/certificate.ts';
import { extension } from '../../pki/extensions.ts';
import { parseHosts } from '../../pki/hosts.ts';
import { issueRoot, type AuthorityRequest } from '../../pki/issuing.ts';
import type { KeyPair } from '../../pki/key-pair.ts';
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
import type { Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import type { ProjectEnvironment } from '../environment.ts';
import { authorityRoles, rolesOf } from './authorities.ts';
import { changeTrust, type TrustChange, type TrustDraft, type TrustEnvironment } from './change.ts';
import { checkDays } from './certificate-form.ts';
import { makeKeys } from './make-keys.ts';
import { checkDistinct } from './owners.ts';
import { withFreshLists } from './revoke.ts';
import { withDraftIssuer } from './signing.ts';
import { signedBy } from './standing.ts';

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

export const scopeRoles = (scope: AuthorityScope): readonly AuthorityRole[] =>
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

/** With its key as PKCS#8, which is secret: sealed, then overwritten. */
export interface NewAuthority {
  readonly certificateDer: Bytes;
  readonly pkcs8: Bytes;
  readonly scope: AuthorityScope;
  /** For the journal. */
  readonly what: string;
}

/** Puts a new authority in the place of those that have its roles now. */
export async function takeIn(draft: TrustDraft, fresh: NewAuthority): Promise<TrustChange> {
  const { project, context, secrets } = draft;
  const roles = scopeRoles(fresh.scope);
  checkReplaceable(project, fresh);
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

/** Throws trust.change-unfinished, pki.subject-taken, pki.key-taken. */
export function checkReplaceable(
  project: Project,
  { certificateDer, scope }: Pick<NewAuthority, 'certificateDer' | 'scope'>,
): void {
  const roles = scopeRoles(scope);
  if (project.previousAuthorities.some(({ role }) => roles.includes(role)))
    throw new AppError('trust.change-unfinished');
  checkDistinct(project, { der: certificateDer, owners: [] });
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
    extensions: parts.extensions.map(({ oid, isCritical, value }) => extension(oid, isCritical, value)),
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
    const signed = signedBy(project, previous).map((owner) => owner.slice(owner.indexOf(':') + 1));
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

const isKeyNeeded = (project: Project, { keyRecord }: Authority): boolean =>
  [...Object.values(project.authorities), ...project.previousAuthorities].some(
    (authority) => authority.keyRecord === keyRecord,
  );
