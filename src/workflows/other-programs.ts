/**
 * Identities of Node-RED and Home Assistant on the broker's device port: how they stand, making one that is missing, and
 * their files. Knows neither flows nor discovery.
 */
import { toPem } from '../pki/pem.ts';
import type { OtherCertificate, Project, ProjectId } from '../project/entities.ts';
import { AppError } from '../shared/errors.ts';
import type { Outcome, RunOptions } from '../shared/outcome.ts';
import { done } from '../shared/outcome.ts';
import { openSecret, type SecretEnvironment } from './open-secret.ts';
import { trustedAuthorities } from './trust/authorities.ts';
import { certificateDefaults } from './trust/certificate-form.ts';
import type { TrustEnvironment } from './trust/change.ts';
import { createCertificate } from './trust/create-certificate.ts';
import { isRevoked } from './trust/revoke.ts';

export type ProgramKind = 'nodered' | 'homeassistant';

/** `keyless`: a request was signed, so its key never was here. */
export type ProgramStanding = 'missing' | 'ready' | 'revoked' | 'expired' | 'keyless';

export interface Program {
  readonly standing: ProgramStanding;
  readonly certificate: OtherCertificate | null;
}

/** The project's newest certificate of that kind. */
export function programOf(project: Project, kind: ProgramKind, nowMs: number): Program {
  const certificate = project.otherCertificates.find((other) => other.kind === kind) ?? null;
  if (!certificate) return { standing: 'missing', certificate };
  if (isRevoked(project, certificate.certificate)) return { standing: 'revoked', certificate };
  if (certificate.certificate.notAfterMs <= nowMs) return { standing: 'expired', certificate };
  return { standing: certificate.keyRecord === null ? 'keyless' : 'ready', certificate };
}

/** Makes the certificate when there is none; one that is there stays. Throws as createCertificate does. */
export async function ensureProgram(
  env: TrustEnvironment,
  projectId: ProjectId,
  kind: ProgramKind,
  options: RunOptions,
): Promise<Outcome<null>> {
  const { value: project } = await env.store.load(projectId);
  if (programOf(project, kind, env.clock.nowMs()).standing !== 'missing') return done(null);
  const form = { ...certificateDefaults, kind, name: '', access: 'command' } as const;
  const outcome = await createCertificate(env, projectId, form, options);
  return outcome.kind === 'done' ? done(null) : outcome;
}

export interface ProgramPems {
  readonly userName: string;
  readonly certificatePem: string;
  /** PKCS#8. */
  readonly keyPem: string;
  /** What may have signed the broker's certificate on the device port. */
  readonly authorityPem: string;
}

/** Throws program.no-certificate, vault.locked. */
export async function programPems(
  env: SecretEnvironment,
  project: Project,
  { certificate, standing }: Program,
): Promise<ProgramPems> {
  if (!certificate?.keyRecord || standing !== 'ready') throw new AppError('program.no-certificate');
  const pkcs8 = await openSecret(env, project.id, certificate.keyRecord);
  const authorities = trustedAuthorities(project, 'server');
  const pems = {
    userName: certificate.commonName,
    certificatePem: toPem('CERTIFICATE', certificate.certificate.der),
    keyPem: toPem('PRIVATE KEY', pkcs8),
    authorityPem: authorities.map((authority) => toPem('CERTIFICATE', authority.certificate.der)).join(''),
  };
  pkcs8.fill(0);
  return pems;
}

/** How a program reaches the broker: the names and addresses that the broker's certificate lists. */
export const reachableHosts = ({ broker }: Project): string[] => [
  ...new Set([...broker.hosts, 'localhost', 'mosquitto']),
];
