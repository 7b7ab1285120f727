// live.20x5000.main-thread: the page's chart with 20 series of 5,000 points, ten new ones a second each, beside bare uPlot.
import { bundlePage } from '../fixtures/bundled-page.ts';
import type { ChartPage } from '../fixtures/chart-page.ts';
import { median, note, type Bench } from './support/bench.ts';

declare const chartPage: ChartPage;

const RUNS = 3;
const SECONDS = 5;
const DRAWINGS_PER_SECOND = 10;

export const benches: Bench[] = [
  {
    name: 'live.20x5000.main-thread',
    unit: '%',
    async run() {
      const site = await bundlePage('tests/fixtures/chart-page.ts');
      try {
        const page = await site.open();
        await page.setViewportSize({ width: 1280, height: 800 });
        const session = await page.context().newCDPSession(page);
        // The thread's own time: what other work of this computer takes is not the chart's.
        await session.send('Performance.enable', { timeDomain: 'threadTicks' });
        const busySeconds = async (): Promise<number> => {
          const { metrics } = await session.send('Performance.getMetrics');
          return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN;
        };
        const shares: Record<'ours' | 'bare', number[]> = { ours: [], bare: [] };
        for (let run = 0; run < RUNS; run++) {
          for (const way of ['ours', 'bare'] as const) {
            await page.evaluate((which) => chartPage[which](), way);
            await page.waitForTimeout(1_000);
            const before = { busy: await busySeconds(), drawn: await page.evaluate(() => chartPage.drawn()) };
            await page.waitForTimeout(SECONDS * 1000);
            const drawn = (await page.evaluate(() => chartPage.drawn())) - before.drawn;
            // A busy computer draws less often: what ten drawings a second would take is told.
            const share = (100 * DRAWINGS_PER_SECOND * ((await busySeconds()) - before.busy)) / drawn;
            note(`live.20x5000: ${way} ${share.toFixed(1)} %, ${drawn} drawings in ${SECONDS} s`);
            shares[way].push(share);
          }
        }
        await page.evaluate(() => chartPage.stop());
        return {
          value: median(shares.ours),
          yardstick: { name: 'bare uPlot', value: median(shares.bare) },
        };
      } finally {
        await site.close();
      }
    },
  },
];
