/** A project's Mosquitto bundle: opens the secrets it needs and builds the files. */
import { buildBundle, type BundleFile } from '../broker/bundle.ts';
import type { BundleCertificates, BundleInput } from '../broker/bundle-input.ts';
import type { TestLinesInput } from '../broker/test-lines.ts';
import { toPem } from '../pki/pem.ts';
import type { Authority, BrokerSystem, Project, RecordId } from '../project/entities.ts';
import { dashboardUser } from '../project/ids.ts';
import { passwordLines } from './broker-passwords.ts';
import { openSecret, openSecretText, type SecretEnvironment } from './open-secret.ts';
import { issuingAuthority, trustedAuthorities } from './trust/authorities.ts';
import { brokerUsers } from './trust/broker-users.ts';

/** All files of the bundle. Throws vault.locked and what {@link buildBundle} throws. */
export async function makeBrokerBundle(
  env: SecretEnvironment,
  project: Project,
  system: BrokerSystem = project.broker.system,
): Promise<BundleFile[]> {
  return buildBundle({ ...(await brokerInput(env, project)), system });
}

/** What every form of the broker's files is made from. Throws vault.locked. */
export async function brokerInput(env: SecretEnvironment, project: Project): Promise<BundleInput> {
  const { hosts, devicePort, webPort, access, system } = project.broker;
  const users = brokerUsers(project);
  return {
    projectId: project.id,
    hosts,
    devicePort,
    webPort,
    access,
    system,
    certificates: await bundleCertificates(env, project),
    ...users,
    ...(await passwordLines(env, project, users.devices)),
  };
}

/** What test lines and other engines' forms need, without any secret. */
export function openBrokerInput(project: Project): TestLinesInput {
  const { hosts, devicePort, webPort, access, system } = project.broker;
  const users = access.users.map(({ name, rights }) => ({ user: name, rights, passwordHashLine: '' }));
  const dashboard = { username: dashboardUser, passwordHashLine: '' };
  return {
    projectId: project.id,
    hosts,
    devicePort,
    webPort,
    access,
    system,
    dashboard,
    users,
    ...brokerUsers(project),
  };
}

/** The generated password of the dashboard's user. Throws vault.locked. */
export const dashboardPassword = (env: SecretEnvironment, project: Project): Promise<string> =>
  openSecretText(env, project.id, project.broker.dashboardPasswordRecord);

async function bundleCertificates(env: SecretEnvironment, project: Project): Promise<BundleCertificates> {
  const { broker } = project;
  const keyPem = async (record: RecordId): Promise<string> =>
    toPem('PRIVATE KEY', await openSecret(env, project.id, record));
  return {
    clientAuthorityPem: pems(trustedAuthorities(project, 'client')),
    serverAuthorityPem: pems(trustedAuthorities(project, 'server')),
    webAuthorityPem: pems([issuingAuthority(project, 'web', broker.webListener.certificate)]),
    ...(project.revocationLists.length > 0
      ? { revocationListPem: project.revocationLists.map(({ der }) => toPem('X509 CRL', der)).join('') }
      : {}),
    deviceListenerPem: toPem('CERTIFICATE', broker.deviceListener.certificate.der),
    deviceListenerKeyPem: await keyPem(broker.deviceListener.keyRecord),
    webListenerPem: toPem('CERTIFICATE', broker.webListener.certificate.der),
    webListenerKeyPem: await keyPem(broker.webListener.keyRecord),
  };
}

const pems = (authorities: readonly Authority[]): string =>
  authorities.map(({ certificate }) => toPem('CERTIFICATE', certificate.der)).join('');
