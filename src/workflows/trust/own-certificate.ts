/** A certificate of the project as the reader sees one that was brought: explained, judged, taken away in any form. */
import { readCertificateFacts } from '../../pki/facts/certificate.ts';
import { readPrivateKey } from '../../pki/import/encrypted-keys.ts';
import type { ImportedItem } from '../../pki/import/items.ts';
import type { Project } from '../../project/entities.ts';
import { AppError } from '../../shared/errors.ts';
import type { ListedCertificate } from '../list-certificates.ts';
import { openSecret, type SecretEnvironment } from '../open-secret.ts';
import { trustedAuthorities } from './authorities.ts';
import { ownedBy } from './owners.ts';

/** The certificate first, then the authorities that the project trusts for its job. */
export function ownItems(project: Project, { owner, certificate }: ListedCertificate): ImportedItem[] {
  const { role } = ownedBy(project, owner);
  const above = owner.startsWith('authority:') ? [] : trustedAuthorities(project, role);
  return [certificate, ...above.map((authority) => authority.certificate)].map(({ der }) =>
    readCertificateFacts(der),
  );
}

/**
 * Its private key, opened: secret, and gone when the caller forgets it.
 * Throws vault.locked, trust.key-elsewhere, storage.not-found.
 */
export async function ownKey(
  env: SecretEnvironment & { readonly crypto: Crypto },
  project: Project,
  { owner }: ListedCertificate,
): Promise<ImportedItem> {
  const { keyRecord } = ownedBy(project, owner);
  if (keyRecord === null) throw new AppError('trust.key-elsewhere');
  const pkcs8 = await openSecret(env, project.id, keyRecord);
  try {
    const key = await readPrivateKey(pkcs8, env.crypto);
    if (!key) throw new AppError('pki.key-format');
    return key;
  } finally {
    pkcs8.fill(0);
  }
}
