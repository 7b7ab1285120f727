/** Rules and what they raised, in words. */
import type { AlertEntry } from '../../telemetry/alerts/log.ts';
import type { AlertRule } from '../../telemetry/alerts/rule.ts';
import { quantityLook, valueText } from '../../telemetry/quantity-looks.ts';
import {
  shownDifference,
  shownLook,
  valueWords,
  type TemperatureUnit,
} from '../../telemetry/shown-values.ts';

type Condition = Pick<AlertRule, 'kind' | 'quantity' | 'limit' | 'windowS'>;

/** For example "above 30 °C". */
export function conditionWords({ kind, quantity, limit, windowS }: Condition, unit: TemperatureUnit): string {
  switch (kind) {
    case 'above':
    case 'below':
      return `${kind} ${valueWords(limit, quantity, unit)}`;
    case 'silence':
      return `no reading for ${durationWords(limit)}`;
    case 'change':
      return `changes by more than ${differenceWords(limit, quantity, unit)} within ${durationWords(windowS)}`;
  }
}

/** For example "porch-1: Temperature 31.2 °C, above 30 °C". */
export function entryWords(entry: AlertEntry, unit: TemperatureUnit): string {
  const { label } = quantityLook(entry.quantity);
  const value = entry.value === null ? '' : ` ${valueWords(entry.value, entry.quantity, unit)},`;
  return `${entry.deviceId}: ${label}${value} ${conditionWords(entry, unit)}`;
}

export function differenceWords(value: number, quantity: string, unit: TemperatureUnit): string {
  const look = shownLook(quantity, unit);
  return `${valueText(shownDifference(value, quantity, unit), look.decimals)} ${look.unit}`.trim();
}

export function durationWords(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Number((seconds / 60).toFixed(1))} min`;
  return `${Number((seconds / 3600).toFixed(1))} h`;
}
