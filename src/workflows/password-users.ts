/** The broker's users with passwords: made, renewed, removed; their passwords are sealed before anything is stored. */
import { rightsOf, type BrokerAccess, type ClientRights, type PasswordUser } from '../project/access.ts';
import type { JournalEntry, Project, ProjectChange, ProjectId } from '../project/entities.ts';
import { dashboardUser, isLegalId, isReservedId } from '../project/ids.ts';
import { toBase64Url, utf8 } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { changeProject } from './change-project.ts';
import type { ProjectEnvironment } from './environment.ts';
import { openSecretText, type SecretEnvironment } from './open-secret.ts';
import { SecretDraft } from './secret-draft.ts';

const passwordSizeBytes = 32;
const shortestPassword = 12;
const longestPassword = 128;

export interface PasswordUserForm {
  readonly kind: PasswordUser['kind'];
  readonly name: string;
  /** Empty for one that is generated. */
  readonly password: string;
}

/** Throws access.user-name, access.user-taken, access.password, vault.locked, storage.*. */
export async function addPasswordUser(
  env: ProjectEnvironment,
  projectId: ProjectId,
  form: PasswordUserForm,
): Promise<void> {
  const { kind } = form;
  const name = kind === 'homeassistant' ? kind : form.name.trim();
  const secrets = new SecretDraft(await env.vaults.of(projectId), env.crypto);
  checkFree((await env.store.load(projectId)).value, { kind, name });
  const passwordRecord = await sealPassword(env, secrets, { name, password: form.password });
  const rights: ClientRights = {
    ...rightsOf('read'),
    ...(kind === 'homeassistant' ? { discovery: true } : {}),
  };
  const user: PasswordUser = { name, kind, passwordRecord, rights, createdAtMs: env.clock.nowMs() };
  await changeUsers(env, projectId, {
    what: 'broker user made',
    name,
    changes: secrets.changes,
    edit: (access, project) => {
      checkFree(project, user);
      return { ...access, users: [...access.users, user] };
    },
  });
}

/** A new password, for the dashboard too; the broker knows it from its next files on. Throws as adding does. */
export async function renewPassword(
  env: ProjectEnvironment,
  projectId: ProjectId,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<void> {
  const secrets = new SecretDraft(await env.vaults.of(projectId), env.crypto);
  const passwordRecord = await sealPassword(env, secrets, { name, password });
  await changeProject(env.store, projectId, (project) => {
    const { broker } = project;
    const isDashboard = name === dashboardUser;
    const old = isDashboard ? broker.dashboardPasswordRecord : userNamed(broker.access, name).passwordRecord;
    const users = broker.access.users.map((user) =>
      user.name === name ? { ...user, passwordRecord } : user,
    );
    const changed = isDashboard
      ? { ...broker, dashboardPasswordRecord: passwordRecord }
      : { ...broker, access: { ...broker.access, users } };
    return {
      project: { ...project, broker: changed },
      changes: [...secrets.changes, { kind: 'delete-record', id: old }],
      journal: [entry(env, 'broker password renewed', { user: name })],
    };
  });
}

/** Throws access.user-missing, storage.*. */
export async function removePasswordUser(
  env: Pick<ProjectEnvironment, 'store' | 'clock'>,
  projectId: ProjectId,
  name: string,
): Promise<void> {
  const { value } = await env.store.load(projectId);
  const { passwordRecord } = userNamed(value.broker.access, name);
  await changeUsers(env, projectId, {
    what: 'broker user removed',
    name,
    changes: [{ kind: 'delete-record', id: passwordRecord }],
    edit: (access) => ({ ...access, users: access.users.filter((user) => user.name !== name) }),
  });
}

/** The password of a user, the dashboard's too. Throws access.user-missing, vault.locked. */
export function userPassword(env: SecretEnvironment, project: Project, name: string): Promise<string> {
  const { broker } = project;
  const record =
    name === dashboardUser ? broker.dashboardPasswordRecord : userNamed(broker.access, name).passwordRecord;
  return openSecretText(env, project.id, record);
}

interface UsersChange {
  readonly what: string;
  readonly name: string;
  readonly changes: readonly ProjectChange[];
  readonly edit: (access: BrokerAccess, project: Project) => BrokerAccess;
}

const changeUsers = (
  env: Pick<ProjectEnvironment, 'store' | 'clock'>,
  projectId: ProjectId,
  { what, name, changes, edit }: UsersChange,
): Promise<void> =>
  changeProject(env.store, projectId, (project) => ({
    project: { ...project, broker: { ...project.broker, access: edit(project.broker.access, project) } },
    changes,
    journal: [entry(env, what, { user: name })],
  }));

async function sealPassword(
  env: ProjectEnvironment,
  secrets: SecretDraft,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<string> {
  const isTyped = password !== '';
  const bytes = utf8(password);
  // Mosquitto reads its file line by line, and a client's field in a page may drop a line end.
  if (
    isTyped &&
    (password.length < shortestPassword || bytes.length > longestPassword || hasControls(password))
  )
    throw new AppError('access.password', { details: { least: shortestPassword, most: longestPassword } });
  const generated = (): string => toBase64Url(env.crypto.getRandomValues(new Uint8Array(passwordSizeBytes)));
  return secrets.seal(`broker-password-${name}`, 'operate', isTyped ? bytes : utf8(generated()));
}

const hasControls = (text: string): boolean => /\p{Cc}/u.test(text);

/** One name is one user on the broker, whatever he shows: a certificate or a password. */
function checkFree(project: Project, { kind, name }: Pick<PasswordUser, 'kind' | 'name'>): void {
  if (!isLegalId(name) || (isReservedId(name) && kind === 'custom'))
    throw new AppError('access.user-name', { details: { value: name } });
  const taken = [
    ...project.devices.flatMap(({ id, login }) => [id, login?.commonName ?? id]),
    ...project.otherCertificates.filter(({ role }) => role === 'client').map((other) => other.commonName),
    ...project.broker.access.users.map((user) => user.name),
  ];
  if (taken.includes(name)) throw new AppError('access.user-taken', { details: { value: name } });
}

function userNamed({ users }: BrokerAccess, name: string): PasswordUser {
  const found = users.find((user) => user.name === name);
  if (!found) throw new AppError('access.user-missing', { details: { value: name } });
  return found;
}

const entry = (
  env: Pick<ProjectEnvironment, 'clock'>,
  what: string,
  details: JournalEntry['details'],
): JournalEntry => ({ atMs: env.clock.nowMs(), deviceId: null, what, details });
