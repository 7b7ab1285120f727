/**
 * The authorities that a new project begins with: three with one job each, one for all of them, or one that was made
 * elsewhere. Stores nothing.
 */
import type { Host } from '../pki/hosts.ts';
import { authoritySubject, issueRoot, type IssueContext } from '../pki/issuing.ts';
import { generateKey } from '../pki/key-pair.ts';
import { toCertificateRecord } from '../pki/reading.ts';
import type { Authority, AuthorityRole, Project, ProjectId } from '../project/entities.ts';
import type { Bytes } from '../shared/bytes.ts';
import type { AuthoritiesForm } from './project-form.ts';
import type { SecretDraft } from './secret-draft.ts';

export interface AuthoritiesContext extends IssueContext {
  readonly projectId: ProjectId;
  readonly hosts: readonly Host[];
  readonly secrets: SecretDraft;
}

type Authorities = Project['authorities'];

/** Sealed and ready. Throws pki.subject-*, and for an own one what judging it throws. */
export async function makeAuthorities(
  context: AuthoritiesContext,
  form: AuthoritiesForm | undefined,
): Promise<Authorities> {
  if (form?.kind === 'own') return forAll(await ownAuthority(context, form));
  if (form?.kind === 'one') return forAll(await makeOne(context, { role: null, form }));
  const make = (role: AuthorityRole): Promise<Sealed> =>
    makeOne(context, { role, ...(form ? { form } : {}) });
  const [server, client, web] = await Promise.all([make('server'), make('client'), make('web')]);
  return {
    server: { role: 'server', ...server },
    client: { role: 'client', ...client },
    web: { role: 'web', ...web },
  };
}

type Sealed = Omit<Authority, 'role'>;
type MadeForm = Exclude<AuthoritiesForm, { readonly kind: 'own' }>;

const forAll = (sealed: Sealed): Authorities => ({
  server: { role: 'server', ...sealed },
  client: { role: 'client', ...sealed },
  web: { role: 'web', ...sealed },
});

async function makeOne(
  context: AuthoritiesContext,
  { role, form }: { readonly role: AuthorityRole | null; readonly form?: MadeForm },
): Promise<Sealed> {
  const { crypto, projectId, hosts } = context;
  const { CN, O } = role ? authoritySubject(projectId, role) : { CN: `${projectId} Root CA`, O: projectId };
  const organization = form?.subject.O?.trim();
  const issued = await issueRoot(context, {
    subject: { ...form?.subject, CN, ...(organization ? { O: organization } : O ? { O } : {}) },
    key: await generateKey(crypto, form?.algorithm),
    webHosts: role === 'web' ? hosts : null,
    ...(form ? { days: form.days } : {}),
  });
  return sealed(context, `${role ?? 'all'}-authority-key`, issued);
}

async function ownAuthority(
  context: AuthoritiesContext,
  { certificateDer, pkcs8 }: Extract<AuthoritiesForm, { readonly kind: 'own' }>,
): Promise<Sealed> {
  const { checkVouches, judgeAuthority } = await import('./trust/adopt-authority.ts');
  const own = { certificateDer, pkcs8: pkcs8.slice(), scope: 'all' as const };
  judgeAuthority(own, context.nowMs);
  checkVouches(context.hosts, own);
  return sealed(context, 'all-authority-key', own);
}

async function sealed(
  { crypto, secrets }: AuthoritiesContext,
  what: string,
  { certificateDer, pkcs8 }: { readonly certificateDer: Bytes; readonly pkcs8: Bytes },
): Promise<Sealed> {
  const certificate = await toCertificateRecord(certificateDer, crypto);
  return { certificate, keyRecord: await secrets.seal(what, 'authority', pkcs8) };
}
