/** The demo, walked from Welcome to an answered command: no hardware, no broker, and no request to anybody. */
import { expect, test, type Page } from '@playwright/test';
import { createButton, download, openStep, stage, writeButton } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { watch } from './support/watch.ts';

let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
});

test.afterAll(() => server.close());

const databases = (page: Page): Promise<string[]> =>
  page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name ?? '').sort());

test('without hardware and without a broker the demo goes to live readings and an answered command', async ({
  page,
}) => {
  const seen = watch(page, server.origin);
  const card = page.getByRole('article').filter({ hasText: 'porch-1' });
  await page.goto(server.origin);

  await test.step('Welcome leads into it, and it says what it is', async () => {
    await page.getByRole('link', { name: 'Try it with a virtual board' }).click();
    await expect(page.getByText(/nothing here is real, TLS is simulated/)).toBeVisible();
  });

  await test.step('the form is filled in already', async () => {
    await page.getByRole('button', { name: 'New project' }).click();
    await expect(page.getByLabel('Broker host names')).toHaveValue('pi.local');
    await createButton(page).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Porch' })).toBeVisible({ timeout: 30_000 });
  });

  await test.step('the virtual board is written, and its first reading comes over the cable', async () => {
    await page.getByRole('button', { name: 'Use a virtual board' }).click();
    await expect(page.getByText(/are erased and written, then verified/)).toBeVisible({ timeout: 30_000 });
    await writeButton(page).click();
    await expect(page.getByText('Done: the device is ready')).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText(/^\d+\.\d °C$/)).toBeVisible();
    await expect(stage(page, /^TLS/)).toContainText('Simulated', { timeout: 20_000 });
    await expect(stage(page, /^Broker(?!')/)).toContainText('OK', { timeout: 20_000 });
  });

  await test.step('downloads say that they are of the demo', async () => {
    await openStep(page, 'Broker');
    const bundle = await download(page, page.getByRole('button', { name: 'Get broker files' }));
    expect(bundle.name).toBe('DEMO-porch-broker.zip');
    expect(bundle.bytes.subarray(0, 2).toString()).toBe('PK');
    await openStep(page, 'Browser');
    const authority = await download(page, page.getByRole('button', { name: /^Download .*web-authority/ }));
    expect(authority.name).toMatch(/^DEMO-porch-web-authority\.crt$/);
  });

  await test.step('readings arrive live, as numbers and as a chart', async () => {
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await expect(page.getByText('Connected', { exact: true })).toBeVisible({ timeout: 20_000 });
    await expect(card.getByText('Online')).toBeVisible({ timeout: 20_000 });
    await expect(card.getByText(/^\d+\.\d °C$/)).toBeVisible({ timeout: 20_000 });
    await expect(card.getByRole('img', { name: 'Chart of Temperature and Humidity' })).toBeVisible({
      timeout: 40_000,
    });
  });

  await test.step('a signed command is answered', async () => {
    await card.getByRole('button', { name: 'LED on' }).click();
    await expect(card.getByText(/^Done, \d+ ms$/)).toBeVisible({ timeout: 20_000 });
  });

  await test.step('a reload unplugs the virtual board, and the checklist says so', async () => {
    await page.goto(`${server.origin}/demo.html#/start`);
    await expect(page.getByRole('button', { name: /Board.*done$/ })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('button', { name: /Board.*now$/ })).toBeVisible();
    await expect(page.getByRole('button', { name: /Live.*next$/ })).toBeVisible();
    await expect(page.getByText(/virtual board was unplugged/)).toBeVisible();
    await page.getByRole('button', { name: 'Use a virtual board' }).click();
    await expect(page.getByText(/virtual board was unplugged/)).toBeHidden();
    await writeButton(page).click({ timeout: 30_000 });
    await expect(page.getByText('Done: the device is ready')).toBeVisible({ timeout: 60_000 });
    await expect(page.getByRole('button', { name: /Board.*done$/ })).toBeVisible();
  });

  await test.step('the project survives a reload', async () => {
    await page.reload();
    await page.getByRole('link', { name: 'Devices' }).click();
    await expect(page.getByRole('link', { name: /porch-1/ })).toBeVisible();
  });

  await test.step('and the page itself knows nothing of it', async () => {
    expect(await databases(page)).toContain('signet-demo');
    await page.getByRole('link', { name: 'Leave the demo' }).click();
    await expect(page.getByRole('button', { name: 'New project' })).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Secure ESP8266 devices/);
  });

  expect(seen.foreign, 'the page talks to nobody').toEqual([]);
  expect(seen.complaints, 'no error, no broken policy').toEqual([]);
});
