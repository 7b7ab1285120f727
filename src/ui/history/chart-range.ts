/** Moving a chart's range: zoom about a moment, pan, and the ticks' words. Pure. */
import type { ChartRange } from './chart-data.ts';

const shortestMs = 10_000;
const longestMs = 5 * 366 * 86_400_000;
/** How far into the future a chart may look, as a part of its width. */
const aheadShare = 0.5;

export function zoomed({ fromMs, toMs }: ChartRange, aboutMs: number, factor: number): ChartRange {
  const widthMs = Math.min(longestMs, Math.max(shortestMs, (toMs - fromMs) * factor));
  const share = (aboutMs - fromMs) / (toMs - fromMs);
  const from = aboutMs - widthMs * share;
  return { fromMs: from, toMs: from + widthMs };
}

export function panned({ fromMs, toMs }: ChartRange, byMs: number, nowMs: number): ChartRange {
  const latestMs = nowMs + (toMs - fromMs) * aheadShare;
  const moveMs = byMs > 0 ? Math.max(0, Math.min(byMs, latestMs - toMs)) : byMs;
  return { fromMs: fromMs + moveMs, toMs: toMs + moveMs };
}

const dayMs = 86_400_000;

/** What a tick says, by how wide the chart is. */
export function tickWords(atMs: number, widthMs: number): string {
  const at = new Date(atMs);
  const time = { hour: '2-digit', minute: '2-digit', hour12: false } as const;
  if (widthMs <= 600_000) return at.toLocaleTimeString(undefined, { ...time, second: '2-digit' });
  if (widthMs <= 7 * dayMs && !isMidnight(at)) return at.toLocaleTimeString(undefined, time);
  if (widthMs <= 300 * dayMs) return at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
  return at.toLocaleDateString(undefined, { month: 'short', year: 'numeric' });
}

const isMidnight = (at: Date): boolean => at.getHours() === 0 && at.getMinutes() === 0;

/** A moment in full, for the cursor's words and the table. */
export function momentWords(atMs: number): string {
  return new Date(atMs).toLocaleString(undefined, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });
}
