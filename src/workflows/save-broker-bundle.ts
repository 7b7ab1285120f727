/** Saving the broker's files, as one .zip or one by one, and what is new in them since the last time. */
import { zipBundle, type BundleFile } from '../broker/bundle.ts';
import type { Downloads } from '../ports/files.ts';
import type { BrokerSystem, BundleDigests, Project } from '../project/entities.ts';
import { toHex, type Bytes } from '../shared/bytes.ts';
import { makeBrokerBundle } from './broker-bundle.ts';
import { changeProject } from './change-project.ts';
import type { ProjectEnvironment } from './environment.ts';
import { openSecret, type SecretEnvironment } from './open-secret.ts';
import { SecretDraft } from './secret-draft.ts';

export type FileChange = 'new' | 'changed' | 'same';

export interface BundleChanges {
  /** When the files were saved last, Unix ms; null for never. */
  readonly sinceMs: number | null;
  /** By path; only of files that are in the bundle now. */
  readonly files: ReadonlyMap<string, FileChange>;
  /** In the last download, not in this one. */
  readonly gone: readonly string[];
}

const keySizeBytes = 32;

/**
 * Saves `<project>-broker.zip` and remembers, as digests under a sealed key, what was in it.
 * Throws vault.locked, storage.*, and what the bundle throws.
 */
export async function saveBrokerBundle(
  env: ProjectEnvironment & { readonly downloads: Downloads },
  project: Project,
  system: BrokerSystem = project.broker.system,
): Promise<void> {
  const files = await makeBrokerBundle(env, project, system);
  env.downloads.save(`${project.id}-broker.zip`, zipBundle(files), 'application/zip');
  await rememberDownload(env, project, { files, system });
}

/** One file by its own name. */
export function saveBundleFile(env: { readonly downloads: Downloads }, { path, content }: BundleFile): void {
  const name = path.split('/').at(-1) ?? path;
  env.downloads.save(name, new Uint8Array(content), 'application/octet-stream');
}

/** What the files differ in from the last download. Throws vault.locked. */
export async function bundleChanges(
  env: SecretEnvironment,
  project: Project,
  files: readonly BundleFile[],
): Promise<BundleChanges> {
  const last = project.broker.lastDownload;
  if (!last) return { sinceMs: null, files: new Map(), gone: [] };
  const present = await digestsOf(files, await openSecret(env, project.id, last.keyRecord));
  const changes = Object.entries(present).map(([path, digest]): [string, FileChange] => {
    const before = last.digests[path];
    return [path, before === undefined ? 'new' : before === digest ? 'same' : 'changed'];
  });
  const gone = Object.keys(last.digests).filter((path) => !(path in present));
  return { sinceMs: last.atMs, files: new Map(changes), gone };
}

async function rememberDownload(
  env: ProjectEnvironment,
  project: Project,
  { files, system }: { readonly files: readonly BundleFile[]; readonly system: BrokerSystem },
): Promise<void> {
  const secrets = new SecretDraft(await env.vaults.of(project.id), env.crypto);
  const key = env.crypto.getRandomValues(new Uint8Array(keySizeBytes));
  const digests = await digestsOf(files, key);
  const atMs = env.clock.nowMs();
  const keyRecord = await secrets.seal('download-key', 'authority', key);
  const lastDownload: BundleDigests = { atMs, keyRecord, digests };
  await changeProject(env.store, project.id, (present) => {
    const before = present.broker.lastDownload?.keyRecord;
    return {
      project: { ...present, broker: { ...present.broker, system, lastDownload } },
      changes: [
        ...secrets.changes,
        ...(before === undefined ? [] : [{ kind: 'delete-record' as const, id: before }]),
      ],
      journal: [
        { atMs, deviceId: null, what: 'broker files saved', details: { system, files: files.length } },
      ],
    };
  });
}

async function digestsOf(files: readonly BundleFile[], keyBytes: Bytes): Promise<Record<string, string>> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', keyBytes, algorithm, false, ['sign']);
  const digest = async ({ path, content }: BundleFile): Promise<[string, string]> => [
    path,
    toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, content))),
  ];
  return Object.fromEntries(await Promise.all(files.map(digest)));
}
