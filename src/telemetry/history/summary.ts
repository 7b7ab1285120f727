/** Minimum, maximum and mean of what was measured in a time. Pure. */
import type { Summary } from '../series.ts';
import type { Stretches } from './stretches.ts';

/** Of what begins in [fromMs, toMs); what the broker had kept is not counted. Null when there is nothing. */
export function summaryOf(row: Stretches, fromMs: number, toMs: number): Summary | null {
  let [count, min, max, mean] = [0, Infinity, -Infinity, 0];
  for (let i = 0; i < row.startsMs.length; i++) {
    const startMs = row.startsMs[i] ?? 0;
    if (startMs < fromMs || startMs >= toMs || row.retained[i] === 1) continue;
    const weight = row.counts[i] ?? 0;
    count += weight;
    mean += (((row.means[i] ?? 0) - mean) * weight) / count;
    min = Math.min(min, row.mins[i] ?? 0);
    max = Math.max(max, row.maxs[i] ?? 0);
  }
  return count === 0 ? null : { count, min, max, mean };
}
