/**
 * Where nothing was measured. A gap is a silence longer than three of the readings' own intervals and than half a
 * minute, the same rule by which a device counts as quiet (telemetry/presence.ts). Pure.
 */
import { silenceAfterMs } from '../presence.ts';
import type { Stretches } from './stretches.ts';

/** Steps on either side by which the usual interval is told. */
const neighbours = 4;
const shortestGapMs = silenceAfterMs(0);

/** Whether nothing is known between `i` − 1 and `i`: no line may join them. */
export function isGapBefore(row: Stretches, i: number): boolean {
  if (i <= 0) return false;
  if (row.retained[i] === 1 || row.retained[i - 1] === 1) return true;
  const silentMs = (row.startsMs[i] ?? 0) - (row.startsMs[i - 1] ?? 0) - (row.widthsMs[i - 1] ?? 0);
  return silentMs >= shortestGapMs && silentMs > silenceAfterMs(usualStepMs(row, i));
}

/** Time between two readings around the step that ends at `i`. */
function usualStepMs(row: Stretches, i: number): number {
  const steps: number[] = [];
  const first = Math.max(1, i - neighbours);
  const last = Math.min(row.startsMs.length - 1, i + neighbours);
  for (let at = first; at <= last; at++) {
    if (at !== i) steps.push((row.startsMs[at] ?? 0) - (row.startsMs[at - 1] ?? 0));
  }
  const stepMs = median(steps);
  const widthMs = row.widthsMs[i - 1] ?? 0;
  // Buckets side by side hide the readings' own interval: how many are in one tells it.
  return widthMs > 0 && stepMs <= widthMs ? widthMs / (row.counts[i - 1] ?? 1) : stepMs;
}

/** The longer of two middle ones: where the interval was changed there is no gap. 0 without any. */
function median(steps: number[]): number {
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? 0;
}
