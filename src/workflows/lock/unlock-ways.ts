/** Adding, using and taking away other ways into a project with a passphrase: a recovery code, a passkey. */
import type { Passkeys } from '../../ports/passkeys.ts';
import type { ProjectId, Tier, UnlockWay, VaultHeader } from '../../project/entities.ts';
import { equalBytes, toHex, type Bytes } from '../../shared/bytes.ts';
import { AppError } from '../../shared/errors.ts';
import { cancelled, done, type Outcome } from '../../shared/outcome.ts';
import { rawDataKeys, type PassphraseHeader } from '../../vault/header.ts';
import {
  newRecoveryCode,
  readRecoveryCode,
  WAY_SALT_BYTES,
  wrapForWay,
  type WaySecret,
} from '../../vault/other-ways.ts';
import type { ProjectEnvironment } from '../environment.ts';

export type WayEnvironment = ProjectEnvironment & { readonly passkeys: () => Promise<Passkeys> };

const bothTiers: readonly Tier[] = ['authority', 'operate'];
const noCredential: Bytes = new Uint8Array(0);

/**
 * Makes a code for paper and stores the way that it opens; an older code opens nothing any more. The code is nowhere but in
 * what is returned. Throws vault.wrong-passphrase, storage.*.
 */
export async function addRecoveryCode(
  env: ProjectEnvironment,
  projectId: ProjectId,
  passphrase: string,
): Promise<string> {
  const code = newRecoveryCode(env.crypto);
  const secret = readRecoveryCode(code) ?? noCredential;
  const salt = env.crypto.getRandomValues(new Uint8Array(WAY_SALT_BYTES));
  const way = { kind: 'recovery-code', credentialId: noCredential, salt, secret } as const;
  await storeWay(env, projectId, { passphrase, way });
  return code;
}

/** Throws vault.no-passkey, vault.wrong-passphrase, storage.*. */
export async function addPasskey(
  env: WayEnvironment,
  projectId: ProjectId,
  passphrase: string,
): Promise<Outcome<void>> {
  const { value: project } = await env.store.load(projectId);
  const header = headerOf((await env.vaults.of(projectId)).header);
  // Before the browser asks for the passkey: a wrong passphrase would leave one behind that opens nothing.
  for (const key of (await rawDataKeys(header, bothTiers, passphrase, env.crypto)).values()) key.fill(0);
  const salt = env.crypto.getRandomValues(new Uint8Array(WAY_SALT_BYTES));
  const made = await (await env.passkeys()).create(`Signet: ${project.name}`, salt);
  if (made.kind === 'cancelled') return cancelled;
  await storeWay(env, projectId, { passphrase, way: { kind: 'passkey', salt, ...made.value } });
  return done(undefined);
}

/** Throws storage.*. */
export const removeWay = (env: ProjectEnvironment, projectId: ProjectId, way: UnlockWay): Promise<void> =>
  changeWays(env, projectId, {
    what: 'way to unlock removed',
    kind: way.kind,
    change: (ways) => ways.filter(({ salt }) => !equalBytes(salt, way.salt)),
  });

/** Opens both tiers. Throws vault.not-a-code, vault.wrong-secret. */
export async function unlockWithCode(
  env: Pick<ProjectEnvironment, 'vaults'>,
  projectId: ProjectId,
  typed: string,
): Promise<void> {
  const secret = readRecoveryCode(typed);
  const vault = await env.vaults.of(projectId);
  const way = waysOf(vault.header).find(({ kind }) => kind === 'recovery-code');
  if (!secret || !way) throw new AppError('vault.not-a-code');
  await vault.unlock('authority', { way, secret });
}

/** Opens both tiers. Throws vault.no-passkey, vault.wrong-secret. */
export async function unlockWithPasskey(
  env: Pick<WayEnvironment, 'vaults' | 'passkeys'>,
  projectId: ProjectId,
  way: UnlockWay,
): Promise<Outcome<void>> {
  const asked = await (await env.passkeys()).ask(way.credentialId, way.salt);
  if (asked.kind === 'cancelled') return cancelled;
  const vault = await env.vaults.of(projectId);
  await vault.unlock('authority', { way, secret: asked.value.secret });
  return done(undefined);
}

export const waysOf = (header: VaultHeader): readonly UnlockWay[] =>
  header.kind === 'passphrase' ? (header.otherWays ?? []) : [];

async function storeWay(
  env: ProjectEnvironment,
  projectId: ProjectId,
  { passphrase, way }: { readonly passphrase: string; readonly way: WaySecret },
): Promise<void> {
  const header = headerOf((await env.vaults.of(projectId)).header);
  const dataKeys = await rawDataKeys(header, bothTiers, passphrase, env.crypto);
  try {
    const made = await wrapForWay(dataKeys, way, { crypto: env.crypto, nowMs: env.clock.nowMs() });
    await changeWays(env, projectId, {
      what: 'way to unlock added',
      kind: way.kind,
      // One code is enough to keep safe; passkeys may be several.
      change: (ways) => [...ways.filter(({ kind }) => way.kind === 'passkey' || kind !== way.kind), made],
    });
  } finally {
    for (const key of dataKeys.values()) key.fill(0);
    way.secret.fill(0);
  }
}

async function changeWays(
  env: ProjectEnvironment,
  projectId: ProjectId,
  by: {
    readonly what: string;
    readonly kind: UnlockWay['kind'];
    readonly change: (ways: readonly UnlockWay[]) => readonly UnlockWay[];
  },
): Promise<void> {
  const { revision } = await env.store.load(projectId);
  // What is stored, not what this tab remembers: another may have added a way.
  const stored = headerOf(await env.store.vaultHeader(projectId));
  const header = { ...stored, otherWays: by.change(waysOf(stored)) };
  const entry = { atMs: env.clock.nowMs(), deviceId: null, what: by.what, details: { way: by.kind } };
  await env.store.commit(projectId, revision, [{ kind: 'put-vault', header }], [entry]);
  (await env.vaults.of(projectId)).adoptWays(header);
}

function headerOf(header: VaultHeader): PassphraseHeader {
  if (header.kind !== 'passphrase')
    throw new AppError('vault.header-refused', { details: { why: 'no passphrase' } });
  return header;
}

/** For lists on the screen. */
export const keyOfWay = ({ salt }: UnlockWay): string => toHex(salt);
