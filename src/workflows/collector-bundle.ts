/**
 * The .zip for Telegraf, InfluxDB and Grafana: their files, and this project's authority with a client certificate that may
 * read. A certificate is made when there is none yet; the broker has to learn of it.
 */
import { zipSync, type Zippable } from 'fflate';
import { toPem } from '../pki/pem.ts';
import type { Downloads } from '../ports/files.ts';
import type { OtherCertificate, Project } from '../project/entities.ts';
import { toHex, utf8 } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { certificatePaths, collectorFiles } from '../telemetry/collectors/collector-files.ts';
import { openSecret } from './open-secret.ts';
import { trustedAuthorities } from './trust/authorities.ts';
import type { TrustEnvironment } from './trust/change.ts';
import { certificateDefaults } from './trust/certificate-form.ts';
import { createCertificate } from './trust/create-certificate.ts';
import { isRevoked } from './trust/revoke.ts';

export const collectorName = 'telegraf';
const secretBytes = 24;

/** The certificate that the files would take; null while there is none. */
export const collectorCertificate = (project: Project): OtherCertificate | null =>
  project.otherCertificates.find(
    ({ name, role, keyRecord, certificate }) =>
      name === collectorName && role === 'client' && keyRecord !== null && !isRevoked(project, certificate),
  ) ?? null;

/**
 * Saves `<project>-telegraf.zip`; `isNew` when the broker does not know its user yet. Throws vault.locked, storage.*, and
 * what {@link createCertificate} throws.
 */
export async function saveCollectorBundle(
  env: TrustEnvironment & { readonly downloads: Downloads },
  project: Project,
  options: RunOptions,
): Promise<Outcome<{ readonly isNew: boolean }>> {
  const isNew = collectorCertificate(project) === null;
  if (isNew) {
    const form = { kind: 'custom', name: collectorName, ...certificateDefaults } as const;
    const made = await createCertificate(env, project.id, form, options);
    if (made.kind === 'cancelled') return cancelled;
  }
  const present = (await env.store.load(project.id)).value;
  const found = collectorCertificate(present);
  if (!found) throw new AppError('internal', { details: { what: 'no certificate' } });
  env.downloads.save(`${project.id}-telegraf.zip`, await zipped(env, present, found), 'application/zip');
  return done({ isNew });
}

async function zipped(env: TrustEnvironment, project: Project, found: OtherCertificate) {
  const { hosts, devicePort } = project.broker;
  const secret = (): string => toHex(env.crypto.getRandomValues(new Uint8Array(secretBytes)));
  const texts = new Map(
    collectorFiles(
      {
        projectId: project.id,
        brokerHost: hosts[0] ?? 'localhost',
        devicePort,
        commonName: found.commonName,
      },
      { influxToken: secret(), influxPassword: secret(), grafanaPassword: secret() },
    ),
  );
  const authorities = trustedAuthorities(project, 'server');
  const key = await openSecret(env, project.id, found.keyRecord ?? '');
  texts.set(
    certificatePaths.authority,
    authorities.map(({ certificate }) => toPem('CERTIFICATE', certificate.der)).join(''),
  );
  texts.set(certificatePaths.certificate, toPem('CERTIFICATE', found.certificate.der));
  texts.set(certificatePaths.key, toPem('PRIVATE KEY', key));
  const files: Zippable = Object.fromEntries([...texts].map(([path, text]) => [path, utf8(text)]));
  return zipSync(files);
}
