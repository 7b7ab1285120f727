/** What a person fills in for a new certificate, and what of it cannot be. Makes nothing. */
import { parseAltNames, type AltName } from '../../pki/alt-names.ts';
import type { ExtendedKeyPurpose } from '../../pki/extensions.ts';
import { clientDays, clientRequest, deviceRequest, type LeafRequest } from '../../pki/issuing.ts';
import type { SubjectFields } from '../../pki/subject-fields.ts';
import type { ClientAccess } from '../../project/access.ts';
import type { AuthorityRole, KeyAlgorithm, Project } from '../../project/entities.ts';
import { idFromName, isLegalUserName, isReservedId } from '../../project/ids.ts';
import { AppError } from '../../shared/errors.ts';

export type CertificateKind = 'device' | 'custom' | ReservedKind;

/** Kinds that there is one of, under a name that is reserved for it. */
export type ReservedKind = 'nodered' | 'homeassistant' | 'dashboard';

export interface CertificateForm {
  readonly kind: CertificateKind;
  /** Device id or name in the list; given by the kind where that is reserved. */
  readonly name: string;
  /** User name on the broker and client id, where they differ from the name. */
  readonly commonName?: string;
  readonly clientId?: string;
  readonly access?: ClientAccess;
  readonly algorithm: KeyAlgorithm;
  readonly days: number;
  /** For `custom` only. */
  readonly custom?: CustomFields;
  /** DER of a request to be signed, in place of a new key. */
  readonly requestDer?: Uint8Array<ArrayBuffer>;
}

export interface CustomFields {
  readonly role: AuthorityRole;
  /** Its common name is the form's. */
  readonly subject: Omit<SubjectFields, 'CN'>;
  /** As typed: DNS names, addresses, e-mail addresses, URIs. */
  readonly names: readonly string[];
  readonly purposes: readonly ExtendedKeyPurpose[];
}

export const leafDaysLimit = 3650;

/** Throws pki.validity. */
export function checkDays(days: number, limit: number): void {
  if (!Number.isInteger(days) || days < 1 || days > limit)
    throw new AppError('pki.validity', { details: { days, limit } });
}

/** What the form asks for. Throws pki.validity, pki.name-*, form.device-name, pki.host-*, pki.alt-name-*. */
export function leafRequestOf(project: Project, form: CertificateForm): LeafRequest {
  checkDays(form.days, leafDaysLimit);
  const name = nameOf(project, form);
  const commonName = commonNameOf(form, name);
  checkUserName(project, form, { name, commonName });
  if (form.kind === 'device') return { ...deviceRequest(project.id, name, commonName), days: form.days };
  if (!form.custom || form.kind !== 'custom')
    return { ...clientRequest(project.id, name, commonName), days: form.days };
  const { subject, purposes } = form.custom;
  return { subject: { ...subject, CN: commonName }, names: namesOf(form.custom), purposes, days: form.days };
}

/** An address is a DNS name too under the server authority: devices look for one there only. */
function namesOf({ role, names }: CustomFields): AltName[] {
  const parsed = parseAltNames(names);
  const texts = role === 'server' ? parsed.flatMap(addressAsName) : [];
  return [...parsed, ...texts];
}

const addressAsName = (name: AltName): AltName[] =>
  'ip' in name && name.ip.length === 4 ? [{ dns: name.ip.join('.') }] : [];

/** Throws pki.name-taken, pki.name-characters. */
export function nameOf(project: Project, form: Pick<CertificateForm, 'kind' | 'name'>): string {
  const name = form.kind === 'device' || form.kind === 'custom' ? idFromName(form.name) : form.kind;
  if (name === '') throw new AppError('pki.name-characters', { details: { value: form.name } });
  const taken = [
    ...project.devices.map(({ id }) => id),
    ...project.otherCertificates.map((other) => other.name),
  ];
  if (taken.includes(name)) throw new AppError('pki.name-taken', { details: { value: name } });
  return name;
}

export const commonNameOf = (form: Pick<CertificateForm, 'commonName'>, name: string): string =>
  form.commonName?.trim() ? form.commonName.trim() : name;

/** A name on the broker is one user: no two certificates share it, and reserved ones have kinds of their own. */
function checkUserName(
  project: Project,
  form: CertificateForm,
  { name, commonName }: { readonly name: string; readonly commonName: string },
): void {
  const isUser = form.kind !== 'custom' || (form.custom?.role ?? 'client') === 'client';
  if (!isUser) return;
  if (!isLegalUserName(commonName))
    throw new AppError('pki.name-characters', { details: { value: commonName } });
  const ownReserved = form.kind === 'device' || form.kind === 'custom' ? null : form.kind;
  const reserved = [name, commonName].find(
    (text) => isReservedId(text.toLowerCase()) && text !== ownReserved,
  );
  if (reserved !== undefined) throw new AppError('pki.name-reserved', { details: { value: reserved } });
  const users = [
    ...project.devices.map(({ id, login }) => login?.commonName ?? id),
    ...project.otherCertificates.filter(({ role }) => role === 'client').map((other) => other.commonName),
    ...project.broker.access.users.map((user) => user.name),
  ];
  if (users.includes(commonName)) throw new AppError('pki.name-taken', { details: { value: commonName } });
}

/** What a newcomer gets; an expert changes it. */
export const certificateDefaults = { algorithm: 'p256', days: clientDays, access: 'read' } as const;
