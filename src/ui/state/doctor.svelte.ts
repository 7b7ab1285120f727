/** The doctor on the screens: one check at a time, with what it found last. Live's own attempts rest meanwhile. */
import type { Project } from '../../project/entities.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';
import type { Progress } from '../../shared/outcome.ts';
import type { CheckedBroker } from '../../workflows/check-broker.ts';
import { app } from './app.svelte.ts';
import { live } from './live.svelte.ts';

const timeoutMs = 60_000;

export class DoctorState {
  checked = $state.raw<CheckedBroker | null>(null);
  progress = $state.raw<Progress | null>(null);
  failure = $state.raw<AppError | null>(null);
  projectId = $state<string | null>(null);
  #running: AbortController | null = null;

  get isRunning(): boolean {
    return this.progress !== null;
  }

  /** `host`: canonical. `mayAsk`: the person has read why the browser will ask for the local network. */
  async check(project: Project, host: string, mayAsk: boolean): Promise<void> {
    if (this.isRunning) return;
    const running = new AbortController();
    this.#running = running;
    this.failure = null;
    this.projectId = project.id;
    this.progress = { phase: 'Looking at what is known', done: 0, total: 1, unit: 'steps' };
    const restoreLive = await restLive(project);
    try {
      const { checkBroker } = await import('../../workflows/check-broker.ts');
      const options = {
        signal: running.signal,
        timeoutMs,
        onProgress: (progress: Progress) => (this.progress = progress),
      };
      const outcome = await checkBroker(app().environment, project, { host, mayAsk }, options);
      if (outcome.kind === 'done') this.#show(outcome.value);
    } catch (thrown) {
      this.failure = asAppError(thrown);
    } finally {
      this.progress = null;
      restoreLive();
    }
  }

  stop(): void {
    this.#running?.abort();
  }

  /** Puts the findings away. */
  put(): void {
    this.checked = null;
    this.failure = null;
  }

  #show(checked: CheckedBroker): void {
    this.checked = checked;
    if (checked.diagnosis.isWell) app().mark('broker', 'browser');
  }
}

/** Its failures make the browser hold every connection back, and their times would mislead. */
async function restLive(project: Project): Promise<() => void> {
  const session = live();
  if (session.projectId !== project.id || session.link.kind === 'connected') return () => undefined;
  await session.close();
  return () => void session.openUnlessLeft(project);
}

let current: DoctorState | null = null;

export const doctor = (): DoctorState => (current ??= new DoctorState());
