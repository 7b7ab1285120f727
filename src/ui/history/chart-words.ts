/** What stands at the chart's cursor, in words. */
import { valueText } from '../../telemetry/quantity-looks.ts';
import { nearestPlace, type ChartLine } from './chart-data.ts';
import { momentWords } from './chart-range.ts';

/** For example "21 Nov, 14:03:20: Temperature 23.4 °C, Humidity 41 %". Empty without a cursor. */
export function cursorWords(lines: readonly ChartLine[], cursorMs: number | null): string {
  if (cursorMs === null || lines.length === 0) return '';
  const values = lines.map((line) => `${line.name} ${placeWords(line, cursorMs)}`);
  return `${momentWords(cursorMs)}: ${values.join(', ')}`;
}

function placeWords(line: ChartLine, cursorMs: number): string {
  const { curve, decimals, unit } = line;
  const place = nearestPlace(curve, cursorMs);
  const mean = place === null ? NaN : (curve.means[place] ?? NaN);
  if (place === null || Number.isNaN(mean)) return '–';
  const words = (value: number): string => `${valueText(value, decimals)}${unit && ` ${unit}`}`;
  const [min, max] = [curve.mins[place] ?? mean, curve.maxs[place] ?? mean];
  const spread = min < max ? ` (${valueText(min, decimals)} to ${words(max)})` : '';
  const mark = curve.retained.includes(place) ? ', kept by the broker from before' : '';
  return `${words(mean)}${spread}${mark}`;
}
