/** What every screen of the doctor owes to everybody. */
import { expect, type Page } from '@playwright/test';
import { violationsNow } from '../axe.ts';
import { overflowPx } from '../journey.ts';

/** As it stands on a desk and in a hand: readable for everybody, and no wider than its window. */
export async function looksRight(page: Page): Promise<void> {
  expect(await violationsNow(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await overflowPx(page)).toBe(0);
}
