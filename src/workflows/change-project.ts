/** One change of a stored project, made again on the newer one when another job or tab committed first. */
import type { ProjectStore } from '../ports/storage.ts';
import type { JournalEntry, Project, ProjectChange, ProjectId } from '../project/entities.ts';
import { AppError } from '../shared/errors.ts';

/** Several boards that end at once commit in turn; more losses in a row are not chance any more. */
const mostAttempts = 20;

export interface ProjectEdit {
  readonly project: Project;
  /** Sealed records and the like, committed with it. */
  readonly changes?: readonly ProjectChange[];
  readonly journal: readonly JournalEntry[];
}

/** `edit` may be called several times: it makes the change out of what it is given. Throws storage.*, and what it throws. */
export async function changeProject(
  store: ProjectStore,
  projectId: ProjectId,
  edit: (project: Project) => ProjectEdit,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { revision, value } = await store.load(projectId);
    const { project, changes = [], journal } = edit(value);
    try {
      await store.commit(projectId, revision, [{ kind: 'put-project', project }, ...changes], journal);
      return;
    } catch (thrown) {
      const isLost = thrown instanceof AppError && thrown.code === 'storage.conflict';
      if (!isLost || attempt === mostAttempts) throw thrown;
    }
  }
}
