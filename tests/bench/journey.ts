/**
 * The newcomer's way in the demo's own document: from opening the page to the first reading over the cable, without the
 * time a person thinks, and with the modelled time that writing a board by cable would take. And how long flashing keeps
 * the page's main thread from answering.
 */
import type { Browser } from '@playwright/test';
import { median, note, type Bench } from './support/bench.ts';
import { withChromium } from './support/chromium.ts';
import { DemoWalk, withDemo } from './support/demo-walk.ts';
import { longestMainThreadTask } from './support/main-thread.ts';
import { flash, fullRequest, measured, onBoard } from './support/modelled-flash.ts';

const RUNS = 5;
/** What the page asks the boot loader for first. */
const BAUD_RATE = 921_600;

interface Walk {
  readonly seconds: number;
  readonly clicks: number;
}

/** One after another, each in a browser context that knows nothing of the others. */
async function repeated<T>(walk: (browser: Browser, origin: string) => Promise<T>): Promise<T[]> {
  return withDemo((origin) =>
    withChromium(async (browser) => {
      const results: T[] = [];
      for (let run = 0; run < RUNS; run += 1) results.push(await walk(browser, origin));
      return results;
    }),
  );
}

async function walkToReading(browser: Browser, origin: string): Promise<Walk> {
  const walk = await DemoWalk.begin(browser);
  try {
    const startedMs = performance.now();
    await walk.makeProject(origin);
    await walk.flash();
    await walk.firstReading();
    const seconds = (performance.now() - startedMs) / 1000;
    note(`  first reading after ${seconds.toFixed(2)} s on this computer`);
    return { seconds, clicks: walk.clicks };
  } finally {
    await walk.end();
  }
}

/** @param prepare walks to where flashing can begin, and gives what does it. */
async function longestWhile(
  browser: Browser,
  origin: string,
  prepare: (walk: DemoWalk) => Promise<() => Promise<void>>,
): Promise<number> {
  const walk = await DemoWalk.begin(browser);
  try {
    await walk.makeProject(origin);
    const flashAll = await prepare(walk);
    const { wallMs, cpuMs } = await longestMainThreadTask(browser, walk.page, flashAll);
    note(`  longest task ${wallMs.toFixed(1)} ms, of processor time ${cpuMs.toFixed(1)} ms`);
    return wallMs;
  } finally {
    await walk.end();
  }
}

const longestWhileFlashing = (browser: Browser, origin: string): Promise<number> =>
  longestWhile(browser, origin, (walk) => Promise.resolve(() => walk.flash()));

const longestWithTwoBoards = (browser: Browser, origin: string): Promise<number> =>
  longestWhile(browser, origin, (walk) => walk.twoLanes());

let walked: Promise<Walk[]> | null = null;
const walks = (): Promise<Walk[]> => (walked ??= repeated(walkToReading));

export const benches: readonly Bench[] = [
  {
    name: 'journey.first-reading',
    unit: 's',
    async run() {
      const onPage = median((await walks()).map(({ seconds }) => seconds));
      const { seconds } = await onBoard((board) =>
        measured(board, () => flash(board, fullRequest, BAUD_RATE)),
      );
      return { value: onPage + seconds, yardstick: null };
    },
  },
  {
    name: 'journey.clicks',
    unit: 'count',
    run: async () => ({ value: median((await walks()).map(({ clicks }) => clicks)), yardstick: null }),
  },
  {
    name: 'flash.longest-block',
    unit: 'ms',
    run: async () => ({ value: median(await repeated(longestWhileFlashing)), yardstick: null }),
  },
  {
    name: 'flash.two-boards.longest-block',
    unit: 'ms',
    run: async () => ({ value: median(await repeated(longestWithTwoBoards)), yardstick: null }),
  },
];
