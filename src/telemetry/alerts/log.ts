/** What was raised, when it ended, and who has seen it. Bounded; newest first. Pure. */
import type { AlertRule, RuleKind } from './rule.ts';
import type { AlertEvent } from './watch.ts';

export interface AlertEntry {
  readonly ruleId: string;
  readonly deviceId: string;
  readonly quantity: string;
  readonly kind: RuleKind;
  readonly limit: number;
  readonly windowS: number;
  readonly raisedAtMs: number;
  /** Null while it lasts. */
  readonly endedAtMs: number | null;
  /** What raised it; null for silence. */
  readonly value: number | null;
  /** Null until a person said that it was seen. */
  readonly seenAtMs: number | null;
}

export const mostEntries = 500;

export function withEvents(log: readonly AlertEntry[], events: readonly AlertEvent[]): readonly AlertEntry[] {
  let next = log;
  for (const event of events) {
    next = event.kind === 'raised' ? [raisedEntry(event), ...next] : next.map((entry) => ended(entry, event));
  }
  return next.slice(0, mostEntries);
}

export const withSeen = (log: readonly AlertEntry[], nowMs: number): readonly AlertEntry[] =>
  log.map((entry) => (entry.seenAtMs === null ? { ...entry, seenAtMs: nowMs } : entry));

/** What lasts stays: it would be raised again at once. */
export const withoutPast = (log: readonly AlertEntry[]): readonly AlertEntry[] =>
  log.filter(({ endedAtMs }) => endedAtMs === null);

/** A rule that is gone can end nothing any more. */
export const withoutRule = (
  log: readonly AlertEntry[],
  ruleId: string,
  nowMs: number,
): readonly AlertEntry[] =>
  log.map((entry) =>
    entry.ruleId === ruleId && entry.endedAtMs === null ? { ...entry, endedAtMs: nowMs } : entry,
  );

/** Out of storage: anything that is no entry is left out. */
export const entriesIn = (stored: unknown): readonly AlertEntry[] =>
  Array.isArray(stored) ? stored.filter(isEntry).slice(0, mostEntries) : [];

const raisedEntry = ({ rule, atMs, value }: AlertEvent): AlertEntry => ({
  ...entryOf(rule),
  raisedAtMs: atMs,
  endedAtMs: null,
  value,
  seenAtMs: null,
});

const entryOf = ({ id, deviceId, quantity, kind, limit, windowS }: AlertRule) => ({
  ruleId: id,
  deviceId,
  quantity,
  kind,
  limit,
  windowS,
});

const ended = (entry: AlertEntry, { rule, atMs }: AlertEvent): AlertEntry =>
  entry.ruleId === rule.id && entry.endedAtMs === null ? { ...entry, endedAtMs: atMs } : entry;

function isEntry(value: unknown): value is AlertEntry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Record<string, unknown>;
  return typeof entry['ruleId'] === 'string' && typeof entry['raisedAtMs'] === 'number';
}
