/**
 * Rules against what arrives: when something begins and when it is over. A limit counts only after it has lasted the
 * rule's time, and is over only beyond the hysteresis, so that a value on the edge does not ring again and again.
 */
import type { Sample } from '../history/sample.ts';
import type { AlertRule } from './rule.ts';

export interface AlertEvent {
  readonly kind: 'raised' | 'ended';
  readonly rule: AlertRule;
  readonly atMs: number;
  /** What it was raised or ended by; null for silence. */
  readonly value: number | null;
}

interface Watched {
  readonly rule: AlertRule;
  isRaised: boolean;
  /** Since when the limit is passed without a break; null while it is not. */
  passedSinceMs: number | null;
  lastMs: number;
  lastValue: number | null;
  /** For `change`: what came within its time. */
  readonly window: { readonly atMs: number; readonly value: number }[];
}

const mostInWindow = 2_000;

export class AlertWatch {
  #watched: readonly Watched[] = [];
  #isConnected = false;

  /** @param raised ids of rules that were raised when the page was closed last. */
  setRules(rules: readonly AlertRule[], nowMs: number, raised: ReadonlySet<string> = new Set()): void {
    this.#watched = rules.map((rule) => {
      const before = this.#watched.find((known) => isSame(known.rule, rule));
      return (
        before ?? {
          rule,
          isRaised: raised.has(rule.id),
          passedSinceMs: null,
          lastMs: nowMs,
          lastValue: null,
          window: [],
        }
      );
    });
  }

  /** Without a connection nothing can be heard: silence is counted from its return. */
  setConnected(isConnected: boolean, nowMs: number): void {
    if (isConnected && !this.#isConnected) for (const watched of this.#watched) watched.lastMs = nowMs;
    this.#isConnected = isConnected;
  }

  accept(samples: readonly Sample[]): AlertEvent[] {
    const events: AlertEvent[] = [];
    for (const sample of samples) {
      // What the broker had kept is no sign of life, and what was imported is past.
      if (sample.source !== 'live') continue;
      for (const watched of this.#watched) {
        const { deviceId, quantity } = watched.rule;
        if (deviceId !== sample.deviceId || quantity !== sample.quantity) continue;
        watched.lastMs = Math.max(watched.lastMs, sample.atMs);
        watched.lastValue = sample.value;
        if (watched.rule.kind === 'change') remember(watched, sample);
        events.push(...judged(watched, sample.atMs));
      }
    }
    return events;
  }

  /** Call about once a second. */
  tick(nowMs: number): AlertEvent[] {
    return this.#watched.flatMap((watched) => {
      if (watched.rule.kind === 'silence' && !this.#isConnected) return [];
      // A held limit counts on while nothing new comes, but an old value raises nothing by itself.
      const isDue = watched.rule.kind === 'silence' || watched.passedSinceMs !== null;
      return isDue ? judged(watched, nowMs) : [];
    });
  }

  /** Ids of the rules that are raised now. */
  get raised(): ReadonlySet<string> {
    return new Set(this.#watched.filter(({ isRaised }) => isRaised).map(({ rule }) => rule.id));
  }
}

const isSame = (a: AlertRule, b: AlertRule): boolean => JSON.stringify(a) === JSON.stringify(b);

function remember({ rule, window }: Watched, { atMs, value }: Sample): void {
  window.push({ atMs, value });
  while (window.length > mostInWindow || (window[0]?.atMs ?? atMs) < atMs - rule.windowS * 1000)
    window.shift();
}

function judged(watched: Watched, nowMs: number): AlertEvent[] {
  const { rule, isRaised } = watched;
  const measure = measured(watched, nowMs);
  const value = rule.kind === 'silence' ? null : watched.lastValue;
  if (measure === null) return [];
  const [sign, limit] = rule.kind === 'below' ? [-1, -rule.limit] : [1, rule.limit];
  if (sign * measure > limit) {
    watched.passedSinceMs ??= nowMs;
    if (isRaised || nowMs - watched.passedSinceMs < rule.holdS * 1000) return [];
    watched.isRaised = true;
    return [{ kind: 'raised', rule, atMs: nowMs, value }];
  }
  watched.passedSinceMs = null;
  if (!isRaised || sign * measure > limit - rule.hysteresis) return [];
  watched.isRaised = false;
  return [{ kind: 'ended', rule, atMs: nowMs, value }];
}

/** What the rule holds against its limit; null while nothing is known. */
function measured({ rule, lastValue, lastMs, window }: Watched, nowMs: number): number | null {
  if (rule.kind === 'silence') return (nowMs - lastMs) / 1000;
  if (rule.kind !== 'change') return lastValue;
  if (window.length === 0) return null;
  const values = window.map(({ value }) => value);
  return Math.max(...values) - Math.min(...values);
}
