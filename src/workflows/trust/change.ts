/** One change to a project's trust: loaded, changed, sealed and committed as a whole, or not at all. */
import type { IssueContext } from '../../pki/issuing.ts';
import type { JournalEntry, Project, ProjectChange, ProjectId, RecordId } from '../../project/entities.ts';
import type { KeyMaker } from '../../ports/key-maker.ts';
import type { Vault } from '../../vault/vault.ts';
import type { ProjectEnvironment } from '../environment.ts';
import { SecretDraft } from '../secret-draft.ts';

/** For trust workflows that make many keys, or slow ones. */
export interface TrustEnvironment extends ProjectEnvironment {
  readonly keyMaker: () => Promise<KeyMaker>;
}

export interface TrustDraft {
  readonly env: ProjectEnvironment;
  readonly project: Project;
  readonly vault: Vault;
  readonly context: IssueContext;
  readonly secrets: SecretDraft;
}

export interface TrustChange {
  readonly project: Project;
  /** For the journal: a short noun phrase, and what it is about. No secrets. */
  readonly what: string;
  readonly details: JournalEntry['details'];
  readonly deviceId?: string;
  /** Sealed keys that nobody needs any more. */
  readonly dropped?: readonly RecordId[];
}

/** Null from `work` changes nothing. Throws storage.conflict and whatever `work` throws. */
export async function changeTrust(
  env: ProjectEnvironment,
  projectId: ProjectId,
  work: (draft: TrustDraft) => Promise<TrustChange | null>,
): Promise<Project | null> {
  const { revision, value: project } = await env.store.load(projectId);
  const vault = await env.vaults.of(projectId);
  const context = { nowMs: env.clock.nowMs(), crypto: env.crypto };
  const secrets = new SecretDraft(vault, env.crypto);
  const change = await work({ env, project, vault, context, secrets });
  if (!change) return null;
  const { what, details, deviceId = null, dropped = [] } = change;
  const changes: ProjectChange[] = [
    { kind: 'put-project', project: change.project },
    ...secrets.changes,
    ...dropped.map((id): ProjectChange => ({ kind: 'delete-record', id })),
  ];
  await env.store.commit(projectId, revision, changes, [{ atMs: context.nowMs, deviceId, what, details }]);
  return change.project;
}
