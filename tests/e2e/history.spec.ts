/** Readings that stay: recorded from the demo's virtual board, over reloads, with charts, export, import, limits and alerts. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { installAxe, violations } from './support/axe.ts';
import { createButton, download, overflowPx } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { watch } from './support/watch.ts';

let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
});

test.afterAll(() => server.close());

const chart = (page: Page) => page.getByRole('application', { name: /^Chart of / });
const row = (page: Page, series: string) =>
  page.getByRole('table', { name: /^Series/ }).getByRole('row', { name: new RegExp(series) });

/** A project of the demo, opened on a part of Live. */
async function demoProject(page: Page): Promise<void> {
  await installAxe(page.context());
  await page.goto(`${server.origin}/demo.html`);
  await page.getByRole('button', { name: 'New project' }).click();
  await createButton(page).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Porch' })).toBeVisible({ timeout: 30_000 });
}

async function openPart(page: Page, part: string): Promise<void> {
  await page.goto(`${server.origin}/demo.html#/live/${part}`);
  await expect(page.getByText('Connected', { exact: true })).toBeVisible({ timeout: 20_000 });
}

const hourMs = 3_600_000;

/** Three days, a reading a minute, three hours of silence in the midst; one line that is none. */
function csvUntil(nowMs: number): string {
  const lines = ['time,porch-1/temperature,porch-1/humidity'];
  for (let minute = 3 * 1440; minute >= 1; minute--) {
    if (minute > 600 && minute <= 780) continue;
    const atMs = nowMs - minute * 60_000;
    const value = 21 + 3 * Math.sin((atMs / 86_400_000) * 2 * Math.PI) + ((minute * 7919) % 7) / 10;
    lines.push(`${new Date(atMs).toISOString()},${value.toFixed(1)},${(60 - value).toFixed(0)}`);
  }
  return [...lines, 'yesterday,1,2', ''].join('\n');
}

async function importCsv(page: Page, text: string): Promise<void> {
  await page
    .getByLabel('CSV file')
    .setInputFiles({ name: 'porch.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByRole('button', { name: 'Keep them' }).click();
}

test('readings are kept, survive a reload, and leave as CSV and JSON', async ({ page }) => {
  const seen = watch(page, server.origin);
  await demoProject(page);
  await page.getByRole('button', { name: 'Use a virtual board' }).click();
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await expect(page.getByText('Done: the device is ready')).toBeVisible({ timeout: 60_000 });
  await openPart(page, 'porch-1/charts');
  await expect(page.getByText('Being kept', { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(chart(page)).toBeVisible({ timeout: 30_000 });
  await expect(row(page, 'Temperature')).toContainText(/\d+\.\d °C/);
  await page.waitForTimeout(2_500);

  await page.reload();
  // The virtual board ended with the page; what it measured did not.
  await expect(chart(page)).toHaveAccessibleName('Chart of Temperature and Humidity of porch-1', {
    timeout: 30_000,
  });
  await expect(row(page, 'Temperature')).toContainText(/\d+\.\d °C/);
  const csv = await download(page, page.getByRole('button', { name: 'CSV of this range' }));
  expect(csv.name).toBe('DEMO-porch-1-history.csv');
  expect(csv.bytes.toString()).toMatch(
    /^time,device,quantity,value,min,max,count,source\r\n.*Z,porch-1,temperature,[\d.]+,/,
  );
  const json = await download(page, page.getByRole('button', { name: 'JSON of this range' }));
  const [first] = JSON.parse(json.bytes.toString()) as { quantity: string; readings: { value: number }[] }[];
  expect(first?.quantity).toBe('temperature');
  expect(first?.readings.length).toBeGreaterThan(0);
  expect(seen.complaints, 'no error, no broken policy').toEqual([]);
  expect(seen.foreign).toEqual([]);
});

test('a CSV file is looked at, kept once, drawn with its gap, limited and cleared', async ({ page }) => {
  const seen = watch(page, server.origin);
  await demoProject(page);
  await openPart(page, '!history');

  await test.step('the preview names what is wrong, line by line', async () => {
    const text = csvUntil(Date.now());
    await page
      .getByLabel('CSV file')
      .setInputFiles({ name: 'porch.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await expect(page.getByText('8,280 readings in 4,141 lines.')).toBeVisible();
    await expect(page.getByText('"yesterday" is no time.')).toBeVisible();
    await page.getByRole('button', { name: 'Keep them' }).click();
    await expect(page.getByText('8,280 readings kept, 0 were there already.')).toBeVisible({
      timeout: 20_000,
    });
    await importCsv(page, text);
    await expect(page.getByText('0 readings kept, 8,280 were there already.')).toBeVisible({
      timeout: 20_000,
    });
  });

  await test.step('every range shows its readings, and the numbers of what is seen', async () => {
    await page.goto(`${server.origin}/demo.html#/live/porch-1/charts`);
    const readings = row(page, 'Temperature').getByRole('cell').last();
    await expect(readings).toHaveText(/^(59|60|61)$/);
    await page.getByRole('button', { name: '24 h' }).click();
    await expect(readings).toHaveText(/^1,2(59|60|61)$/);
    await page.getByRole('button', { name: '7 d' }).click();
    await expect(readings).toHaveText('4,140');
    await page.getByRole('button', { name: '30 d' }).click();
    await expect(readings).toHaveText('4,140');
    await expect(page.getByRole('button', { name: '30 d' })).toHaveAttribute('aria-pressed', 'true');
  });

  await test.step('by keyboard: the cursor speaks, the chart moves and zooms, and comes back', async () => {
    await page.getByRole('button', { name: '24 h' }).click();
    await chart(page).focus();
    await page.keyboard.press('ArrowLeft');
    await expect(page.getByText(/: Temperature \d+\.\d °C.*, Humidity \d+ %/)).toBeVisible();
    await page.keyboard.press('PageUp');
    await expect(page.getByRole('button', { name: 'Custom' })).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('+');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: '1 h', exact: true })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
  });

  await test.step('by mouse: a marked range is zoomed into, in the gap there is nothing', async () => {
    await page.getByRole('button', { name: '24 h' }).click();
    const box = await chart(page).boundingBox();
    if (!box) throw new Error('no chart');
    // The silence began 13 hours ago and ended 10 hours ago; the drawn area lies between two axes.
    const at = (hoursAgo: number): number => box.x + 58 + (box.width - 116) * (1 - hoursAgo / 24);
    await page.mouse.move(at(12.5), box.y + 100);
    await page.mouse.down();
    await page.mouse.move(at(10.5), box.y + 100, { steps: 5 });
    await page.mouse.up();
    await expect(page.getByText('Nothing was kept in this range.')).toBeVisible();
    await page.getByRole('button', { name: 'Back to now' }).click();
  });

  await test.step('as a table, in °F, and without complaints of axe', async () => {
    await page.getByText('As a table').click();
    await expect(
      page.getByRole('region', { name: 'Readings as a table' }).getByRole('row').nth(1),
    ).toContainText(/°C/);
    await page.getByRole('button', { name: 'Show in °F' }).click();
    await expect(row(page, 'Temperature')).toContainText(/\d\d\.\d °F/);
    await page.getByRole('button', { name: 'Show in °C' }).click();
    expect(await violations(page)).toEqual([]);
    expect(await overflowPx(page)).toBe(0);
  });

  await test.step('a smaller limit takes detail before age', async () => {
    await page.goto(`${server.origin}/demo.html#/live/!history`);
    await page.getByLabel('Keep at most (MB)').fill('1');
    await page.getByRole('button', { name: 'Set limit' }).click();
    await expect(page.getByText(/of 1\.0 MB$/)).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await expect(page.getByText(/of 1\.0 MB$/)).toBeVisible();
  });

  await test.step('cleared, everything is gone and says so', async () => {
    await page.getByRole('button', { name: 'Clear …' }).click();
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await expect(page.getByText('Everything that was kept is gone.')).toBeVisible();
    await page.goto(`${server.origin}/demo.html#/live/porch-1/charts`);
    await expect(page.getByRole('heading', { name: 'No readings of porch-1 yet' })).toBeVisible();
  });
  expect(seen.complaints, 'no error, no broken policy').toEqual([]);
});

test('a threshold is raised, seen, logged, and remembered over a reload', async ({ page }) => {
  await demoProject(page);
  await openPart(page, '!history');
  await importCsv(page, `time,porch-1/temperature\n${new Date(Date.now() - hourMs).toISOString()},20\n`);
  await page.goto(`${server.origin}/demo.html#/live/porch-1/charts`);
  await page.getByRole('button', { name: 'Add threshold' }).click();
  await page.getByLabel('Tell me when it').selectOption('silence');
  await page.getByLabel('Limit (s)').fill('1');
  await page.getByRole('button', { name: 'Add threshold' }).click();
  await expect(page.getByText(/at least 5 seconds/)).toBeVisible();
  await page.getByLabel('Limit (s)').fill('5');
  await page.getByRole('button', { name: 'Add threshold' }).click();
  await expect(page.getByRole('alert')).toContainText('porch-1: Temperature no reading for 5 s', {
    timeout: 20_000,
  });
  await page.getByRole('link', { name: 'Start', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('no reading for 5 s');
  await page.getByRole('alert').getByRole('link', { name: 'Alerts' }).click();
  await expect(page.getByText('Not seen yet')).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Mark all as seen' }).click();
  await expect(page.getByRole('alert')).toBeHidden();
  await page.reload();
  await expect(page.getByText('porch-1: Temperature no reading for 5 s')).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('Not seen yet')).toBeHidden();
});

test('a full browser is said in words, the rest goes on, and with room again readings are kept', async ({
  page,
}) => {
  // Limited before it stores anything: Chromium caches how much is left.
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 3_000_000 });
  await demoProject(page);
  await openPart(page, '!history');
  await expect(page.getByText('Being kept', { exact: true })).toBeVisible({ timeout: 20_000 });
  const noise = Array.from(
    { length: 140_000 },
    (_, i) => `${1_764_000_000 + i},${Math.random()},${Math.random()}`,
  );
  await importCsv(page, ['time,porch-1/a,porch-1/b', ...noise].join('\n'));
  await expect(page.getByText(/^Not kept since/)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('The browser gives this page no more space.').first()).toBeVisible();
  await expect(page.getByText(/held in memory and will be kept as soon as there is room/)).toBeVisible();
  // Everything else works.
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await expect(page.getByRole('link', { name: /porch-1/ })).toBeVisible();
  await page.goto(`${server.origin}/demo.html#/live/!history`);
  await page.getByRole('button', { name: 'Clear …' }).click();
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect(page.getByText('Being kept', { exact: true })).toBeVisible({ timeout: 60_000 });
});

test('the files for Telegraf come with a certificate that OpenSSL knows as the project', async ({
  page,
}, info) => {
  await demoProject(page);
  await openPart(page, '!history');
  const zip = await download(page, page.getByRole('button', { name: 'Get Telegraf files' }));
  expect(zip.name).toBe('DEMO-porch-telegraf.zip');
  await expect(page.getByText(/A certificate .telegraf. was made/)).toBeVisible();
  const folder = path.join(info.outputDir, 'telegraf');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'x.zip'), zip.bytes);
  execFileSync('unzip', ['-q', 'x.zip'], { cwd: folder });
  const openssl = (...args: string[]): string =>
    execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  const certs = 'telegraf/certs';
  expect(openssl('x509', '-in', `${certs}/client.crt`, '-noout', '-subject')).toContain('telegraf');
  expect(openssl('x509', '-in', `${certs}/client.crt`, '-noout', '-pubkey')).toBe(
    openssl('pkey', '-in', `${certs}/client.key`, '-pubout'),
  );
  // Once more: the same certificate.
  await download(page, page.getByRole('button', { name: 'Get Telegraf files' }));
  await page.getByRole('link', { name: 'Trust', exact: true }).click();
  await expect(page.getByText('telegraf', { exact: true })).toHaveCount(1);
});
