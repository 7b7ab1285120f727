/**
 * Rules, what they raised, and the history's settings: documents beside the readings, shared by all tabs. Every change is
 * made on what is stored now; what cannot be stored is kept in memory and tried again.
 */
import type { SeriesStore } from '../ports/series-store.ts';
import { asAppError, type AppError } from '../shared/errors.ts';
import {
  entriesIn,
  withEvents,
  withoutPast,
  withoutRule,
  withSeen,
  type AlertEntry,
} from '../telemetry/alerts/log.ts';
import { rulesIn, type AlertRule } from '../telemetry/alerts/rule.ts';
import { AlertWatch, type AlertEvent } from '../telemetry/alerts/watch.ts';
import type { Sample } from '../telemetry/history/sample.ts';
import { settingsIn, type HistorySettings } from './history-settings.ts';

export interface AlertsState {
  readonly rules: readonly AlertRule[];
  /** Newest first. */
  readonly log: readonly AlertEntry[];
  readonly settings: HistorySettings;
  /** What the last write failed with; what was to be written is shown all the same. */
  readonly failure: AppError | null;
}

type DocumentName = 'rules' | 'log' | 'settings';

export class KeptAlerts {
  readonly #store: SeriesStore;
  readonly #onState: (state: AlertsState) => void;
  readonly #watch = new AlertWatch();
  #state: AlertsState = { rules: [], log: [], settings: settingsIn(undefined), failure: null };
  /** Documents whose newest state could not be written yet. */
  readonly #unsaved = new Set<DocumentName>();
  #isFirst = true;
  #turn: Promise<void> = Promise.resolve();

  constructor(store: SeriesStore, onState: (state: AlertsState) => void = () => undefined) {
    this.#store = store;
    this.#onState = onState;
  }

  get state(): AlertsState {
    return this.#state;
  }

  /** Takes over what other tabs wrote, and writes what could not be written. Call every few seconds. */
  refresh(nowMs: number): Promise<void> {
    return this.#inTurn(async () => {
      for (const name of [...this.#unsaved]) await this.#put(name);
      await this.#load(nowMs);
    });
  }

  setConnected(isConnected: boolean, nowMs: number): void {
    this.#watch.setConnected(isConnected, nowMs);
  }

  /** @returns what was raised or ended just now; the log has it as soon as it can be written. */
  accept(samples: readonly Sample[], isWriter: boolean): readonly AlertEvent[] {
    return this.#logged(this.#watch.accept(samples), isWriter);
  }

  tick(nowMs: number, isWriter: boolean): readonly AlertEvent[] {
    return this.#logged(this.#watch.tick(nowMs), isWriter);
  }

  putRule(rule: AlertRule, nowMs: number): Promise<void> {
    return this.#change(nowMs, ({ rules, log }) => ({
      rules: [...rules.filter(({ id }) => id !== rule.id), rule],
      log: withoutRule(log, rule.id, nowMs),
    }));
  }

  removeRule(id: string, nowMs: number): Promise<void> {
    return this.#change(nowMs, ({ rules, log }) => ({
      rules: rules.filter((rule) => rule.id !== id),
      log: withoutRule(log, id, nowMs),
    }));
  }

  markSeen(nowMs: number): Promise<void> {
    return this.#change(nowMs, ({ log }) => ({ log: withSeen(log, nowMs) }));
  }

  clearLog(nowMs: number): Promise<void> {
    return this.#change(nowMs, ({ log }) => ({ log: withoutPast(log) }));
  }

  putSettings(change: Partial<HistorySettings>, nowMs: number): Promise<void> {
    return this.#change(nowMs, ({ settings }) => ({ settings: { ...settings, ...change } }));
  }

  #logged(events: readonly AlertEvent[], isWriter: boolean): readonly AlertEvent[] {
    if (events.length === 0) return events;
    // One tab writes; the others hear of it at their next refresh.
    if (!isWriter) this.#become({ log: withEvents(this.#state.log, events) });
    else void this.#change(events[0]?.atMs ?? 0, ({ log }) => ({ log: withEvents(log, events) }));
    return events;
  }

  #change(nowMs: number, change: (state: AlertsState) => Partial<AlertsState>): Promise<void> {
    return this.#inTurn(async () => {
      await this.#load(nowMs);
      const changed = change(this.#state);
      this.#become(changed);
      if (changed.rules) this.#watch.setRules(changed.rules, nowMs);
      for (const name of Object.keys(changed) as DocumentName[]) await this.#put(name);
    });
  }

  async #load(nowMs: number): Promise<void> {
    const stored = async <T>(name: DocumentName, read: (value: unknown) => T, present: T): Promise<T> =>
      this.#unsaved.has(name) ? present : read(await this.#store.document(name));
    const { rules, log, settings } = this.#state;
    this.#become({
      rules: await stored('rules', rulesIn, rules),
      log: await stored('log', entriesIn, log),
      settings: await stored('settings', settingsIn, settings),
    });
    const raised = this.#state.log.filter(({ endedAtMs }) => endedAtMs === null).map(({ ruleId }) => ruleId);
    this.#watch.setRules(this.#state.rules, nowMs, new Set(this.#isFirst ? raised : []));
    this.#isFirst = false;
  }

  async #put(name: DocumentName): Promise<void> {
    this.#unsaved.add(name);
    await this.#store.putDocument(name, this.#state[name]);
    this.#unsaved.delete(name);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      try {
        await work();
        if (this.#state.failure) this.#become({ failure: null });
      } catch (thrown) {
        this.#become({ failure: asAppError(thrown) });
      }
    });
    return this.#turn;
  }

  #become(change: Partial<AlertsState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onState(this.#state);
  }
}
