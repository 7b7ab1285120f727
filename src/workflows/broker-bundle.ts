/** A project's Mosquitto bundle: opens the secrets it needs, builds the files, saves them as one .zip. */
import { buildBundle, zipBundle, type BundleFile } from '../broker/bundle.ts';
import type { BundleCertificates } from '../broker/bundle-input.ts';
import {
  hashPassword,
  passwordFileLine,
  passwordIterations,
  passwordSaltSizeBytes,
} from '../broker/password-file.ts';
import { toPem } from '../pki/pem.ts';
import type { Downloads } from '../ports/files.ts';
import type { Authority, Project, RecordId } from '../project/entities.ts';
import { dashboardUser } from '../project/ids.ts';
import { openSecret, openSecretText, type SecretEnvironment } from './open-secret.ts';
import { issuingAuthority, trustedAuthorities } from './trust/authorities.ts';
import { brokerUsers } from './trust/broker-users.ts';

/** All files of the bundle. Throws vault.locked and what {@link buildBundle} throws. */
export async function makeBrokerBundle(env: SecretEnvironment, project: Project): Promise<BundleFile[]> {
  const { hosts, devicePort, webPort } = project.broker;
  return buildBundle({
    projectId: project.id,
    hosts,
    devicePort,
    webPort,
    certificates: await bundleCertificates(env, project),
    dashboard: { username: dashboardUser, passwordHashLine: await passwordLine(env, project) },
    ...brokerUsers(project),
  });
}

/** Saves `<project>-broker.zip`. */
export async function saveBrokerBundle(
  env: SecretEnvironment & { readonly downloads: Downloads },
  project: Project,
): Promise<void> {
  const files = await makeBrokerBundle(env, project);
  env.downloads.save(`${project.id}-broker.zip`, zipBundle(files), 'application/zip');
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

async function passwordLine(env: SecretEnvironment, project: Project): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(passwordSaltSizeBytes));
  const password = await dashboardPassword(env, project);
  return passwordFileLine(
    dashboardUser,
    await hashPassword(password, { salt, iterations: passwordIterations }),
  );
}
