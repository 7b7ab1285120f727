/** Home Assistant: its certificate, that devices announce themselves to it, and the files for its MQTT integration. */
import { zipSync } from 'fflate';
import type { Downloads } from '../ports/files.ts';
import type { Project, ProjectId } from '../project/entities.ts';
import { utf8 } from '../shared/bytes.ts';
import type { Clock } from '../shared/clock.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../shared/outcome.ts';
import { changeProject } from './change-project.ts';
import type { SecretEnvironment } from './open-secret.ts';
import { ensureProgram, programOf, programPems } from './other-programs.ts';
import type { TrustEnvironment } from './trust/change.ts';

/** What Home Assistant listens to unless somebody changed it there. */
const usualPrefix = 'homeassistant';

/**
 * Gives Home Assistant its certificate and lets devices announce themselves. Boards learn of it when their settings are
 * written. Throws as createCertificate does.
 */
export async function setUpHomeAssistant(
  env: TrustEnvironment,
  projectId: ProjectId,
  options: RunOptions,
): Promise<Outcome<null>> {
  const identity = await ensureProgram(env, projectId, 'homeassistant', options);
  if (identity.kind === 'cancelled') return cancelled;
  await changeProject(env.store, projectId, (project) => {
    const prefix = project.broker.access.discoveryPrefix ?? usualPrefix;
    return {
      project: announcing(project, prefix),
      journal: [
        { atMs: env.clock.nowMs(), deviceId: null, what: 'Home Assistant set up', details: { prefix } },
      ],
    };
  });
  return done(null);
}

const announcing = (project: Project, discoveryPrefix: string): Project => ({
  ...project,
  broker: { ...project.broker, access: { ...project.broker.access, discoveryPrefix } },
  otherCertificates: project.otherCertificates.map((other) =>
    other.kind === 'homeassistant' ? { ...other, rights: { ...other.rights, discovery: true } } : other,
  ),
});

/** Saves `<project>-home-assistant-SECRET.zip`: authority, certificate, key. Throws program.no-certificate, vault.locked. */
export async function saveHomeAssistantFiles(
  env: SecretEnvironment & { readonly clock: Clock; readonly downloads: Downloads },
  project: Project,
): Promise<void> {
  const program = programOf(project, 'homeassistant', env.clock.nowMs());
  const { userName, certificatePem, keyPem, authorityPem } = await programPems(env, project, program);
  const files = {
    'ca.crt': utf8(authorityPem),
    [`${userName}.crt`]: utf8(certificatePem),
    [`${userName}.key`]: utf8(keyPem),
  };
  const zip = new Uint8Array(zipSync(files, { mtime: new Date(2020, 0, 1) }));
  env.downloads.save(`${project.id}-home-assistant-SECRET.zip`, zip, 'application/zip');
}
