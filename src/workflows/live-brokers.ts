/** Other brokers that a project keeps for Live: their addresses in the project, their passwords sealed for operating. */
import type { LiveBroker, Project } from '../project/entities.ts';
import { toHex, utf8 } from '../shared/bytes.ts';
import { changeProject } from './change-project.ts';
import type { ProjectEnvironment } from './environment.ts';
import { checkedBrokerForm, type BrokerForm } from './live-source.ts';
import { SecretDraft } from './secret-draft.ts';

export const keptBrokers = (project: Project): readonly LiveBroker[] => project.live?.brokers ?? [];

/** Throws what `checkedBrokerForm` does, vault.locked, storage.*. */
export async function keepBroker(
  env: ProjectEnvironment,
  project: Project,
  form: BrokerForm,
): Promise<LiveBroker> {
  const { url, topics } = checkedBrokerForm(form);
  const secrets = new SecretDraft(await env.vaults.of(project.id), env.crypto);
  const passwordRecord = await secrets.seal('live-password', 'operate', utf8(form.password));
  const id = toHex(env.crypto.getRandomValues(new Uint8Array(4)));
  const broker: LiveBroker = { id, url, username: form.username.trim(), passwordRecord, topics };
  await changeProject(env.store, project.id, (stored) => ({
    project: { ...stored, live: { ...stored.live, brokers: [...keptBrokers(stored), broker] } },
    changes: secrets.changes,
    journal: [{ atMs: env.clock.nowMs(), deviceId: null, what: 'broker for Live kept', details: { url } }],
  }));
  return broker;
}

/** Its password goes with it. Throws storage.*. */
export async function forgetBroker(
  env: ProjectEnvironment,
  project: Project,
  brokerId: string,
): Promise<void> {
  await changeProject(env.store, project.id, (stored) => {
    const gone = keptBrokers(stored).find(({ id }) => id === brokerId);
    return {
      project: {
        ...stored,
        live: { ...stored.live, brokers: keptBrokers(stored).filter(({ id }) => id !== brokerId) },
      },
      changes: gone ? [{ kind: 'delete-record', id: gone.passwordRecord }] : [],
      journal: [{ atMs: env.clock.nowMs(), deviceId: null, what: 'broker for Live forgotten', details: {} }],
    };
  });
}
