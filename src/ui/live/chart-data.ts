/** The last hour of a device's readings, aligned for the chart. */
import type { LiveSession } from '../../workflows/open-live.ts';
import type { ChartSeries } from './chart-series.ts';

export interface ChartData {
  readonly times: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
  readonly series: readonly ChartSeries[];
}

const windowMs = 3_600_000;
const shown: Record<string, ChartSeries> = {
  temperature: { name: 'Temperature', unit: '°C', colour: 'accent' },
  humidity: { name: 'Humidity', unit: '%', colour: 'info' },
};

/** Null until two points can be joined. */
export function chartData(session: LiveSession | null, deviceId: string): ChartData | null {
  if (!session) return null;
  const found = Object.entries(shown).flatMap(([quantity, series]) => {
    const last = session.series(deviceId, quantity)?.last;
    const window = last && session.series(deviceId, quantity)?.window(last.timeMs - windowMs, last.timeMs);
    return window ? [{ series, window }] : [];
  });
  const times = [...new Set(found.flatMap(({ window }) => [...window.timesMs]))].sort((a, b) => a - b);
  if (times.length < 2) return null;
  return {
    times: times.map((ms) => ms / 1000),
    values: found.map(({ window }) => {
      const byTime = new Map([...window.timesMs].map((ms, i) => [ms, window.values[i] ?? null]));
      return times.map((ms) => byTime.get(ms) ?? null);
    }),
    series: found.map(({ series }) => series),
  };
}
