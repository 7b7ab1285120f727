/**
 * Keeps what arrives. Readings are in the journal within two seconds, one write for all series, and move into chunks
 * when their ten minutes are over. A write that fails loses nothing at once: it is tried again, within bounds, and the
 * page is told. Exactly one recorder may run on a store; whoever makes it holds the lease.
 */
import type { ChunkAddress, SeriesStore } from '../../ports/series-store.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import type { Clock } from '../../shared/clock.ts';
import { decodeJournal, decodePoints, encodeJournal, encodePoints } from './chunk-codec.ts';
import { chunkStart, rawLevel } from './levels.ts';
import { mergedPoints, noPoints, PointList, pointsBetween, retainedMark, type Points } from './points.ts';
import { isKeepable, sampleSources, seriesIdOf, type Sample } from './sample.ts';

export interface RecorderState {
  /** What the last write failed with; null while all is well. */
  readonly failure: AppError | null;
  /** Unix ms of the first reading that is in memory only, while writes fail. */
  readonly unsavedSinceMs: number | null;
  /** Readings that had to be let go because the store stayed full. */
  readonly lostCount: number;
  /** Readings that are no numbers a sensor can mean, or have no time. */
  readonly refusedCount: number;
}

export interface RecorderOptions {
  readonly store: SeriesStore;
  readonly clock: Clock;
  readonly onState?: (state: RecorderState) => void;
}

/** Readings that may wait in memory while the store takes none: 20 bytes each. */
export const mostUnsaved = 200_000;
/** Above this the journal goes into chunks early. */
const largestJournalBytes = 16_000_000;
/** Chunks a transaction: the page stays quick between two. */
const chunksPerCommit = 100;
/** What is late for its chunk by less waits for no second writing. */
const latenessMs = 20_000;

interface OpenSeries {
  readonly list: PointList;
  /** How many of the list are in the journal. */
  saved: number;
}

export class HistoryRecorder {
  readonly #store: SeriesStore;
  readonly #clock: Clock;
  readonly #onState: (state: RecorderState) => void;
  #open = new Map<string, OpenSeries>();
  readonly #dirty = new Set<string>();
  #unsaved = 0;
  #journalBytes = 0;
  #newestKey = 0;
  #rolledAtMs = 0;
  #state: RecorderState = { failure: null, unsavedSinceMs: null, lostCount: 0, refusedCount: 0 };
  #writing: Promise<void> = Promise.resolve();
  /** Others that work on chunks: while there are any, this one writes to the journal only. */
  #reserved = 0;
  #reservation: Promise<unknown> = Promise.resolve();

  constructor({ store, clock, onState = () => undefined }: RecorderOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#onState = onState;
  }

  get state(): RecorderState {
    return this.#state;
  }

  /** Takes over what the last recorder had not put into chunks. Throws storage.failed. */
  async resume(): Promise<void> {
    for (const { key, bytes } of await this.#store.journal()) {
      this.#newestKey = key;
      this.#journalBytes += bytes.length;
      const batch = decodeJournal(bytes);
      if (typeof batch === 'string') continue;
      for (const [series, points] of batch) this.#takeOver(series, points);
    }
    this.#rolledAtMs = this.#clock.nowMs();
  }

  /** Never throws; what cannot be kept is counted. */
  add(samples: readonly Sample[]): void {
    let [refused, lost] = [0, 0];
    for (const { deviceId, quantity, atMs, value, source } of samples) {
      if (!isKeepable(atMs, value)) {
        refused += 1;
        continue;
      }
      if (this.#unsaved >= mostUnsaved) {
        lost += 1;
        continue;
      }
      const series = seriesIdOf(deviceId, quantity);
      this.#openOf(series).list.add(atMs, value, sampleSources.indexOf(source));
      this.#dirty.add(series);
      this.#unsaved += 1;
    }
    if (refused + lost === 0) return;
    const { refusedCount, lostCount } = this.#state;
    this.#become({ refusedCount: refusedCount + refused, lostCount: lostCount + lost });
  }

  /** What is not in chunks yet. */
  recent(series: string): Points {
    return this.#open.get(series)?.list.points() ?? noPoints;
  }

  /** Unix ms of the newest reading that is not in chunks yet; null without one. */
  newestMs(series: string): number | null {
    return this.recent(series).timesMs.at(-1) ?? null;
  }

  /** Ids of the series that have readings outside chunks. */
  series(): string[] {
    return [...this.#open].filter(([, { list }]) => list.size > 0).map(([id]) => id);
  }

  /** Writes what arrived, and moves what is complete into chunks. Never throws: the state tells. One at a time. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#flush());
    return this.#writing;
  }

  /** Everything into chunks, for example before it is exported or cleared. */
  async settle(): Promise<void> {
    await this.#reservation;
    this.#writing = this.#writing.then(() =>
      this.#guarded(async () => {
        await this.#appendNew();
        await this.#roll(() => true);
      }),
    );
    await this.#writing;
  }

  /** Work on chunks, in turn, beside which this recorder writes none; what arrives goes into the journal meanwhile. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#reserved += 1;
    const turn = this.#reservation.then(() => this.#writing).then(work);
    this.#reservation = turn.catch(() => undefined).then(() => (this.#reserved -= 1));
    return turn;
  }

  /** Forgets what is in memory; the store's own was cleared by whoever asks. */
  forget(): void {
    this.#open = new Map();
    this.#dirty.clear();
    [this.#unsaved, this.#journalBytes] = [0, 0];
    this.#become({ failure: null, unsavedSinceMs: null, lostCount: 0 });
  }

  async #flush(): Promise<void> {
    await this.#guarded(async () => {
      await this.#appendNew();
      if (this.#reserved > 0) return;
      const nowMs = this.#clock.nowMs();
      const currentMs = chunkStart(rawLevel, nowMs - latenessMs);
      const isFull = this.#journalBytes > largestJournalBytes;
      if (!isFull && chunkStart(rawLevel, this.#rolledAtMs - latenessMs) === currentMs) return;
      await this.#roll(
        (startMs) => isFull || (startMs !== currentMs && startMs !== chunkStart(rawLevel, nowMs)),
      );
      this.#rolledAtMs = nowMs;
    });
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#state.failure) this.#become({ failure: null, unsavedSinceMs: null });
    } catch (thrown) {
      const unsavedSinceMs = this.#state.unsavedSinceMs ?? this.#clock.nowMs();
      this.#become({ failure: asAppError(thrown), unsavedSinceMs });
    }
  }

  async #appendNew(): Promise<void> {
    if (this.#dirty.size === 0) return;
    const batch = new Map<string, Points>();
    const reached = new Map<OpenSeries, number>();
    for (const series of this.#dirty) {
      const open = this.#openOf(series);
      batch.set(series, open.list.points(open.saved));
      reached.set(open, open.list.size);
    }
    const taken = this.#unsaved;
    this.#dirty.clear();
    const bytes = encodeJournal(batch);
    try {
      this.#newestKey = (await this.#store.commit({ append: bytes })) ?? this.#newestKey;
    } catch (thrown) {
      for (const series of batch.keys()) this.#dirty.add(series);
      throw thrown;
    }
    this.#journalBytes += bytes.length;
    this.#unsaved -= taken;
    for (const [open, saved] of reached) open.saved = saved;
  }

  /** Chunks of the ten minutes that `isDue` picks by their beginning; what stays becomes the journal. */
  async #roll(isDue: (startMs: number) => boolean): Promise<void> {
    const due: { readonly address: ChunkAddress; readonly points: Points }[] = [];
    const staying = new Map<string, Points>();
    for (const [series, { list, saved }] of this.#open) {
      // What came since the journal was written is not in it: it waits for the next time.
      const inJournal = list.points(0, saved);
      const kept: Points[] = [];
      for (const [startMs, points] of byChunk(inJournal)) {
        if (isDue(startMs)) due.push({ address: { series, level: rawLevel.level, startMs }, points });
        else kept.push(points);
      }
      if (kept.length > 0) staying.set(series, mergedPoints(kept));
    }
    if (due.length === 0 && this.#journalBytes <= largestJournalBytes) return;
    for (let at = 0; at < due.length; at += chunksPerCommit) {
      const put = await Promise.all(
        due.slice(at, at + chunksPerCommit).map(async ({ address, points }) => ({
          ...address,
          bytes: encodePoints(await this.#withStored(address, points)),
        })),
      );
      await this.#store.commit({ put });
    }
    const append = encodeJournal(staying);
    const key = await this.#store.commit({ removeJournalTo: this.#newestKey, append });
    this.#newestKey = key ?? this.#newestKey;
    this.#journalBytes = append.length;
    this.#reopen(staying);
  }

  /** Readings that arrived while the chunks were written stay unsaved. */
  #reopen(staying: ReadonlyMap<string, Points>): void {
    const before = this.#open;
    this.#open = new Map();
    for (const [series, points] of staying) this.#takeOver(series, points);
    for (const [series, { list, saved }] of before) {
      if (list.size === saved) continue;
      const late = list.points(saved);
      const open = this.#openOf(series);
      late.timesMs.forEach((atMs, i) => open.list.add(atMs, late.values[i] ?? 0, late.sources[i] ?? 0));
    }
  }

  /** A chunk may be there already: after a restart, or when readings came late. Only a damaged one is replaced. */
  async #withStored(address: ChunkAddress, points: Points): Promise<Points> {
    const stored = await this.#store.chunk(address);
    const there = stored ? decodePoints(stored.bytes) : noPoints;
    if (there === 'newer') throw new AppError('storage.newer');
    return there === 'damaged' ? points : mergedPoints([there, points]);
  }

  #takeOver(series: string, { timesMs, values, sources }: Points): void {
    const open = this.#openOf(series);
    timesMs.forEach((atMs, i) => open.list.add(atMs, values[i] ?? 0, sources[i] ?? retainedMark));
    open.saved = open.list.size;
  }

  #openOf(series: string): OpenSeries {
    let open = this.#open.get(series);
    if (!open) {
      open = { list: new PointList(), saved: 0 };
      this.#open.set(series, open);
    }
    return open;
  }

  #become(change: Partial<RecorderState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onState(this.#state);
  }
}

function* byChunk(points: Points): Generator<readonly [number, Points]> {
  for (let at = 0; at < points.timesMs.length;) {
    const startMs = chunkStart(rawLevel, points.timesMs[at] ?? 0);
    const part = pointsBetween(points, startMs, startMs + rawLevel.chunkMs);
    yield [startMs, part];
    at += part.timesMs.length;
  }
}
