/** Rules and what they raised, in words. */
import type { AlertEntry } from '../../telemetry/alerts/log.ts';
import type { AlertRule } from '../../telemetry/alerts/rule.ts';
import { differenceWords, valueWords, type TemperatureUnit } from '../../telemetry/shown-values.ts';
import { deviceName, lookOf } from './series-looks.ts';

type Condition = Pick<AlertRule, 'deviceId' | 'kind' | 'quantity' | 'limit' | 'windowS'>;

/** For example "above 30 °C". */
export function conditionWords(condition: Condition, unit: TemperatureUnit): string {
  const { deviceId, kind, quantity, limit, windowS } = condition;
  const look = lookOf(deviceId, quantity);
  switch (kind) {
    case 'above':
    case 'below':
      return `${kind} ${valueWords(limit, look, unit)}`;
    case 'silence':
      return `no reading for ${durationWords(limit)}`;
    case 'change':
      return `changes by more than ${differenceWords(limit, look, unit)} within ${durationWords(windowS)}`;
  }
}

/** For example "porch-1: Temperature 31.2 °C, above 30 °C". */
export function entryWords(entry: AlertEntry, unit: TemperatureUnit): string {
  const look = lookOf(entry.deviceId, entry.quantity);
  const value = entry.value === null ? '' : ` ${valueWords(entry.value, look, unit)},`;
  return `${deviceName(entry.deviceId)}: ${look.label}${value} ${conditionWords(entry, unit)}`;
}

/** How far back it must go, and how long it must last; empty when neither was asked for. */
export function furtherWords(rule: AlertRule, unit: TemperatureUnit): string {
  const look = lookOf(rule.deviceId, rule.quantity);
  return [
    rule.holdS > 0 ? `for ${durationWords(rule.holdS)}` : '',
    rule.hysteresis > 0 ? `until ${differenceWords(rule.hysteresis, look, unit)} back` : '',
  ]
    .filter((words) => words !== '')
    .join(', ');
}

export function durationWords(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Number((seconds / 60).toFixed(1))} min`;
  return `${Number((seconds / 3600).toFixed(1))} h`;
}
