// history.*: keeping and reading back readings in IndexedDB, in Chromium, through the page's own recorder and reader.
import { bundlePage } from '../fixtures/bundled-page.ts';
import type { HistoryPage } from '../fixtures/history-page.ts';
import { median, note, type Bench } from './support/bench.ts';

declare const historyPage: HistoryPage;

const RUNS = 5;
const DAY_MS = 86_400_000;

async function inChromium<T>(
  work: (open: () => Promise<import('@playwright/test').Page>) => Promise<T>,
): Promise<T> {
  const site = await bundlePage('tests/fixtures/history-page.ts');
  try {
    return await work(() => site.open());
  } finally {
    await site.close();
  }
}

/** Opens `rangeMs` of one series that has `count` readings, `stepMs` apart; a fresh tab each time, as a person comes. */
const opening = (
  name: string,
  { count, stepMs, rangeMs }: { count: number; stepMs: number; rangeMs: number },
): Bench => ({
  name,
  unit: 'ms',
  run: () =>
    inChromium(async (open) => {
      const first = await open();
      await first.evaluate(([n, step]) => historyPage.prepare('bench', n, step), [count, stepMs] as const);
      const times: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        const page = await open();
        const found = await page.evaluate((range) => historyPage.open('bench', range), rangeMs);
        note(`${name}: ${found.ms.toFixed(1)} ms, ${found.count} readings, ${found.places} places`);
        if (found.count < count * 0.99) throw new Error(`only ${found.count} readings were read back`);
        times.push(found.ms);
        await page.close();
      }
      return { value: median(times), yardstick: null };
    }),
});

export const benches: Bench[] = [
  {
    name: 'history.write',
    unit: 'points/s',
    run: () =>
      inChromium(async (open) => {
        const rates: Record<'ours' | 'one', number[]> = { ours: [], one: [] };
        for (let run = 0; run < RUNS; run++) {
          const page = await open();
          // 1,000 devices, a reading a second each, for ten minutes.
          rates.ours.push(await page.evaluate((n) => historyPage.write(`write ${n}`, 1_000, 300), run));
          rates.one.push(await page.evaluate((n) => historyPage.writeOneByOne(`one ${n}`, 2_000), run));
          await page.close();
        }
        return {
          value: median(rates.ours),
          yardstick: { name: 'one transaction per point', value: median(rates.one) },
        };
      }),
  },
  opening('history.read-24h', { count: 100_000, stepMs: 864, rangeMs: DAY_MS }),
  opening('history.open-30d', { count: 259_200, stepMs: 10_000, rangeMs: 30 * DAY_MS + 60_000 }),
];
