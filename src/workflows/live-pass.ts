/**
 * Live on another computer: makes a pass out of a project's operating secrets, and of a pass what a session and its
 * commands need. Takes nothing that signs.
 */
import { webUrl } from '../broker/web-url.ts';
import { importCommandKey } from '../contract/envelope.ts';
import { projectFilters } from '../contract/topics.ts';
import type { Project } from '../project/entities.ts';
import { dashboardUser } from '../project/ids.ts';
import { fromBase64, toBase64, utf8, type Bytes } from '../shared/bytes.ts';
import { AppError } from '../shared/errors.ts';
import { newPassCode, sealLivePass, type LivePass } from '../vault/live-pass.ts';
import type { ProjectEnvironment } from './environment.ts';
import type { LiveSource } from './live-source.ts';
import { openSecret, openSecretText } from './open-secret.ts';
import type { WithCommandKey } from './send-command.ts';

export interface PassWishes {
  /** Devices that may be given commands with it. */
  readonly commanded: readonly string[];
  /** Lets the other computer trust the broker; makes the pass longer. */
  readonly withWebAuthority: boolean;
}

export interface MadePass {
  /** One line of JSON. */
  readonly text: string;
  /** To be told apart from the pass: whoever has both may look, and give the commands in it. */
  readonly code: string;
  readonly fileName: string;
}

/** Throws vault.locked, vault.damaged, storage.*. */
export async function makeLivePass(
  env: ProjectEnvironment,
  project: Project,
  wishes: PassWishes,
): Promise<MadePass> {
  const { broker } = project;
  const pass: LivePass = {
    project: { id: project.id, name: project.name },
    hosts: broker.hosts,
    webPort: broker.webPort,
    user: dashboardUser,
    password: await openSecretText(env, project.id, broker.dashboardPasswordRecord),
    webAuthority: wishes.withWebAuthority ? toBase64(project.authorities.web.certificate.der) : null,
    devices: await Promise.all(
      project.devices.map(async ({ id, settings, commandKeyRecord }) => ({
        id,
        everyS: settings.sensor.everyS,
        key: wishes.commanded.includes(id) ? await keyText(env, project.id, commandKeyRecord) : null,
      })),
    ),
  };
  const code = newPassCode(env.crypto);
  const text = await sealLivePass(pass, code, env.crypto);
  return { text, code, fileName: `${project.id}-live.signet-pass` };
}

async function keyText(env: ProjectEnvironment, projectId: string, record: string): Promise<string> {
  const raw = await openSecret(env, projectId, record);
  try {
    return toBase64(raw);
  } finally {
    raw.fill(0);
  }
}

export const passBytes = ({ text }: MadePass): Bytes => utf8(text);

export function passSource(pass: LivePass): LiveSource {
  const every = new Map(pass.devices.map(({ id, everyS }) => [id, everyS * 1000]));
  return {
    shareAs: `pass ${pass.project.id}`,
    url: webUrl(pass.hosts[0] ?? 'localhost', pass.webPort),
    username: pass.user,
    password: pass.password,
    topics: projectFilters(pass.project.id),
    projectId: pass.project.id,
    intervalMs: (deviceId) => every.get(deviceId) ?? 60_000,
  };
}

/** Throws live.device-not-seen for a device that the pass gives no commands. */
export const passKeys =
  (pass: LivePass): WithCommandKey =>
  async (deviceId, use) => {
    const text = pass.devices.find(({ id }) => id === deviceId)?.key;
    if (!text) throw new AppError('live.device-not-seen', { details: { deviceId } });
    return use(await importCommandKey(fromBase64(text)));
  };
