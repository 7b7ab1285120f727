/** The page's own state: the project that is open, its lock, where we are. Workflows do the work. */
import type { ProjectSummary } from '../../ports/storage.ts';
import type { Device, Project, UnlockWay, VaultHeader } from '../../project/entities.ts';
import type { Progress } from '../../shared/outcome.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import type { Vault, VaultState } from '../../vault/vault.ts';
import type { FieldProblem, ProjectForm } from '../../workflows/project-form.ts';
import type { Environment } from '../../workflows/environment.ts';
import type { FormDraft } from '../start/project-form.ts';
import { storageInMemory } from './memory-storage.ts';
import { LocationState } from './place.svelte.ts';

export interface CreateResult {
  readonly isCreated: boolean;
  readonly problems: readonly FieldProblem[];
}

/** What the checklist cannot read off the project: what the cable or the live connection proved. */
export type StepMark = 'board' | 'broker' | 'browser' | 'live';

const lastProjectKey = 'signet.last-project';
const marksKey = 'signet.steps';

/** Where the table of a project's many boards is kept, without secrets. */
export const boardsKeyOf = (kind: Environment['kind'], projectId: string): string =>
  `signet.boards.${kind}.${projectId}`;

export class AppState {
  readonly environment: Environment;
  /** What was typed into the form for a new project and not made yet; in memory only, without the passphrase. */
  formDraft: FormDraft | null = null;
  readonly location = new LocationState();
  summaries = $state.raw<readonly ProjectSummary[]>([]);
  project = $state.raw<Project | null>(null);
  vaultState = $state.raw<VaultState>({ kind: 'locked' });
  failure = $state.raw<AppError | null>(null);
  isLoaded = $state(false);
  marks = $state.raw<readonly StepMark[]>([]);
  /** What waits for the keys: while it is set the lock's dialog is open. */
  waitingForKeys = $state.raw<(() => void) | null>(null);
  /** The open project's lock, with its other ways. */
  header = $state.raw<VaultHeader | null>(null);
  #vault: Vault | null = null;
  #leaveVault: () => void = () => undefined;
  readonly #markStore: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  #leave: (() => void)[] = [];

  constructor(environment: Environment) {
    this.environment = environment;
    // The demo's board and broker end with the page, and so does what they proved.
    this.#markStore = environment.kind === 'demo' ? storageInMemory() : localStorage;
  }

  /** Opens the project that was open last, or the only one. */
  async start(): Promise<void> {
    try {
      await this.refreshList();
      const last = localStorage.getItem(this.#lastKey);
      const chosen = this.summaries.find((summary) => summary.id === last) ?? this.summaries[0];
      if (chosen) await this.open(chosen.id);
    } catch (thrown) {
      this.failure = asAppError(thrown);
    } finally {
      this.isLoaded = true;
    }
  }

  async open(id: string): Promise<void> {
    for (const leave of this.#leave) leave();
    const { store, vaults } = this.environment;
    this.project = (await store.load(id)).value;
    this.#leave = [
      store.watch(id, (revision) => void (revision === 0 ? this.#deleted(id) : this.#reload(id))),
      () => {
        this.#leaveVault();
        this.#vault = null;
      },
    ];
    this.#take(await vaults.of(id));
    localStorage.setItem(this.#lastKey, id);
    this.marks = (this.#markStore.getItem(this.#marksKeyOf(id)) ?? '').split(' ').filter(isStepMark);
    this.failure = null;
  }

  async createProject(form: ProjectForm, onProgress: (progress: Progress) => void): Promise<CreateResult> {
    const [{ createProject }, { validateProjectForm }] = await Promise.all([
      import('../../workflows/create-project.ts'),
      import('../../workflows/project-form.ts'),
    ]);
    const problems = validateProjectForm(form);
    if (problems.length > 0) return { isCreated: false, problems };
    const signal = new AbortController().signal;
    const outcome = await createProject(this.environment, form, { signal, timeoutMs: 60_000, onProgress });
    if (outcome.kind === 'done') {
      await this.refreshList();
      await this.open(outcome.value.id);
    }
    return { isCreated: outcome.kind === 'done', problems: [] };
  }

  /** Opens the lock's dialog; `next` runs when the keys are there. */
  askForKeys(next: () => void): void {
    this.waitingForKeys = next;
  }

  async unlock(passphrase: string): Promise<void> {
    await this.#vault?.unlock('authority', passphrase);
    this.#goOn();
  }

  async unlockWithCode(code: string): Promise<void> {
    if (!this.project) return;
    const { unlockWithCode } = await import('../../workflows/lock/unlock-ways.ts');
    await unlockWithCode(this.environment, this.project.id, code);
    this.#goOn();
  }

  /** False when the person closed the browser's dialog. */
  async unlockWithPasskey(way: UnlockWay): Promise<boolean> {
    if (!this.project) return false;
    const { unlockWithPasskey } = await import('../../workflows/lock/unlock-ways.ts');
    const outcome = await unlockWithPasskey(this.environment, this.project.id, way);
    if (outcome.kind === 'done') this.#goOn();
    return outcome.kind === 'done';
  }

  #goOn(): void {
    const next = this.waitingForKeys;
    this.waitingForKeys = null;
    next?.();
  }

  /** Ticks steps of the checklist; kept over reloads, except in the demo. */
  mark(...steps: readonly StepMark[]): void {
    const fresh = steps.filter((step) => !this.marks.includes(step));
    if (!this.project || fresh.length === 0) return;
    this.marks = [...this.marks, ...fresh];
    this.#markStore.setItem(this.#marksKeyOf(this.project.id), this.marks.join(' '));
  }

  lock(): void {
    this.#vault?.lock('all');
  }

  /** Removes a project from this browser, with its keys; the open one unless told. */
  async deleteProject(id = this.project?.id): Promise<void> {
    if (id === undefined) return;
    if (id === this.project?.id) {
      for (const leave of this.#leave) leave();
      this.#leave = [];
    }
    await this.environment.store.delete(id);
    await this.#deleted(id);
  }

  device(id: string): Device | null {
    return this.project?.devices.find((device) => device.id === id) ?? this.project?.devices[0] ?? null;
  }

  async refreshList(): Promise<void> {
    this.summaries = await this.environment.store.list();
  }

  async #deleted(id: string): Promise<void> {
    this.environment.vaults.forget(id);
    this.environment.brokerMemory.forget(id);
    // It is apart from the project: what of it cannot be removed keeps nobody from going on.
    void this.environment.histories().then(
      (histories) => histories.remove(id).catch(() => undefined),
      () => undefined,
    );
    this.#markStore.removeItem(this.#marksKeyOf(id));
    localStorage.removeItem(boardsKeyOf(this.environment.kind, id));
    if (this.project?.id !== id) {
      await this.refreshList();
      return;
    }
    for (const leave of this.#leave) leave();
    this.#leave = [];
    this.project = null;
    this.header = null;
    this.#vault = null;
    await this.start();
  }

  async #reload(id: string): Promise<void> {
    try {
      const { store, vaults } = this.environment;
      const { value } = await store.load(id);
      const vault = await vaults.refreshed(id);
      if (this.project?.id !== id) return;
      this.project = value;
      this.#take(vault);
    } catch (thrown) {
      this.failure = asAppError(thrown);
    }
  }

  #take(vault: Vault): void {
    this.header = vault.header;
    if (vault === this.#vault) return;
    this.#leaveVault();
    this.#vault = vault;
    this.#leaveVault = vault.onState((state) => (this.vaultState = state));
  }

  #marksKeyOf(id: string): string {
    return `${marksKey}.${this.environment.kind}.${id}`;
  }

  get #lastKey(): string {
    return `${lastProjectKey}.${this.environment.kind}`;
  }
}

const isStepMark = (word: string): word is StepMark => ['board', 'broker', 'browser', 'live'].includes(word);

let current: AppState | null = null;

/** Called once, by the composition root. */
export function startApp(environment: Environment): AppState {
  current = new AppState(environment);
  void current.start();
  return current;
}

export function app(): AppState {
  if (!current) throw new AppError('internal', { details: { what: 'not started' } });
  return current;
}
