/** Projects as earlier versions of the page stored them, made into today's. Changes nothing that is there. */
import { AppError } from '../shared/errors.ts';
import type { Project } from './entities.ts';

export const projectSchema = 2;

/** What came with schema 2: one authority a role and nothing revoked, replaced or beside the devices before it. */
const addedBy2 = {
  previousAuthorities: [],
  otherCertificates: [],
  replacedCertificates: [],
  revocations: [],
  revocationLists: [],
} satisfies Partial<Project>;

/** @param stored a project of any schema. Throws storage.newer on one of a later page. */
export function upgradedProject(stored: Project | OlderProject): Project {
  // What is stored may be a later page's, whatever its type says.
  if (stored.schema > projectSchema) throw new AppError('storage.newer');
  return stored.schema === projectSchema ? stored : { ...stored, ...addedBy2, schema: projectSchema };
}

/** Schema 1: what a project was before authorities could be replaced and certificates revoked. */
export type OlderProject = Omit<Project, 'schema' | keyof typeof addedBy2> & { readonly schema: 1 };
