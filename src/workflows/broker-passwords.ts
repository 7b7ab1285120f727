/**
 * The lines of the broker's password files. The same password gives the same line, so that a second download differs only
 * where something is new: the salt is made from the password itself, under a secret that the broker never sees.
 */
import type { BundleInput } from '../broker/bundle-input.ts';
import { devicePassword } from '../broker/device-password.ts';
import {
  hashPassword,
  iterationsFor,
  passwordFileLine,
  passwordSaltSizeBytes,
} from '../broker/password-file.ts';
import type { DeviceId, Project } from '../project/entities.ts';
import { dashboardUser } from '../project/ids.ts';
import { utf8, type Bytes } from '../shared/bytes.ts';
import { openSecret, openSecretText, type SecretEnvironment } from './open-secret.ts';

type Lines = Pick<BundleInput, 'dashboard' | 'users' | 'devicePasswordLines'>;

/** Throws vault.locked. */
export async function passwordLines(
  env: SecretEnvironment,
  project: Project,
  devices: readonly DeviceId[],
): Promise<Lines> {
  const { access, dashboardPasswordRecord } = project.broker;
  const dashboard = await openSecretText(env, project.id, dashboardPasswordRecord);
  const line = await lineMaker(utf8(dashboard));
  return {
    dashboard: { username: dashboardUser, passwordHashLine: await line(dashboardUser, dashboard) },
    users: await Promise.all(
      access.users.map(async ({ name, rights, passwordRecord }) => ({
        user: name,
        rights,
        passwordHashLine: await line(name, await openSecretText(env, project.id, passwordRecord)),
      })),
    ),
    ...(access.deviceLogin === 'certificate'
      ? {}
      : {
          devicePasswordLines: await Promise.all(devices.map((id) => deviceLine(env, project, { id, line }))),
        }),
  };
}

async function deviceLine(
  env: SecretEnvironment,
  project: Project,
  { id, line }: { readonly id: DeviceId; readonly line: LineMaker },
): Promise<string> {
  const device = project.devices.find((each) => each.id === id);
  const appKey = await openSecret(env, project.id, device?.commandKeyRecord ?? '');
  const password = await devicePassword(appKey);
  appKey.fill(0);
  return line(id, password);
}

type LineMaker = (user: string, password: string) => Promise<string>;

async function lineMaker(saltSecret: Bytes): Promise<LineMaker> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', saltSecret, algorithm, false, ['sign']);
  return async (user, password) => {
    const mac = await crypto.subtle.sign('HMAC', key, utf8(`signet-salt-1\n${user}\n${password}`));
    const salt = new Uint8Array(mac, 0, passwordSaltSizeBytes).slice();
    return passwordFileLine(
      user,
      await hashPassword(password, { salt, iterations: iterationsFor(password) }),
    );
  };
}
