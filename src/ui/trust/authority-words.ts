/** What the form for an authority offers, and a name that no authority of the project has. */
import type { Project } from '../../project/entities.ts';

export const scopeOptions = [
  { value: 'server', text: 'Server: signs the broker for devices' },
  { value: 'client', text: 'Client: signs devices and other clients' },
  { value: 'web', text: 'Web: signs the broker for browsers' },
  { value: 'all', text: 'One for all jobs (classic)' },
] as const;

/** One that was made elsewhere does every job, unless told. */
export const adoptOptions = [scopeOptions[3], ...scopeOptions.slice(0, 3)];

export const profileOptions = [
  { value: 'modern', text: 'Modern: critical CA:TRUE, key usage' },
  { value: 'classic', text: 'Classic workshop: as its OpenSSL scripts make it' },
] as const;

/** "porch server authority 2": an authority and the one it replaces must have names of their own. */
export function freshAuthorityName(project: Project, scope: string): string {
  const base = scope === 'all' ? `${project.id} Root CA` : `${project.id} ${scope} authority`;
  const taken = [...Object.values(project.authorities), ...project.previousAuthorities].map(
    ({ certificate }) => certificate.subject,
  );
  const isTaken = (name: string): boolean =>
    taken.some((subject) => subject.split(',').includes(`CN=${name}`));
  let name = base;
  for (let n = 2; isTaken(name); n++) name = `${base} ${n}`;
  return name;
}
