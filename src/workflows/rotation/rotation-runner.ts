/**
 * Runs a project's rotations against its live session, several devices at once: each waits for its device, the broker, the
 * keys, or its turn, and goes on from where its record stands. One runner a project: the caller holds the lease.
 */
import type { DeviceId, Project, ProjectId } from '../../project/entities.ts';
import { hasEnded, nextMove, type DeviceSight, type Move } from '../../rotation/saga.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';
import type { DeviceLive } from '../../telemetry/device-live.ts';
import type { VaultState } from '../../vault/vault.ts';
import type { LiveSession } from '../open-live.ts';
import { commandKeysOf } from '../send-command.ts';
import { makeMove, type Made, type RotationEnvironment } from './rotation-moves.ts';
import { rotationOf } from './rotation-record.ts';
import { TalkBroken } from './rotation-talk.ts';
import { Signals } from './signals.ts';

/**
 * What a rotation does just now. waiting for: its device to be online, another trial to end, the broker, the keys to be
 * unlocked, its turn among many. paused: it will be tried again, by itself or sooner by a person.
 */
export type RotationActivity =
  | { readonly kind: 'waiting'; readonly for: 'device' | 'trial' | 'broker' | 'keys' | 'turn' }
  | { readonly kind: 'working'; readonly move: Made; readonly done: number; readonly total: number }
  | { readonly kind: 'paused'; readonly error: AppError };

export interface RunnerOptions {
  readonly env: RotationEnvironment;
  readonly projectId: ProjectId;
  readonly live: LiveSession;
  /** Ends it; what was said to a device is looked up when somebody runs it again. */
  readonly signal: AbortSignal;
  /** Devices at once. */
  readonly width?: number;
  /** Null: nothing more to do for this device. */
  readonly onActivity?: (deviceId: DeviceId, activity: RotationActivity | null) => void;
}

const usualWidth = 4;
const retryMs = 15_000;
/** A device that said yes to the trial restarts within a second or two; until then its status is the old one. */
const restartMs = 20_000;

export const sightOf = (device: DeviceLive | undefined): DeviceSight => ({
  isOnline: device?.presence.kind === 'online' && device.status !== null,
  bootNonce: device?.bootNonce ?? null,
  generation: device?.status?.generation ?? null,
  onTrial: device?.status?.onTrial ?? false,
});

/**
 * seen: the device or the broker's link shows something else than before. changed: that, or the record did. word: somebody
 * wants it tried again. Each ends after `atMostMs` too.
 */
type Pause = { readonly until: 'seen' | 'changed' | 'word'; readonly atMostMs: number | null };

export class RotationRunner {
  readonly #options: RunnerOptions;
  readonly #running = new Map<DeviceId, Promise<void>>();
  readonly #news = new Signals();
  readonly #words = new Signals();
  #project: Promise<Project> | null = null;
  #commits = 0;
  #lock: VaultState['kind'] | null = null;
  #free: number;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#free = options.width ?? usualWidth;
  }

  /** Until `signal` aborts: takes up every rotation that has not ended, and those that are begun meanwhile. */
  async run(): Promise<void> {
    const { env, projectId, live, signal } = this.#options;
    const vault = await env.vaults.of(projectId);
    const leave = [
      live.subscribe(() => this.#news.ring()),
      env.store.watch(projectId, () => this.#forget()),
      vault.onState(({ kind }) => this.#noteLock(kind)),
    ];
    signal.addEventListener('abort', () => this.retry(), { once: true });
    const isOver = (): boolean => signal.aborted;
    try {
      while (!isOver()) {
        const commits = this.#commits;
        await this.#load().then(
          (project) => this.#takeUp(project),
          () => env.clock.sleep(retryMs, signal),
        );
        while (!isOver() && commits === this.#commits) await this.#news.next(env.clock);
      }
      await Promise.all(this.#running.values());
    } finally {
      for (const each of leave) each();
    }
  }

  /** The keys were unlocked, or a person does not want to wait: what is paused is tried at once. */
  retry(): void {
    this.#words.ring();
    this.#news.ring();
  }

  /** Each use of the keys tells the lock's state anew: only another kind is news. */
  #noteLock(kind: VaultState['kind']): void {
    if (kind === this.#lock) return;
    this.#lock = kind;
    this.retry();
  }

  #forget(): void {
    this.#project = null;
    this.#commits += 1;
    this.#news.ring();
  }

  /** Read once after each commit, however many devices wait. */
  #load(): Promise<Project> {
    const { env, projectId } = this.#options;
    const loaded = (this.#project ??= env.store.load(projectId).then(({ value }) => value));
    void loaded.catch(() => (this.#project = null));
    return loaded;
  }

  #takeUp(project: Project): void {
    for (const rotation of project.rotations) {
      const { deviceId } = rotation;
      const isThere = project.devices.some(({ id }) => id === deviceId);
      if (!isThere || hasEnded(rotation) || this.#running.has(deviceId)) continue;
      this.#running.set(deviceId, this.#runToItsEnd(deviceId));
    }
  }

  /** Never rejects: what goes wrong in storage is shown and tried again. */
  async #runToItsEnd(deviceId: DeviceId): Promise<void> {
    for (let isOver = false; !isOver;) {
      try {
        await this.#runOne(deviceId);
        isOver = true;
      } catch (thrown) {
        const view = this.#viewOf(deviceId);
        await this.#pause(deviceId, view, this.#afterTrouble(deviceId, thrown));
        isOver = this.#options.signal.aborted;
      }
    }
    this.#running.delete(deviceId);
    this.#options.onActivity?.(deviceId, null);
    // A new one may have been begun while this one came to its end.
    this.#forget();
  }

  async #runOne(deviceId: DeviceId): Promise<void> {
    const { live, signal, onActivity } = this.#options;
    while (!signal.aborted) {
      const view = this.#viewOf(deviceId);
      const project = await this.#load();
      const rotation = rotationOf(project, deviceId);
      const move = rotation && nextMove(rotation, sightOf(live.devices.get(deviceId)));
      if (!move || move.kind === 'none') return;
      if (move.kind === 'wait' || (isSaid(move.kind) && live.state.kind !== 'connected')) {
        const isForDevice = move.kind === 'wait' && live.state.kind === 'connected';
        onActivity?.(deviceId, { kind: 'waiting', for: isForDevice ? move.for : 'broker' });
        await this.#pause(deviceId, view, { until: 'changed', atMostMs: null });
      } else {
        const pause = await this.#inTurn(deviceId, () => this.#make(deviceId, project, move));
        if (pause) await this.#pause(deviceId, view, pause);
      }
    }
  }

  async #make(
    deviceId: DeviceId,
    project: Project,
    move: Exclude<Move, { kind: 'wait' | 'none' }>,
  ): Promise<Pause | null> {
    const { env, projectId, live, signal, onActivity } = this.#options;
    const rotation = rotationOf(project, deviceId);
    if (!rotation) return null;
    const onProgress = (done: number, total: number): void =>
      onActivity?.(deviceId, { kind: 'working', move: move.kind, done, total });
    onProgress(0, 0);
    const withCommandKey = commandKeysOf(env, project);
    try {
      await makeMove(
        { env, projectId, live, withCommandKey, signal, onProgress },
        { project, rotation },
        move,
      );
      return move.kind === 'try' ? { until: 'seen', atMostMs: restartMs } : null;
    } catch (thrown) {
      return this.#afterTrouble(deviceId, thrown);
    } finally {
      // The store tells of every commit, but later than the commit ends.
      this.#project = null;
    }
  }

  #afterTrouble(deviceId: DeviceId, thrown: unknown): Pause {
    const { onActivity } = this.#options;
    if (thrown instanceof TalkBroken) {
      onActivity?.(deviceId, { kind: 'waiting', for: 'device' });
      return { until: 'seen', atMostMs: retryMs };
    }
    const error = asAppError(thrown);
    const isLocked = error.code === 'vault.locked';
    onActivity?.(deviceId, isLocked ? { kind: 'waiting', for: 'keys' } : { kind: 'paused', error });
    return { until: 'word', atMostMs: isLocked ? null : retryMs };
  }

  async #inTurn<T>(deviceId: DeviceId, work: () => Promise<T>): Promise<T | null> {
    const { env, signal, onActivity } = this.#options;
    while (this.#free === 0 && !signal.aborted) {
      onActivity?.(deviceId, { kind: 'waiting', for: 'turn' });
      await this.#news.next(env.clock);
    }
    if (signal.aborted) return null;
    this.#free -= 1;
    try {
      return await work();
    } finally {
      this.#free += 1;
      this.#news.ring();
    }
  }

  /** News of other devices are no reason to look again. */
  async #pause(deviceId: DeviceId, before: View, { until, atMostMs }: Pause): Promise<void> {
    const { env, signal } = this.#options;
    if (until === 'word') {
      if (!signal.aborted) await this.#words.next(env.clock, atMostMs ?? undefined);
      return;
    }
    const endMs = atMostMs === null ? Infinity : env.clock.monotonicMs() + atMostMs;
    const isOver = (): boolean => {
      const { seen, commits } = this.#viewOf(deviceId);
      return signal.aborted || seen !== before.seen || (until === 'changed' && commits !== before.commits);
    };
    while (!isOver()) {
      const leftMs = endMs - env.clock.monotonicMs();
      if (leftMs <= 0) return;
      await this.#news.next(env.clock, Number.isFinite(leftMs) ? leftMs : undefined);
    }
  }

  #viewOf(deviceId: DeviceId): View {
    const { live } = this.#options;
    const sight = sightOf(live.devices.get(deviceId));
    return { seen: JSON.stringify([live.state.kind === 'connected', sight]), commits: this.#commits };
  }
}

interface View {
  readonly seen: string;
  readonly commits: number;
}

/** Moves that need the device; the others need only the page. */
const isSaid = (move: Move['kind']): boolean =>
  !['issue', 'adopt', 'revoke-old', 'restart', 'revert'].includes(move);
