/**
 * The longest task of a page's main thread, as Chromium's own tracing of its scheduler tells it: nothing is added to the
 * page, and no task is too short to be seen.
 */
import type { Browser, Page } from '@playwright/test';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export interface LongestTask {
  readonly wallMs: number;
  /** Without the time in which other work of this computer had the processor. */
  readonly cpuMs: number;
}

/** Traces `page` during `work`. One at a time in a browser. */
export async function longestMainThreadTask(
  browser: Browser,
  page: Page,
  work: () => Promise<unknown>,
): Promise<LongestTask> {
  await browser.startTracing(page, { categories: ['-*', 'toplevel', '__metadata'] });
  await work();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  return longestTask(trace.traceEvents);
}

function longestTask(events: readonly TraceEvent[]): LongestTask {
  const place = ({ pid, tid }: TraceEvent): string => `${pid}.${tid}`;
  const mainThreads = new Set(
    events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(place),
  );
  const tasks = events.filter((event) => event.name.endsWith('RunTask') && mainThreads.has(place(event)));
  if (tasks.length === 0) throw new Error('the trace holds no task of the page');
  const longest = (of: (task: TraceEvent) => number): number =>
    tasks.reduce((found, task) => Math.max(found, of(task)), 0) / 1000;
  return { wallMs: longest(({ dur = 0 }) => dur), cpuMs: longest(({ tdur = 0 }) => tdur) };
}
