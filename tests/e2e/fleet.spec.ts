/** A class from a table: faults per row, all good ones made at once; a device's own settings and journal. */
import { expect, test, type Page } from '@playwright/test';
import { installAxe, violations } from './support/axe.ts';
import { createProject, download, openStep, overflowPx } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { storedText } from './support/stored.ts';

test.use({ actionTimeout: 15_000 });

let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
});

test.afterAll(() => server.close());

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

const tableOf = (rows: readonly string[]): string =>
  ['id,sensor,sensor_pin,interval_s,relay_pin,wifi_ssid,wifi_password,notes', ...rows].join('\r\n');

async function bring(page: Page, text: string): Promise<void> {
  await page
    .getByLabel('Table of devices')
    .setInputFiles({ name: 'class.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
}

test('a class of thirty comes from a table, without the rows that have a fault', async ({ page }) => {
  await page.goto(server.origin);
  await createProject(page);
  await page.goto(`${server.origin}/#/devices/!table`);
  const sample = await download(page, button(page, 'Save a sample'));
  expect(sample.bytes.toString()).toMatch(/^id,sensor,/);
  await bring(page, 'nothing,of,ours\n1,2,3');
  await expect(page.getByText('This is no table of devices', { exact: false })).toBeVisible();
  const good = Array.from({ length: 30 }, (_, i) => `bench-${i + 1},dht22,4,10,,,,seat ${i + 1}`);
  good[29] = 'bench-30,none,,,5,Barn,wlan-canary-55,by the door';
  await bring(page, tableOf([...good, 'bench-3,none,,,,,,', 'porch-1,none,,,,,,', 'odd,dht99,,,,,,']));
  await expect(page.getByText('3 of 33 rows have a fault')).toBeVisible();
  await expect(page.getByText('The sensor "dht99" is not one of', { exact: false })).toBeVisible();
  await button(page, 'Make 30 devices').click();
  await expect(page.getByText('30 made')).toBeVisible({ timeout: 60_000 });
  await page.goto(`${server.origin}/#/devices`);
  await expect(page.getByRole('heading', { name: '31 devices' })).toBeVisible();
  expect(await storedText(page)).not.toContain('canary');
  await page.goto(`${server.origin}/#/devices/bench-30/journal`);
  await expect(page.getByText('by the door')).toBeVisible();
  await expect(page.getByText(/^device added/)).toBeVisible();
});

test('settings that most devices leave alone are set, checked and kept', async ({ page }) => {
  await page.goto(server.origin);
  await createProject(page);
  await page.goto(`${server.origin}/#/devices/porch-1/settings`);
  await page.getByText('NeoPixel, outputs, time, messages, connection').click();
  await page.getByLabel('NeoPixel', { exact: true }).selectOption('Shows the temperature');
  await page.getByLabel('Colour changes at (°C)').fill('30, 20, 10, 0');
  await page.getByLabel('Zone for what people read').selectOption('Berlin, Paris, Rome, Madrid');
  await page.getByLabel('The broker must prove').selectOption('And its present key');
  await button(page, 'Save settings').click();
  await expect(
    page.getByText('four temperatures at which the colour changes', { exact: false }),
  ).toBeVisible();
  await page.getByLabel('Colour changes at (°C)').fill('0, 10.5, 25, 30');
  await button(page, 'Save settings').click();
  await expect(page.getByText('Saved.', { exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Colour changes at (°C)')).toHaveValue('0, 10.5, 25, 30');
  await expect(page.getByLabel('The same as POSIX text')).toHaveValue('CET-1CEST,M3.5.0,M10.5.0/3');
});

test('a project takes a second network, and gives one up', async ({ page }) => {
  await page.goto(server.origin);
  await createProject(page);
  await openStep(page, 'Project');
  await page.getByRole('button', { name: 'Edit Wi-Fi' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit Wi-Fi' });
  await dialog.getByLabel('Network', { exact: true }).selectOption('Another one');
  await dialog.getByLabel('Wi-Fi name').fill('Barn');
  await dialog.getByLabel('Wi-Fi password', { exact: true }).fill('correct horse');
  await dialog.getByRole('button', { name: 'Save Wi-Fi' }).click();
  await expect(page.getByText('Attic, Barn')).toBeVisible();
  await page.getByRole('button', { name: 'Edit Wi-Fi' }).click();
  await dialog.getByRole('button', { name: 'Take it away' }).click();
  await expect(page.getByText('Attic, Barn')).toHaveCount(0);
  await expect(page.getByText('Barn', { exact: true })).toBeVisible();
});

for (const scheme of ['light', 'dark'] as const) {
  test(`tables and settings have no accessibility faults and fit a phone, ${scheme}`, async ({ page }) => {
    await installAxe(page.context());
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(server.origin);
    await createProject(page);
    const { SCREENSHOTS } = process.env;
    const look = async (name: string): Promise<void> => {
      await page.setViewportSize({ width: 1280, height: 800 });
      expect(await violations(page), name).toEqual([]);
      if (SCREENSHOTS)
        await page.screenshot({ path: `${SCREENSHOTS}/${name}-${scheme}-wide.png`, fullPage: true });
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await overflowPx(page), name).toBe(0);
      if (SCREENSHOTS)
        await page.screenshot({ path: `${SCREENSHOTS}/${name}-${scheme}-phone.png`, fullPage: true });
    };
    await page.goto(`${server.origin}/#/devices/!table`);
    await bring(page, tableOf(['bench-1,dht22,4,10,,,,seat 1', 'odd,dht99,,,,,,']));
    await expect(page.getByText('1 of 2 rows have a fault')).toBeVisible();
    await look('table');
    await page.goto(`${server.origin}/#/devices/porch-1/settings`);
    await page.getByText('NeoPixel, outputs, time, messages, connection').click();
    await page.getByLabel('NeoPixel', { exact: true }).selectOption('Shows the temperature');
    await page.getByLabel('Eight outputs').selectOption('On when high');
    await page.getByLabel('Form', { exact: true }).selectOption('iot-2 (Watson workshop)');
    await page.getByLabel('The broker must prove').selectOption('Fingerprint only (weaker)');
    await look('settings');
  });
}
