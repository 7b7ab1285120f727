/**
 * Certificates made anew: with the same key (only the dates change) or a new one, and the broker's for other hosts. What
 * they replace is remembered, so that it can be revoked. All of a call or none.
 */
import { writableNames } from '../../pki/alt-names.ts';
import { certificateParts, extensionsOf } from '../../pki/certificate-fields.ts';
import { readTlv } from '../../pki/der.ts';
import { writableAttributes } from '../../pki/distinguished-name.ts';
import { extendedKeyPurposes, type ExtendedKeyPurpose } from '../../pki/extensions.ts';
import { readName } from '../../pki/facts/names.ts';
import { parseHosts } from '../../pki/hosts.ts';
import { brokerRequest, certify, type LeafRequest } from '../../pki/issuing.ts';
import type { KeyPair } from '../../pki/key-pair.ts';
import { toCertificateRecord } from '../../pki/reading.ts';
import type { SubjectFields } from '../../pki/subject-fields.ts';
import type {
  AuthorityRole,
  CertificateOwner,
  CertificateRecord,
  Credential,
  KeyAlgorithm,
  Project,
  ProjectId,
  RecordId,
} from '../../project/entities.ts';
import { AppError } from '../../shared/errors.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import { rolesOf } from './authorities.ts';
import { changeTrust, type TrustDraft, type TrustEnvironment } from './change.ts';
import { renewedAuthority } from './change-authorities.ts';
import { makeKeys } from './make-keys.ts';
import { checkDistinct, ownedBy, type OwnedCertificate } from './owners.ts';
import { withFreshLists } from './revoke.ts';
import { withDraftIssuer } from './signing.ts';

const DAY_MS = 86_400_000;

export interface Renewal {
  readonly owner: CertificateOwner;
  /** The present key, or a new one of this kind. An authority keeps its key here: a new one is a new authority. */
  readonly key: 'same' | KeyAlgorithm;
}

export interface RenewRequest {
  readonly renewals: readonly Renewal[];
  /** The broker's hosts from now on, as typed; both of its certificates must be among the renewals. */
  readonly hosts?: readonly string[];
}

/**
 * Authorities first, so that nothing is capped by an old end. Progress counts new keys.
 * Throws pki.outside-constraints, pki.authority-expired, pki.host-*, trust.key-elsewhere, trust.certificate-missing,
 * vault.locked, storage.conflict.
 */
export async function renewCertificates(
  env: TrustEnvironment,
  projectId: ProjectId,
  request: RenewRequest,
  options: RunOptions,
): Promise<Outcome<Project>> {
  const isAuthority = ({ owner }: Renewal): boolean => owner.startsWith('authority:');
  const leaves = request.renewals.filter((renewal) => !isAuthority(renewal));
  const wanted = leaves.flatMap(({ key }) => (key === 'same' ? [] : [key]));
  const keys = await makeKeys(env, wanted, options);
  if (keys.kind === 'cancelled' || options.signal.aborted) return cancelled;
  const renewed = await changeTrust(env, projectId, async (draft) => {
    let { project } = draft;
    if (request.hosts) {
      const hosts = parseHosts(request.hosts).map(({ text }) => text);
      project = { ...project, broker: { ...project.broker, hosts } };
    }
    project = await authoritiesRenewed(draft, project, request.renewals.filter(isAuthority));
    for (const renewal of leaves) {
      const pair = renewal.key === 'same' ? null : (keys.value.shift() ?? null);
      project = await leafRenewed(draft, project, { owner: renewal.owner, pair });
    }
    const owners = request.renewals.map(({ owner }) => owner).join(', ');
    return { project, what: 'certificates renewed', details: { owners } };
  });
  return renewed ? done(renewed) : cancelled;
}

async function authoritiesRenewed(
  draft: TrustDraft,
  project: Project,
  renewals: readonly Renewal[],
): Promise<Project> {
  const renewedRoles = new Set<AuthorityRole>();
  let changed = project;
  for (const { owner } of renewals) {
    const { role } = ownedBy(project, owner);
    if (renewedRoles.has(role)) continue;
    for (const each of rolesOf(project, project.authorities[role])) renewedRoles.add(each);
    changed = await renewedAuthority(draft, changed, role);
  }
  return renewals.length > 0 ? withFreshLists(draft, changed) : changed;
}

async function leafRenewed(
  draft: TrustDraft,
  project: Project,
  { owner, pair }: { readonly owner: CertificateOwner; readonly pair: KeyPair | null },
): Promise<Project> {
  const { context, secrets } = draft;
  const owned = ownedBy(project, owner);
  // A device's own key may be on its chip alone; the page can always give it another one, by USB.
  if (pair && owned.keyRecord === null && !owner.startsWith('device:'))
    throw new AppError('trust.key-elsewhere');
  const { publicKeyInfo } = pair ?? certificateParts(owned.certificate.der);
  const der = await withDraftIssuer(draft, project.authorities[owned.role], (issuer) =>
    certify(context, issuer, {
      ...renewalRequest(project, owned),
      pair: { publicKeyInfo: Uint8Array.from(publicKeyInfo) },
    }),
  );
  checkDistinct(project, { der, owners: [owner] });
  const certificate = await toCertificateRecord(der, context.crypto);
  const keyRecord = pair
    ? await secrets.seal(`${owner.replaceAll(':', '-')}-key`, 'authority', pair.pkcs8)
    : owned.keyRecord;
  const replaced = { owner, certificate: owned.certificate, replacedAtMs: context.nowMs };
  return {
    ...withCredential(project, owned, { certificate, keyRecord }),
    replacedCertificates: [...project.replacedCertificates, replaced],
  };
}

/** The same subject, names, purposes and length of life; the broker's names are its hosts of now. */
export function renewalRequest(project: Project, { owner, certificate }: OwnedCertificate): LeafRequest {
  const parts = certificateParts(certificate.der);
  const { subjectAltNames, extendedKeyUsage } = extensionsOf(parts);
  const days = Math.max(1, Math.round((parts.notAfterMs - parts.notBeforeMs) / DAY_MS));
  const hosts = parseHosts(project.broker.hosts);
  if (owner === 'broker:device') return { ...brokerRequest('device', project.id, hosts), days };
  if (owner === 'broker:web') return { ...brokerRequest('web', project.id, hosts), days };
  return {
    subject: Object.fromEntries(
      writableAttributes(readName(readTlv(parts.subject))),
    ) as unknown as SubjectFields,
    names: writableNames(subjectAltNames?.names ?? []),
    purposes: (Object.keys(extendedKeyPurposes) as ExtendedKeyPurpose[]).filter((purpose) =>
      extendedKeyUsage?.purposes.includes(purpose),
    ),
    days,
  };
}

interface NewCredential {
  readonly certificate: CertificateRecord;
  readonly keyRecord: RecordId | null;
}

function withCredential(
  project: Project,
  { owner, keyRecord: before }: OwnedCertificate,
  fresh: NewCredential,
): Project {
  const credential: Credential = {
    certificate: fresh.certificate,
    keyRecord: fresh.keyRecord ?? before ?? '',
  };
  const { broker } = project;
  if (owner === 'broker:device') return { ...project, broker: { ...broker, deviceListener: credential } };
  if (owner === 'broker:web') return { ...project, broker: { ...broker, webListener: credential } };
  const [kind, name] = [owner.slice(0, owner.indexOf(':')), owner.slice(owner.indexOf(':') + 1)];
  if (kind === 'device') {
    const devices = project.devices.map((device) =>
      device.id === name ? { ...device, credential: fresh, credentialState: 'made' as const } : device,
    );
    return { ...project, devices };
  }
  const otherCertificates = project.otherCertificates.map((other) =>
    other.name === name ? { ...other, ...fresh } : other,
  );
  return { ...project, otherCertificates };
}
