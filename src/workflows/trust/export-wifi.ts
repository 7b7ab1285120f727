/** The network that a header for a sketch names: as typed, or with the password that the project keeps for it. */
import type { Project } from '../../project/entities.ts';
import { openSecretText, type SecretEnvironment } from '../open-secret.ts';
import type { ExportWifi } from './export-file.ts';

/** Throws vault.locked. */
export async function wifiFor(
  env: SecretEnvironment,
  project: Project | null,
  typed: ExportWifi,
): Promise<ExportWifi> {
  const known = project?.wifi.find(({ ssid }) => ssid === typed.ssid);
  if (typed.psk !== '' || !project || !known) return typed;
  return { ssid: typed.ssid, psk: await openSecretText(env, project.id, known.pskRecord) };
}
