/** A project's certificates in the order people ask for them, how each stands, and their PEM texts. */
import { commonNameOf } from '../pki/distinguished-name.ts';
import { certificateParts, extensionsOf } from '../pki/certificate-fields.ts';
import { keyAlgorithms } from '../pki/key-algorithms.ts';
import { toPem } from '../pki/pem.ts';
import type { CertificateOwner, CertificateRecord, Project } from '../project/entities.ts';
import { isOneForAll } from './trust/authorities.ts';
import { ownedCertificates, type OwnedCertificate } from './trust/owners.ts';
import { revocableBy } from './trust/revoke.ts';
import { algorithmOf } from './trust/signing.ts';
import { replacedStanding, standingOf, type Standing } from './trust/standing.ts';

export type CertificateGroup = 'authority' | 'broker' | 'device' | 'other' | 'replaced';

export interface ListedCertificate {
  /** Unique in the list. */
  readonly id: string;
  readonly owner: CertificateOwner;
  /** File name without ending, for example "web-authority" or "device-porch-1". */
  readonly fileName: string;
  readonly title: string;
  /** What it is for, one line. */
  readonly purpose: string;
  readonly group: CertificateGroup;
  readonly certificate: CertificateRecord;
  readonly standing: Standing;
  /** The broker would look at its revocation. */
  readonly isRevocable: boolean;
  readonly hasKey: boolean;
}

export function listCertificates(project: Project, nowMs: number): ListedCertificate[] {
  const owned = ownedCertificates(project).filter(
    ({ owner }) => !isOneForAll(project) || !['authority:client', 'authority:web'].includes(owner),
  );
  return [
    ...owned.map((each) => listed(project, each, nowMs)),
    ...previousAuthorities(project),
    ...replaced(project, nowMs),
  ];
}

function listed(project: Project, owned: OwnedCertificate, nowMs: number): ListedCertificate {
  const { owner, certificate, keyRecord } = owned;
  const standing = standingOf(project, owned, nowMs);
  const canBeRevoked = standing.kind !== 'revoked' && revocableBy(project, owner, certificate) !== null;
  return {
    id: owner,
    owner,
    certificate,
    standing,
    isRevocable: canBeRevoked,
    hasKey: keyRecord !== null,
    ...wordsOf(project, owned),
  };
}

type Words = Pick<ListedCertificate, 'group' | 'fileName' | 'title' | 'purpose'>;

const authorityPurposes = {
  server: 'Signs the broker for devices. Every device trusts it.',
  client: 'Signs devices. The broker trusts it.',
  web: 'Signs the broker for browsers. You trust it, once, on this computer.',
} as const;

function wordsOf(project: Project, { owner, role, certificate }: OwnedCertificate): Words {
  const name = owner.slice(owner.indexOf(':') + 1);
  const group = owner.slice(0, owner.indexOf(':')) as CertificateGroup;
  if (group === 'authority') return { group, ...authorityWords(project, role) };
  if (owner === 'broker:device') {
    const title = `Broker, port ${project.broker.devicePort}`;
    return { group, fileName: 'broker-devices', title, purpose: 'Shown to devices.' };
  }
  if (owner === 'broker:web') {
    const title = `Broker, port ${project.broker.webPort}`;
    return { group, fileName: 'broker-web', title, purpose: 'Shown to browsers (WSS).' };
  }
  const words = { group, fileName: `${group}-${name}`, title: name };
  if (group === 'device') return { ...words, purpose: 'The device shows it to the broker.' };
  return {
    ...words,
    purpose: `${commonNameOf(certificateParts(certificate.der).subject)}, signed by the ${role} authority.`,
  };
}

const authorityWords = (project: Project, role: OwnedCertificate['role']): Omit<Words, 'group'> =>
  isOneForAll(project)
    ? {
        fileName: 'web-authority',
        title: 'One authority for every job',
        purpose: 'Signs the broker and the devices. Devices, broker and browser all trust it.',
      }
    : {
        fileName: `${role}-authority`,
        title: `${role[0]?.toUpperCase() ?? ''}${role.slice(1)} authority`,
        purpose: authorityPurposes[role],
      };

const previousAuthorities = (project: Project): ListedCertificate[] =>
  project.previousAuthorities.map((authority) => ({
    id: `previous:${authority.role}`,
    owner: `authority:${authority.role}`,
    group: 'authority',
    fileName: `${authority.role}-authority-before`,
    title: `${authority.role[0]?.toUpperCase() ?? ''}${authority.role.slice(1)} authority before`,
    purpose: 'Trusted beside the new one until what it signed is renewed.',
    certificate: authority.certificate,
    standing: { kind: 'replaced' },
    isRevocable: false,
    hasKey: true,
  }));

const replaced = (project: Project, nowMs: number): ListedCertificate[] =>
  project.replacedCertificates.map(({ owner, certificate, replacedAtMs, isUnused = false }) => {
    const standing = replacedStanding(project, certificate, nowMs);
    const name = owner.slice(owner.indexOf(':') + 1);
    return {
      id: `replaced:${certificate.serialNumberHex}`,
      owner,
      group: 'replaced',
      fileName: `${name}-until-${new Date(replacedAtMs).toISOString().slice(0, 10)}`,
      title: name,
      purpose: isUnused
        ? 'Made, but never in use: its device lost the key before.'
        : `Replaced on ${new Date(replacedAtMs).toISOString().slice(0, 10)}.`,
      certificate,
      standing,
      isRevocable: standing.kind === 'replaced' && revocableBy(project, owner, certificate) !== null,
      hasKey: false,
    };
  });

/** "P-256" and what the key may be used for, as `openssl x509 -text` names it. */
export function keyWords({ der }: CertificateRecord): { readonly key: string; readonly usage: string } {
  const parts = certificateParts(der);
  const { keyUsage, extendedKeyUsage } = extensionsOf(parts);
  const usages = [...(keyUsage?.usages ?? ['everything']), ...(extendedKeyUsage?.purposes ?? [])];
  return { key: keyAlgorithms[algorithmOf(der)].name, usage: usages.join(', ') };
}

export const certificatePem = (certificate: CertificateRecord): string =>
  toPem('CERTIFICATE', certificate.der);
