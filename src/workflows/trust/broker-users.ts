/** Whom the broker's access lists know: devices and other clients whose present certificate is not revoked. */
import type { BundleInput } from '../../broker/bundle-input.ts';
import { isWithoutRights } from '../../project/access.ts';
import type { Project } from '../../project/entities.ts';
import { isRevoked } from './revoke.ts';

export function brokerUsers(project: Project): Pick<BundleInput, 'devices' | 'userNames' | 'clients'> {
  const devices = project.devices.filter(({ credential }) => !isRevoked(project, credential.certificate));
  const others = project.otherCertificates.filter(
    ({ role, rights, certificate }) =>
      role === 'client' && !isWithoutRights(rights) && !isRevoked(project, certificate),
  );
  return {
    devices: devices.map(({ id }) => id),
    userNames: new Map(devices.flatMap(({ id, login }) => (login ? [[id, login.commonName]] : []))),
    clients: others.map(({ commonName, rights }) => ({ user: commonName, rights })),
  };
}
