/** The open project's journal on the screens: read again after every commit. */
import type { ChainedEntry, Project } from '../../project/entities.ts';
import { app } from '../state/app.svelte.ts';

export class JournalState {
  entries = $state.raw<readonly ChainedEntry[] | null>(null);

  /** Call in an effect that knows the project: a commit gives a new one. */
  async read(project: Project): Promise<void> {
    const entries = await app().environment.store.journal(project.id);
    if (app().project?.id === project.id) this.entries = entries;
  }
}
