// Kept readings in IndexedDB as Chromium has it: transactions, quota, two tabs, a killed tab.
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundlePage, type BundledPage } from '../fixtures/bundled-page.ts';
import type { HistoryPage } from '../fixtures/history-page.ts';
import { behaviours } from '../fixtures/series-store-behaviour.ts';

declare const historyPage: HistoryPage;

let site: BundledPage;
let page: Page;

beforeAll(async () => {
  site = await bundlePage('tests/fixtures/history-page.ts');
});
beforeEach(async () => {
  page = await site.open();
});
afterAll(() => site.close());

const recording = (tab: Page, prefix: string): Promise<unknown> =>
  tab.waitForFunction((name) => historyPage.role(name) === 'recording', prefix);

describe('the store of readings in IndexedDB', () => {
  for (const name of Object.keys(behaviours)) {
    it(name, () => page.evaluate((behaviour) => historyPage.behave(behaviour), name));
  }

  it('keeps in memory what a newer page has taken over, and says that it is not kept', async () => {
    expect(await page.evaluate(() => historyPage.openOlder('older'))).toBe(false);
  });

  it('goes with its project, though another tab has it open', async () => {
    const other = await site.open();
    await other.evaluate(() => historyPage.values('gone'));
    expect(await page.evaluate(() => historyPage.remove('gone'))).not.toContain('gone-history-porch');
  });
});

describe('recording in a browser', () => {
  it('a tab that is killed loses nothing that was flushed, and the next one goes on', async () => {
    const killed = await site.open();
    await killed.evaluate(() => historyPage.record('killed'));
    await recording(killed, 'killed');
    await killed.evaluate(async () => {
      historyPage.add('killed', [20, 21, 22], 1_000);
      await historyPage.flush('killed');
    });
    const session = await killed.context().newCDPSession(killed);
    // Without any of the page's own last words.
    const crashed = killed.waitForEvent('crash');
    void session.send('Page.crash').catch(() => undefined);
    await crashed;
    await page.evaluate(() => historyPage.record('killed'));
    await recording(page, 'killed');
    await page.evaluate(async () => {
      historyPage.add('killed', [23]);
      await historyPage.flush('killed');
    });
    expect(await page.evaluate(() => historyPage.values('killed'))).toEqual([20, 21, 22, 23]);
  });

  it('of two tabs one keeps; the other reads, and takes over without a hole and without twins', async () => {
    const first = await site.open();
    await first.evaluate(() => historyPage.record('tabs'));
    await recording(first, 'tabs');
    await page.evaluate(() => historyPage.record('tabs'));
    expect(await page.evaluate(() => historyPage.role('tabs'))).toBe('waiting');
    // Both tabs hear the same readings.
    for (const tab of [first, page]) await tab.evaluate(() => historyPage.add('tabs', [1, 2], 2_000));
    await first.evaluate(() => historyPage.flush('tabs'));
    expect(await page.evaluate(() => historyPage.values('tabs'))).toEqual([1, 2]);
    await page.evaluate(() => historyPage.add('tabs', [3]));
    await first.close();
    await recording(page, 'tabs');
    await page.evaluate(() => historyPage.flush('tabs'));
    const values = await page.evaluate(() => historyPage.values('tabs'));
    expect(values.filter((value) => value !== 3)).toEqual([1, 2]);
  });

  it('a full browser: live goes on, what was kept stays, and with room again nothing is missing', async () => {
    // Another origin, limited before it stores anything: Chromium caches how much is left.
    const url = new URL(site.url);
    url.hostname = 'localhost';
    const session = await page.context().newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: url.origin, quotaSize: 4_000_000 });
    await page.goto(url.href);
    await page.evaluate(() => historyPage.record('full'));
    await recording(page, 'full');
    await page.evaluate(async () => {
      historyPage.add('full', [1]);
      await historyPage.flush('full');
    });
    expect(await page.evaluate(() => historyPage.fill('full', 400_000))).toBe('storage.full');
    expect(await page.evaluate(() => historyPage.alertWrite('full'))).toBe('storage.full');
    const manyValues = Array.from({ length: 150_000 }, (_, i) => Math.sin(i));
    await page.evaluate(async (values) => {
      historyPage.add('full', values);
      await historyPage.flush('full');
    }, manyValues);
    expect(await page.evaluate(() => historyPage.failure('full'))).toBe('storage.full');
    expect((await page.evaluate(() => historyPage.values('full'))).length).toBe(150_001);
    await page.evaluate(async () => {
      await historyPage.clearNoise('full');
      await historyPage.flush('full');
    });
    expect(await page.evaluate(() => historyPage.failure('full'))).toBeNull();
    await page.reload();
    expect((await page.evaluate(() => historyPage.values('full'))).length).toBe(150_001);
  });
});
