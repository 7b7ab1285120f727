/** Somebody else's broker in place of the project's own: where devices go, whom they believe, and how they log in. */
import { certificateParts, extensionsOf } from '../pki/certificate-fields.ts';
import { fromPem } from '../pki/pem.ts';
import type { HostedBroker, ProjectId, RecordId } from '../project/entities.ts';
import { utf8, type Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { changeProject } from './change-project.ts';
import type { ProjectEnvironment } from './environment.ts';
import { SecretDraft } from './secret-draft.ts';

export interface HostedForm {
  readonly host: string;
  readonly port: string;
  /** Empty where this page cannot read along. */
  readonly webUrl: string;
  readonly user: string;
  /** Null keeps the present one. */
  readonly password: string | null;
  /** PEM of one or two authorities; empty keeps the present ones. */
  readonly authorities: string;
}

/** Beside a certificate, a key and command keys there is this much room on a device. */
const authoritiesLimitBytes = 3_200;
const userLimitBytes = 96;
const passwordLimitBytes = 128;
const hostPattern = /^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/;

/** Devices need to be written again. Throws hosted.address, hosted.authority, hosted.login, vault.locked, storage.*. */
export async function useHostedBroker(
  env: ProjectEnvironment,
  projectId: ProjectId,
  form: HostedForm,
): Promise<void> {
  const present = (await env.store.load(projectId)).value.broker.hosted;
  const authorities =
    form.authorities.trim() === '' ? (present?.authorities ?? []) : authoritiesOf(form.authorities);
  if (authorities.length === 0) throw new AppError('hosted.authority');
  const address = addressOf(form);
  const user = form.user.trim();
  if (utf8(user).length > userLimitBytes || utf8(form.password ?? '').length > passwordLimitBytes)
    throw new AppError('hosted.login');
  const secrets = new SecretDraft(await env.vaults.of(projectId), env.crypto);
  const kept = form.password === null ? present?.login?.passwordRecord : undefined;
  const sealed = async (): Promise<RecordId> =>
    kept ?? secrets.seal('hosted-password', 'operate', utf8(form.password ?? ''));
  const login = user === '' ? null : { user, passwordRecord: await sealed() };
  await replaceHosted(env, projectId, { hosted: { ...address, authorities, login }, secrets });
}

/** Back to the project's own. Throws storage.*. */
export const useOwnBroker = (
  env: Pick<ProjectEnvironment, 'store' | 'clock'>,
  projectId: ProjectId,
): Promise<void> => replaceHosted(env, projectId, { hosted: null });

function replaceHosted(
  env: Pick<ProjectEnvironment, 'store' | 'clock'>,
  projectId: ProjectId,
  { hosted, secrets }: { readonly hosted: HostedBroker | null; readonly secrets?: SecretDraft },
): Promise<void> {
  return changeProject(env.store, projectId, (project) => {
    const old = project.broker.hosted?.login?.passwordRecord;
    const isGone = old !== undefined && old !== hosted?.login?.passwordRecord;
    return {
      project: { ...project, broker: { ...project.broker, hosted } },
      changes: [
        ...(secrets?.changes ?? []),
        ...(isGone ? [{ kind: 'delete-record' as const, id: old }] : []),
      ],
      journal: [
        {
          atMs: env.clock.nowMs(),
          deviceId: null,
          what: hosted ? 'hosted broker chosen' : 'own broker chosen',
          details: hosted ? { host: hosted.host } : {},
        },
      ],
    };
  });
}

function addressOf({ host, port, webUrl }: HostedForm): Pick<HostedBroker, 'host' | 'port' | 'webUrl'> {
  const number = /^\d{1,5}$/.test(port.trim()) ? Number(port.trim()) : 0;
  const name = host.trim();
  const web = webUrl.trim();
  const isWebLegal = web === '' || (URL.canParse(web) && new URL(web).protocol === 'wss:');
  if (!hostPattern.test(name) || number < 1 || number > 65_535 || !isWebLegal)
    throw new AppError('hosted.address');
  return { host: name, port: number, webUrl: web === '' ? null : web };
}

const certificatePattern = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

function authoritiesOf(text: string): Bytes[] {
  const found = [...text.matchAll(certificatePattern)].map(([pem]) => authorityFrom(pem));
  const sizeBytes = found.reduce((sum, der) => sum + der.length, 0);
  if (found.length < 1 || found.length > 2 || sizeBytes > authoritiesLimitBytes)
    throw new AppError('hosted.authority');
  return found;
}

/** Old roots are X.509 v1 and say nothing of themselves. */
function authorityFrom(pem: string): Bytes {
  try {
    const der = fromPem('CERTIFICATE', pem);
    const parts = certificateParts(der);
    if (extensionsOf(parts).basicConstraints?.isAuthority ?? parts.version === 1) return der;
  } catch {
    // Whatever was pasted, its text is not for the error.
  }
  throw new AppError('hosted.authority');
}
