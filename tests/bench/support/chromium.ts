/** Chromium for figures: as the end-to-end tests start it, and closed whatever happens. */
import { chromium, type Browser } from '@playwright/test';
import { chromiumArguments } from '../../playwright.config.ts';

export async function withChromium<T>(use: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: chromiumArguments });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}
