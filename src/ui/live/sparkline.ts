/** A line of the newest points as an SVG path on a fixed ground; no axes, no numbers. */
import type { SeriesWindow } from '../../telemetry/series.ts';

export const sparkWidth = 96;
export const sparkHeight = 28;
const margin = 2;

/** Empty when there are fewer than two points. A constant line lies in the middle. */
export function sparkPath({ timesMs, values }: SeriesWindow): string {
  const count = values.length;
  const [first, last] = [timesMs[0] ?? 0, timesMs[count - 1] ?? 0];
  if (count < 2 || last <= first) return '';
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? (sparkHeight - 2 * margin) / (high - low) : 0;
  const bottom = scale === 0 ? sparkHeight / 2 : sparkHeight - margin;
  let path = '';
  for (let i = 0; i < count; i++) {
    const x = (((timesMs[i] ?? 0) - first) / (last - first)) * sparkWidth;
    const y = bottom - ((values[i] ?? 0) - low) * scale;
    path += `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
  }
  return path;
}
