/**
 * A project's history: one recorder among all tabs (by lease), reading for everybody, and upkeep. What people chose, their
 * rules and the log of alerts lie beside it. Losing or filling it never touches the project.
 */
import type { SeriesStore } from '../ports/series-store.ts';
import { AppError, asAppError } from '../shared/errors.ts';
import { HistoryRecorder, type RecorderState } from '../telemetry/history/recorder.ts';
import { pointsInJournal, readHistory } from '../telemetry/history/read-history.ts';
import type { Sample } from '../telemetry/history/sample.ts';
import { seriesIdOf, seriesOf } from '../telemetry/history/sample.ts';
import type { SeriesHistory } from '../telemetry/history/stretches.ts';
import { tidyHistory } from '../telemetry/history/upkeep.ts';
import { decodeJournal } from '../telemetry/history/chunk-codec.ts';
import type { Environment } from './environment.ts';

export type HistoryEnvironment = Pick<Environment, 'histories' | 'clock' | 'leases'>;

/** `waiting`: another tab keeps the readings. */
export type HistoryRole = 'idle' | 'waiting' | 'recording';

export interface HistoryState {
  readonly role: HistoryRole;
  readonly recorder: RecorderState | null;
  /** What the last upkeep failed with. */
  readonly upkeepFailure: AppError | null;
}

export interface SeriesName {
  readonly deviceId: string;
  readonly quantity: string;
}

const flushMs = 2_000;
const upkeepMs = 600_000;
/** Readings that a waiting tab holds, should the recording one end just now. */
const takeOverMs = 5_000;
/** How long another tab's lease is waited for, before it is said that it has it. */
const patienceMs = 1_000;
/** The same reading reaches two tabs at slightly different times. */
const sameReadingMs = 1_000;

export class KeptHistory {
  readonly store: SeriesStore;
  readonly projectId: string;
  readonly #env: HistoryEnvironment;
  readonly #onState: (state: HistoryState) => void;
  #limitBytes: number;
  #recorder: HistoryRecorder | null = null;
  #state: HistoryState = { role: 'idle', recorder: null, upkeepFailure: null };
  #held: Sample[] = [];
  #recording: AbortController | null = null;
  #ended: Promise<void> = Promise.resolve();

  constructor(
    env: HistoryEnvironment,
    projectId: string,
    store: SeriesStore,
    options: { readonly limitBytes: number; readonly onState?: (state: HistoryState) => void },
  ) {
    this.#env = env;
    this.projectId = projectId;
    this.store = store;
    this.#limitBytes = options.limitBytes;
    this.#onState = options.onState ?? (() => undefined);
  }

  get state(): HistoryState {
    return this.#state;
  }

  /** Keeps what {@link add} brings, as soon as no other tab does; until {@link stop}. */
  record(): void {
    if (this.#recording) return;
    const recording = new AbortController();
    this.#recording = recording;
    this.#become({ role: 'waiting' });
    const { signal } = recording;
    const hold = this.#env.leases.hold(this.#lease, () => this.#record(signal));
    this.#ended = hold.catch((thrown: unknown) => this.#become({ upkeepFailure: asAppError(thrown) }));
  }

  /** Writes what is in memory and lets another tab go on. */
  async stop(): Promise<void> {
    this.#recording?.abort();
    this.#recording = null;
    if (this.#recorder) await this.#ended;
    this.#held = [];
    this.#become({ role: 'idle' });
  }

  async close(): Promise<void> {
    await this.stop();
    this.store.close();
  }

  add(samples: readonly Sample[]): void {
    if (this.#recorder) this.#recorder.add(samples);
    else if (this.#recording) {
      const sinceMs = this.#env.clock.nowMs() - takeOverMs;
      this.#held = [...this.#held.filter(({ atMs }) => atMs >= sinceMs), ...samples];
    }
  }

  /** Writes what is in memory now instead of in two seconds. */
  async flush(): Promise<void> {
    await this.#recorder?.flush();
  }

  /** Of one series, what begins in [fromMs, toMs), up to this moment. Throws storage.failed. */
  read(name: SeriesName, fromMs: number, toMs: number): Promise<SeriesHistory> {
    const series = seriesIdOf(name.deviceId, name.quantity);
    const recorder = this.#recorder;
    return readHistory(
      this.store,
      (id) => (recorder ? Promise.resolve(recorder.recent(id)) : pointsInJournal(this.store, id)),
      { series, fromMs, toMs },
    );
  }

  /** All that something is kept of, by device and quantity. */
  async series(): Promise<SeriesName[]> {
    const ids = new Set(await this.store.series());
    if (this.#recorder) for (const id of this.#recorder.series()) ids.add(id);
    else
      for (const { bytes } of await this.store.journal()) {
        const batch = decodeJournal(bytes);
        if (typeof batch !== 'string') for (const id of batch.keys()) ids.add(id);
      }
    return [...ids].sort(bySeries).map(seriesOf);
  }

  /** From the next upkeep on. */
  set limitBytes(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Down-samples and shrinks to the limit, at once; what fails is in the state. Throws history.elsewhere. */
  tidy(): Promise<void> {
    return this.alone(async (recorder) => {
      await recorder.settle();
      await this.#tidy(recorder, this.#recording?.signal ?? new AbortController().signal);
    });
  }

  /** Removes what is kept, of one series or of all; rules, log and settings stay. Throws history.elsewhere, storage.*. */
  clear(name?: SeriesName): Promise<void> {
    return this.alone(async (recorder) => {
      await recorder.settle();
      await recorder.exclusively(() => this.store.clear(name && seriesIdOf(name.deviceId, name.quantity)));
      if (!name) recorder.forget();
    });
  }

  /**
   * For what must not run beside a recorder: in this tab's, or in the lease's turn. Throws history.elsewhere when another tab
   * records.
   */
  async alone<T>(work: (recorder: HistoryRecorder) => Promise<T>): Promise<T> {
    if (this.#recorder) return work(this.#recorder);
    const { clock, leases } = this.#env;
    const giveUp = new AbortController();
    const patience = new AbortController();
    void clock.sleep(patienceMs, patience.signal).then(() => giveUp.abort());
    return new Promise((resolve, reject) => {
      const refuse = (): void => reject(new AppError('history.elsewhere'));
      giveUp.signal.addEventListener('abort', refuse);
      void leases
        .hold(this.#lease, async () => {
          if (giveUp.signal.aborted) return;
          giveUp.signal.removeEventListener('abort', refuse);
          patience.abort();
          const recorder = new HistoryRecorder({ store: this.store, clock });
          await recorder.resume();
          resolve(await work(recorder));
        })
        .catch(reject);
    });
  }

  get #lease(): string {
    return `history:${this.projectId}:writer`;
  }

  async #record(signal: AbortSignal): Promise<void> {
    if (isEnded(signal)) return;
    const { clock } = this.#env;
    const recorder = new HistoryRecorder({
      store: this.store,
      clock,
      onState: (state) => this.#become({ recorder: state }),
    });
    await recorder.resume();
    this.#recorder = recorder;
    recorder.add(await this.#newOf(this.#held));
    this.#held = [];
    this.#become({ role: 'recording', recorder: recorder.state });
    let tidiedAtMs = -upkeepMs;
    while (!signal.aborted) {
      await recorder.flush();
      if (clock.monotonicMs() - tidiedAtMs >= upkeepMs) {
        tidiedAtMs = clock.monotonicMs();
        void this.#tidy(recorder, signal);
      }
      await clock.sleep(flushMs, signal);
    }
    await recorder.flush();
    this.#recorder = null;
  }

  /** Those that the tab before did not keep. */
  async #newOf(samples: readonly Sample[]): Promise<Sample[]> {
    const firstMs = samples.reduce((least, { atMs }) => Math.min(least, atMs), Infinity);
    const isNew = await Promise.all(
      samples.map(async (sample) => {
        const { points } = await this.read(sample, firstMs - sameReadingMs, Infinity);
        return points.timesMs.every((atMs) => atMs < sample.atMs - sameReadingMs);
      }),
    );
    return samples.filter((_, i) => isNew[i]);
  }

  async #tidy(recorder: HistoryRecorder, signal: AbortSignal): Promise<void> {
    const nowMs = this.#env.clock.nowMs();
    try {
      const options = { nowMs, limitBytes: this.#limitBytes, signal };
      await recorder.exclusively(() => tidyHistory(this.store, options));
      if (this.#state.upkeepFailure) this.#become({ upkeepFailure: null });
    } catch (thrown) {
      this.#become({ upkeepFailure: asAppError(thrown) });
    }
  }

  #become(change: Partial<HistoryState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onState(this.#state);
  }
}

/** Asked anew: it may have changed while something was awaited. */
const isEnded = (signal: AbortSignal): boolean => signal.aborted;

/** Temperatures first: they are what most people look for. */
const bySeries = (a: string, b: string): number =>
  Number(isTemperature(b)) - Number(isTemperature(a)) || (a < b ? -1 : 1);

const isTemperature = (id: string): boolean => seriesOf(id).quantity === 'temperature';
