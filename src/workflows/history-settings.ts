/** What a person chose about the history, out of its own database; the project's revisions know nothing of it. */
import type { TemperatureUnit } from '../telemetry/shown-values.ts';

export interface HistorySettings {
  /** Bytes of content it may take. */
  readonly limitBytes: number;
  readonly unit: TemperatureUnit;
  readonly isNotifying: boolean;
  readonly isSounding: boolean;
}

export const defaultSettings: HistorySettings = {
  limitBytes: 200_000_000,
  unit: 'C',
  isNotifying: false,
  isSounding: false,
};

export const smallestLimitBytes = 1_000_000;
export const largestLimitBytes = 10_000_000_000;

/** Out of storage: what cannot be meant is the default. */
export function settingsIn(stored: unknown): HistorySettings {
  const found = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<string, unknown>;
  const limitBytes = Number(found['limitBytes']);
  const isLimit = limitBytes >= smallestLimitBytes && limitBytes <= largestLimitBytes;
  return {
    limitBytes: isLimit ? limitBytes : defaultSettings.limitBytes,
    unit: found['unit'] === 'F' ? 'F' : 'C',
    isNotifying: found['isNotifying'] === true,
    isSounding: found['isSounding'] === true,
  };
}
