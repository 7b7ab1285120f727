/** Tells every tab, this one included, which project was committed. Carries ids and revisions only. */
import type { ProjectId } from '../../project/entities.ts';
import type { Revision } from '../../ports/storage.ts';

interface News {
  readonly id: ProjectId;
  readonly revision: Revision;
}

type Listener = (revision: Revision) => void;

export class CommitNews {
  readonly #channel: BroadcastChannel;
  readonly #listeners = new Map<ProjectId, Set<Listener>>();

  constructor(channelName: string) {
    this.#channel = new BroadcastChannel(channelName);
    this.#channel.onmessage = (event: MessageEvent<News>) => this.#deliver(event.data);
  }

  announce(id: ProjectId, revision: Revision): void {
    // A channel does not hear itself.
    this.#deliver({ id, revision });
    this.#channel.postMessage({ id, revision } satisfies News);
  }

  listen(id: ProjectId, listener: Listener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set<Listener>();
    this.#listeners.set(id, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  #deliver({ id, revision }: News): void {
    for (const listener of [...(this.#listeners.get(id) ?? [])]) listener(revision);
  }
}
