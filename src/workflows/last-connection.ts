/** What this browser remembers of its last good connection to a project's broker, beside what the project has now. */
import type { MemoryEvidence } from '../doctor/evidence.ts';
import type { Project } from '../project/entities.ts';
import type { Environment } from './environment.ts';
import { issuingAuthority } from './trust/authorities.ts';

const fingerprintsOf = (project: Project): { authoritySha256: string; certificateSha256: string } => {
  const { certificate } = project.broker.webListener;
  return {
    authoritySha256: issuingAuthority(project, 'web', certificate).certificate.sha256Fingerprint,
    certificateSha256: certificate.sha256Fingerprint,
  };
};

/** The broker let this page in just now. */
export function rememberConnection(
  { brokerMemory, clock }: Pick<Environment, 'brokerMemory' | 'clock'>,
  project: Project,
): void {
  brokerMemory.save(project.id, { atMs: clock.nowMs(), ...fingerprintsOf(project) });
}

/** Null for never. */
export function rememberedConnection(
  { brokerMemory }: Pick<Environment, 'brokerMemory'>,
  project: Project,
): MemoryEvidence | null {
  const last = brokerMemory.load(project.id);
  if (!last) return null;
  const now = fingerprintsOf(project);
  return {
    atMs: last.atMs,
    hasSameAuthority: last.authoritySha256 === now.authoritySha256,
    hasSameCertificate: last.certificateSha256 === now.certificateSha256,
  };
}
