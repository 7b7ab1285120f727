/** The rotations on the screens: what each does just now, begun and cancelled here, run by one tab at a time. */
import type { ProjectId } from '../../project/entities.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';
import type { RotationsWish } from '../../workflows/rotation/begin-rotations.ts';
import type { RotationActivity, RotationRunner } from '../../workflows/rotation/rotation-runner.ts';
import { app } from './app.svelte.ts';
import { live } from './live.svelte.ts';

/** One tab runs a project's rotations; the others show them. */
export const rotationLease = (projectId: ProjectId): string => `rotation:${projectId}`;

export class RotationsState {
  activities = $state.raw<Readonly<Partial<Record<string, RotationActivity>>>>({});
  /** Another tab runs them. */
  isElsewhere = $state(false);
  failure = $state.raw<AppError | null>(null);
  #runner: RotationRunner | null = null;

  /** How many wait for the keys. */
  get waitingForKeys(): number {
    const each = Object.values(this.activities);
    return each.filter((activity) => activity?.kind === 'waiting' && activity.for === 'keys').length;
  }

  /** Runs what is begun while the live session of this project is there; the returned function ends it. */
  run(projectId: ProjectId): () => void {
    const { session } = live();
    const closing = new AbortController();
    if (session) void this.#run(projectId, session, closing.signal);
    return () => closing.abort();
  }

  async #run(
    projectId: ProjectId,
    session: NonNullable<ReturnType<typeof live>['session']>,
    signal: AbortSignal,
  ): Promise<void> {
    const { environment } = app();
    const { RotationRunner } = await import('../../workflows/rotation/rotation-runner.ts');
    this.isElsewhere = true;
    await environment.leases.hold(rotationLease(projectId), async () => {
      this.isElsewhere = false;
      if (signal.aborted) return;
      const runner = new RotationRunner({
        env: environment,
        projectId,
        live: session,
        signal,
        onActivity: (deviceId, activity) =>
          (this.activities = { ...this.activities, [deviceId]: activity ?? undefined }),
      });
      this.#runner = runner;
      await runner.run();
      if (this.#runner === runner) this.#runner = null;
    });
  }

  /** Looks again at once at what is paused. */
  retry(): void {
    this.#runner?.retry();
  }

  /** Returns the devices for which one was begun. */
  async begin(projectId: ProjectId, wish: RotationsWish): Promise<readonly string[]> {
    return (
      (await this.#do(async () => {
        const { beginRotations } = await import('../../workflows/rotation/begin-rotations.ts');
        return beginRotations(app().environment, projectId, wish);
      })) ?? []
    );
  }

  async cancel(projectId: ProjectId, deviceId: string): Promise<void> {
    await this.#do(async () => {
      const { cancelRotation } = await import('../../workflows/rotation/begin-rotations.ts');
      await cancelRotation(app().environment, projectId, deviceId);
    });
  }

  async #do<T>(work: () => Promise<T>): Promise<T | null> {
    this.failure = null;
    try {
      return await work();
    } catch (thrown) {
      this.failure = asAppError(thrown);
      return null;
    }
  }
}

let current: RotationsState | null = null;

export const rotations = (): RotationsState => (current ??= new RotationsState());
