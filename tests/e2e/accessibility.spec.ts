/** WCAG 2.2 AA by axe on every place and main state, in light and dark; the journey by keyboard alone; narrow screens. */
import { expect, test, type Locator, type Page } from '@playwright/test';
import { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { installAxe, violations } from './support/axe.ts';
import { createButton, openStep, overflowPx, writeButton } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { plugIn } from './support/usb-cable.ts';

test.use({ actionTimeout: 15_000 });

const places = ['trust', 'broker', 'devices', 'live'];
let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
});

test.afterAll(() => server.close());

/** Walks every place and main state of the page and of the demo, and calls `look` on each with its name. */
async function walk(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  await page.goto(`${server.origin}/index.html`);
  await expect(page.getByRole('button', { name: 'New project' })).toBeVisible();
  await look('Welcome');
  await goTo(page, 'index.html', 'trust');
  await look('a place before there is a project');
  await goTo(page, 'index.html', 'start');
  await page.getByRole('button', { name: 'New project' }).click();
  await createButton(page).click();
  await expect(page.locator('[aria-invalid=true]').first()).toBeVisible();
  await look('the form with problems');
  await walkDemo(page, look);
}

async function walkDemo(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  await page.goto(`${server.origin}/demo.html`);
  await page.getByRole('button', { name: 'New project' }).click();
  await createButton(page).click();
  await expect(page.getByRole('button', { name: 'Use a virtual board' })).toBeVisible({ timeout: 30_000 });
  await look('the checklist at Board');
  await page.getByRole('button', { name: 'Use a virtual board' }).click();
  await page.getByText(/^Details: \d+ regions$/).click({ timeout: 30_000 });
  await look('the plan');
  await writeButton(page).click();
  await expect(page.getByText('Done: the device is ready')).toBeVisible({ timeout: 60_000 });
  await page.getByText('Console', { exact: true }).click();
  await look('a board that came up, with its console');
  for (const step of ['Project', 'Broker', 'Browser', 'Live']) {
    await openStep(page, step);
    await look(`the checklist at ${step}`);
  }
  await walkPlaces(page, look);
}

async function walkPlaces(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  for (const place of places) {
    await goTo(page, 'demo.html', place);
    await look(place);
  }
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await look('Live, disconnected');
  await goTo(page, 'demo.html', 'trust');
  await page.getByText('Web authority', { exact: true }).click();
  await look('an opened certificate');
  await goTo(page, 'demo.html', 'devices/porch-1');
  await look('an opened device');
  for (const part of await page
    .getByRole('navigation', { name: 'Parts of porch-1' })
    .getByRole('link')
    .all()) {
    await part.click();
    await look(`a device's part: ${await part.innerText()}`);
  }
  await page.getByRole('button', { name: 'Device', exact: true }).click();
  await look('the dialog for a device');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Not locked' }).click();
  await look('the dialog of the lock');
}

async function goTo(page: Page, document: string, place: string): Promise<void> {
  await page.goto(`${server.origin}/${document}#/${place}`);
  const name = (place.split('/')[0] ?? '').replace(/^./, (letter) => letter.toUpperCase());
  const isEmptyStart = place === 'start';
  const heading = page.getByRole('heading', { level: 1, ...(isEmptyStart ? {} : { name }) });
  await expect(heading).toBeVisible();
}

/** Puts something wrong into the page: a judge that does not see it judges nothing. */
const plant = (page: Page, style: string): Promise<void> =>
  page.evaluate((value) => {
    const image = document.createElement('img');
    image.src = './icon.svg';
    for (const declaration of value.split(';')) {
      const [name = '', text = ''] = declaration.split(':');
      image.style.setProperty(name, text);
    }
    document.body.append(image);
  }, style);

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no place or state breaks WCAG 2.2 AA, ${colorScheme}`, async ({ page, context }) => {
    await installAxe(context);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.goto(server.origin);
    await plant(page, 'width:20px');
    expect((await violations(page)).join()).toContain('image-alt');
    const found: string[] = [];
    await walk(page, async (name) => {
      found.push(...(await violations(page)).map((line) => `${name}: ${line}`));
    });
    expect(found).toEqual([]);
  });
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('no place or state is wider than the screen', async ({ page }) => {
    const wide: string[] = [];
    await walk(page, async (name) => {
      const px = await overflowPx(page);
      if (px > 0) wide.push(`${name}: ${px} px`);
    });
    expect(wide).toEqual([]);
    await plant(page, 'width:500px');
    expect(await overflowPx(page)).toBeGreaterThan(0);
  });
});

/** Presses Tab until the element has the focus; each stop on the way must be seen. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeEnabled();
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const isThere = await target.evaluate((element) => element === document.activeElement);
    if (isThere) return;
  }
  throw new Error(`Tab does not reach ${target.toString()}`);
}

const focusRing = (page: Page): Promise<string> =>
  page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle);

test('form, connecting and writing go by keyboard alone', async ({ page }) => {
  const board = new VirtualBoard({ seed: 5 });
  await plugIn(page, board.port);
  await page.goto(server.origin);
  await tabTo(page, page.getByRole('button', { name: 'New project' }));
  expect(await focusRing(page)).toBe('solid');
  await page.keyboard.press('Enter');
  const texts = [
    ['Project name', 'Porch'],
    ['Broker host names', 'pi.local'],
    ['Wi-Fi name', 'Attic'],
    ['Wi-Fi password', 'correct horse'],
    ['Device name', 'porch-1'],
  ] as const;
  for (const [label, text] of texts) {
    await tabTo(page, page.getByRole('textbox', { name: label, exact: true }));
    await page.keyboard.type(text);
  }
  await page.keyboard.press('Enter');
  const connect = page.getByRole('button', { name: 'Connect board' });
  await expect(connect).toBeVisible({ timeout: 30_000 });
  const firmware = page.getByLabel('Firmware', { exact: true });
  await tabTo(page, firmware);
  await page.keyboard.type('Signet');
  await expect(firmware).toHaveValue('published');
  await tabTo(page, connect);
  expect(await focusRing(page)).toBe('solid');
  await page.keyboard.press('Enter');
  await expect(writeButton(page)).toBeVisible({ timeout: 30_000 });
  await tabTo(page, writeButton(page));
  await page.keyboard.press('Space');
  await expect(page.getByText(/Done: the/)).toBeVisible({ timeout: 60_000 });
  board.stop();
});
