/** One more certificate: for a device, Node-RED, a dashboard or anything else, with a key of its own or for a request. */
import { certify, issueLeaf, type IssueContext, type Issuer, type LeafRequest } from '../../pki/issuing.ts';
import type { KeyPair } from '../../pki/key-pair.ts';
import { toCertificateRecord } from '../../pki/reading.ts';
import { readRequest } from '../../pki/request.ts';
import { homeAssistantRights, rightsOf } from '../../project/access.ts';
import type { CertificateOwner, OtherCertificate, Project, ProjectId } from '../../project/entities.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { cancelled, done, type Outcome, type RunOptions } from '../../shared/outcome.ts';
import { deviceWith, usualSettings } from '../make-device.ts';
import { changeTrust, type TrustDraft, type TrustEnvironment } from './change.ts';
import { commonNameOf, leafRequestOf, nameOf, type CertificateForm } from './certificate-form.ts';
import { makeKeys } from './make-keys.ts';
import { checkDistinct } from './owners.ts';
import { withDraftIssuer } from './signing.ts';

/** The certificate, and its key where it is made here. */
interface Made {
  readonly der: Bytes;
  readonly pkcs8: Bytes | null;
}

/**
 * Throws what {@link leafRequestOf} throws, pki.request-*, pki.subject-taken, pki.key-taken, pki.outside-constraints,
 * pki.authority-expired, vault.locked, storage.conflict.
 */
export async function createCertificate(
  env: TrustEnvironment,
  projectId: ProjectId,
  form: CertificateForm,
  options: RunOptions,
): Promise<Outcome<CertificateOwner>> {
  leafRequestOf((await env.store.load(projectId)).value, form);
  const keys = await makeKeys(env, form.requestDer ? [] : [form.algorithm], options);
  if (keys.kind === 'cancelled' || options.signal.aborted) return cancelled;
  const name: { owner: CertificateOwner } = { owner: 'other:' };
  await changeTrust(env, projectId, async (draft) => {
    const request = leafRequestOf(draft.project, form);
    const role = form.kind === 'custom' ? (form.custom?.role ?? 'client') : 'client';
    const made = await withDraftIssuer(draft, draft.project.authorities[role], (issuer) =>
      make(draft.context, issuer, { request, form, pair: keys.value[0] }),
    );
    checkDistinct(draft.project, { der: made.der, owners: [] });
    const { project, owner } = await added(draft, form, { ...made, role });
    name.owner = owner;
    return { project, what: 'certificate made', details: { owner }, ...deviceIdOf(form, owner) };
  });
  return done(name.owner);
}

async function make(
  context: IssueContext,
  issuer: Issuer,
  wanted: {
    readonly request: LeafRequest;
    readonly form: CertificateForm;
    readonly pair: KeyPair | undefined;
  },
): Promise<Made> {
  const { request, form, pair } = wanted;
  if (!form.requestDer) {
    const key = pair
      ? ({ kind: 'pair', pair } as const)
      : ({ kind: 'new', algorithm: form.algorithm } as const);
    const { certificateDer, pkcs8 } = await issueLeaf(context, issuer, { ...request, key });
    return { der: certificateDer, pkcs8 };
  }
  const { publicKeyInfo } = await readRequest(form.requestDer, context.crypto);
  const { readRequestAgain } = await import('../../pki/second-reader.ts');
  await readRequestAgain(form.requestDer, publicKeyInfo, context.crypto);
  return { der: await certify(context, issuer, { ...request, pair: { publicKeyInfo } }), pkcs8: null };
}

async function added(
  draft: TrustDraft,
  form: CertificateForm,
  made: Made & Pick<OtherCertificate, 'role'>,
): Promise<{ readonly project: Project; readonly owner: CertificateOwner }> {
  const { project, context, secrets } = draft;
  const name = nameOf(project, form);
  const commonName = commonNameOf(form, name);
  const certificate = await toCertificateRecord(made.der, context.crypto);
  if (form.kind === 'device') {
    const login = { commonName, clientId: form.clientId?.trim() ? form.clientId.trim() : name };
    const isSignets = login.commonName === name && login.clientId === name;
    const device = await deviceWith(context, secrets, {
      id: name,
      settings: usualSettings('none'),
      certificate,
      pkcs8: made.pkcs8,
      ...(isSignets ? {} : { login }),
    });
    return { project: { ...project, devices: [...project.devices, device] }, owner: `device:${name}` };
  }
  const other: OtherCertificate = {
    name,
    kind: form.kind,
    role: made.role,
    commonName,
    rights: form.kind === 'homeassistant' ? homeAssistantRights : rightsOf(form.access ?? 'none'),
    certificate,
    keyRecord: made.pkcs8 && (await secrets.seal(`other-key-${name}`, 'authority', made.pkcs8)),
    createdAtMs: context.nowMs,
  };
  return {
    project: { ...project, otherCertificates: [...project.otherCertificates, other] },
    owner: `other:${name}`,
  };
}

const deviceIdOf = (form: CertificateForm, owner: CertificateOwner): { deviceId?: string } =>
  form.kind === 'device' ? { deviceId: owner.slice('device:'.length) } : {};
