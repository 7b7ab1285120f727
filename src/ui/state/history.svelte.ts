/** The open project's history and alerts on the screens. Fetched when something is to be kept or shown of it. */
import { AppError, asAppError } from '../../shared/errors.ts';
import type { Sample } from '../../telemetry/history/sample.ts';
import type { HistorySize } from '../../ports/series-store.ts';
import { KeptAlerts, type AlertsState } from '../../workflows/keep-alerts.ts';
import { KeptHistory, type HistoryState } from '../../workflows/keep-history.ts';
import { settingsIn, type HistorySettings } from '../../workflows/history-settings.ts';
import type { AlertEvent } from '../../telemetry/alerts/watch.ts';
import { signalAlerts } from '../history/alert-signals.ts';
import { judgeReadingsBy } from '../live/reading-tone.ts';
import { app } from './app.svelte.ts';

/** No project can be called so. */
const withoutProject = '!other';
const refreshMs = 3_000;
const tickMs = 1_000;

export class HistoryScreen {
  kept = $state.raw<KeptHistory | null>(null);
  keeping = $state.raw<HistoryState>({ role: 'idle', recorder: null, upkeepFailure: null });
  alerts = $state.raw<AlertsState>({ rules: [], log: [], settings: settingsIn(undefined), failure: null });
  size = $state.raw<HistorySize | null>(null);
  failure = $state.raw<AppError | null>(null);
  #alerts: KeptAlerts | null = null;
  #leave: (() => void)[] = [];
  #opening: Promise<void> | null = null;

  get settings(): HistorySettings {
    return this.alerts.settings;
  }

  get keptAlerts(): KeptAlerts | null {
    return this.#alerts;
  }

  /** Opens the project's history, or with an empty id that of brokers without one; the one that is open stays. */
  async open(id: string): Promise<void> {
    const projectId = id === '' ? withoutProject : id;
    // One after the other: what was asked for last is open in the end.
    const turn = (this.#opening ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => (this.kept?.projectId === projectId ? undefined : this.#open(projectId)));
    this.#opening = turn;
    await turn;
  }

  /** Null until it is open. */
  keptOf(id: string): KeptHistory | null {
    return this.kept?.projectId === (id === '' ? withoutProject : id) ? this.kept : null;
  }

  /** Keeps what {@link take} brings, until {@link pause}. */
  record(): void {
    this.kept?.record();
  }

  async pause(): Promise<void> {
    this.#alerts?.setConnected(false, this.#nowMs);
    await this.kept?.stop();
  }

  take(samples: readonly Sample[]): void {
    this.kept?.add(samples);
    if (this.#alerts) this.#signal(this.#alerts.accept(samples, this.#isWriter));
  }

  connected(isConnected: boolean): void {
    this.#alerts?.setConnected(isConnected, this.#nowMs);
  }

  async choose(change: Partial<HistorySettings>): Promise<void> {
    await this.#alerts?.putSettings(change, this.#nowMs);
    if (change.limitBytes !== undefined) {
      if (this.kept) this.kept.limitBytes = change.limitBytes;
      await this.attempt(() => this.kept?.tidy());
    }
  }

  /** Runs what a person asked for and shows what it failed with; true when it did not. */
  async attempt(work: () => Promise<unknown> | undefined): Promise<boolean> {
    this.failure = null;
    try {
      await work();
      await this.refresh();
      return true;
    } catch (thrown) {
      this.failure = asAppError(thrown);
      return false;
    }
  }

  async refresh(): Promise<void> {
    await this.#alerts?.refresh(this.#nowMs);
    if (this.kept) this.size = await this.kept.store.size();
  }

  async #open(projectId: string): Promise<void> {
    await this.#close();
    const { environment } = app();
    const store = await (await environment.histories()).open(projectId);
    const { limitBytes } = settingsIn(await store.document('settings'));
    this.#alerts = new KeptAlerts(store, (state) => (this.alerts = state));
    this.kept = new KeptHistory(environment, projectId, store, {
      limitBytes,
      onState: (state) => (this.keeping = state),
    });
    const refreshing = setInterval(() => void this.refresh().catch(() => undefined), refreshMs);
    const ticking = setInterval(() => this.#tick(), tickMs);
    const flush = (): void => void this.kept?.flush();
    // The last moment in which a page that is closed can still write.
    document.addEventListener('visibilitychange', flush);
    this.#leave = [
      () => clearInterval(refreshing),
      () => clearInterval(ticking),
      () => document.removeEventListener('visibilitychange', flush),
    ];
    judgeReadingsBy((deviceId, quantity, value) => (this.isOut(deviceId, quantity, value) ? 'bad' : null));
    await this.refresh();
  }

  /** Whether a value lies beyond a threshold of its series. */
  isOut(deviceId: string, quantity: string, value: number): boolean {
    return this.alerts.rules.some(
      (rule) =>
        rule.deviceId === deviceId &&
        rule.quantity === quantity &&
        ((rule.kind === 'above' && value > rule.limit) || (rule.kind === 'below' && value < rule.limit)),
    );
  }

  async #close(): Promise<void> {
    for (const leave of this.#leave) leave();
    this.#leave = [];
    const { kept } = this;
    this.kept = null;
    this.#alerts = null;
    this.size = null;
    await kept?.close();
  }

  #tick(): void {
    if (this.#alerts) this.#signal(this.#alerts.tick(this.#nowMs, this.#isWriter));
  }

  /** One tab rings, not each of them. */
  #signal(events: readonly AlertEvent[]): void {
    if (this.#isWriter) signalAlerts(events, this.settings);
  }

  get #isWriter(): boolean {
    return this.keeping.role === 'recording';
  }

  get #nowMs(): number {
    return app().environment.clock.nowMs();
  }
}

let current: HistoryScreen | null = null;

export const history = (): HistoryScreen => (current ??= new HistoryScreen());
