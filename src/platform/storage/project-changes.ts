/** The rules of a commit that every store shares. Knows no storage. */
import type { Project, ProjectChange, ProjectId } from '../../project/entities.ts';
import type { ProjectSummary } from '../../ports/storage.ts';
import { AppError } from '../../shared/errors.ts';

/** The project after the changes. Throws storage.not-found when there is none before and none among them. */
export function changedProject(
  id: ProjectId,
  present: Project | undefined,
  changes: readonly ProjectChange[],
): Project {
  const put = changes.filter((change) => change.kind === 'put-project').at(-1)?.project;
  const project = put ?? present;
  if (project?.id !== id) throw new AppError('storage.not-found', { details: { what: 'project', id } });
  return project;
}

export const summaryOf = (
  project: Pick<Project, 'id' | 'name' | 'createdAtMs'> & { readonly devices: readonly unknown[] },
): ProjectSummary => ({
  id: project.id,
  name: project.name,
  deviceCount: project.devices.length,
  createdAtMs: project.createdAtMs,
});
