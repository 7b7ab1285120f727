/** A device's or client's certificate and key as two PEM files in a .zip, for the broker's test lines. */
import { zipSync } from 'fflate';
import { toPem } from '../pki/pem.ts';
import type { Downloads } from '../ports/files.ts';
import type { Project } from '../project/entities.ts';
import { utf8 } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { openSecret, type SecretEnvironment } from './open-secret.ts';
import { ownedBy, type OwnedCertificate } from './trust/owners.ts';

/**
 * @param user a name of the device port: a device's, or another certificate's common name. The files are called after
 * it. Throws trust.certificate-missing, trust.key-elsewhere, vault.locked.
 */
export async function saveTestIdentity(
  env: SecretEnvironment & { readonly downloads: Downloads },
  project: Project,
  user: string,
): Promise<void> {
  const { name, owned } = identityOf(project, user);
  if (owned.keyRecord === null) throw new AppError('trust.key-elsewhere');
  const key = await openSecret(env, project.id, owned.keyRecord);
  const files = {
    [`${name}.crt`]: utf8(toPem('CERTIFICATE', owned.certificate.der)),
    [`${name}.key`]: utf8(toPem('PRIVATE KEY', key)),
  };
  key.fill(0);
  env.downloads.save(`${name}-SECRET.zip`, new Uint8Array(zipSync(files)), 'application/zip');
}

function identityOf(project: Project, user: string): { name: string; owned: OwnedCertificate } {
  const device = project.devices.find(({ id, login }) => id === user || login?.commonName === user);
  if (device) return { name: device.id, owned: ownedBy(project, `device:${device.id}`) };
  const other = project.otherCertificates.find(({ commonName }) => commonName === user);
  return { name: user, owned: ownedBy(project, `other:${other?.name ?? ''}`) };
}
