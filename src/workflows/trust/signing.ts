/** An authority of a stored project, ready to sign: its sealed key is lent for one piece of work. */
import { certificateParts } from '../../pki/certificate-fields.ts';
import { issuerFrom, type Issuer } from '../../pki/issuer.ts';
import { keyAlgorithms } from '../../pki/key-algorithms.ts';
import { publicKeyAlgorithmOf } from '../../pki/key-pair.ts';
import type { Credential, KeyAlgorithm, ProjectId, SealedRecord } from '../../project/entities.ts';
import type { Vault } from '../../vault/vault.ts';
import type { ProjectEnvironment } from '../environment.ts';
import type { TrustDraft } from './change.ts';

/** The kind of key that a certificate carries. Throws pki.certificate-format, pki.key-unsupported. */
export const algorithmOf = (certificateDer: Uint8Array): KeyAlgorithm =>
  publicKeyAlgorithmOf(certificateParts(certificateDer).publicKeyInfo);

/** Lends the authority's key as a non-extractable one. Throws vault.locked, vault.damaged. */
export function withIssuerOf<T>(
  vault: Vault,
  authority: { readonly certificate: { readonly der: Uint8Array }; readonly record: SealedRecord },
  use: (issuer: Issuer) => Promise<T>,
): Promise<T> {
  const { der } = authority.certificate;
  return vault.withSigningKey(
    authority.record,
    async (key) => use(await issuerFrom(der, key, crypto)),
    keyAlgorithms[algorithmOf(der)].parameters,
  );
}

/** As {@link withIssuerOf}, from the store. Throws storage.not-found too. */
export async function withIssuer<T>(
  env: Pick<ProjectEnvironment, 'store' | 'vaults'>,
  projectId: ProjectId,
  authority: Credential,
  use: (issuer: Issuer) => Promise<T>,
): Promise<T> {
  const vault = await env.vaults.of(projectId);
  const record = await env.store.record(projectId, authority.keyRecord);
  return withIssuerOf(vault, { certificate: authority.certificate, record }, use);
}

/** As {@link withIssuer}, for an authority that may have been made in the same change. */
export function withDraftIssuer<T>(
  { env, project, vault, secrets }: TrustDraft,
  authority: Credential,
  use: (issuer: Issuer) => Promise<T>,
): Promise<T> {
  const { certificate, keyRecord } = authority;
  return secrets.has(keyRecord)
    ? withIssuerOf(vault, { certificate, record: secrets.record(keyRecord) }, use)
    : withIssuer(env, project.id, authority, use);
}
