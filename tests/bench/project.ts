/**
 * A thousand devices in one project, in Chromium: made from a table and saved, their list opened, everything backed up
 * and restored in another browser. What a person presses is pressed; what is typed is there at once.
 */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';
import { median, note, type Bench } from './support/bench.ts';
import { buildInto, serveFolder, temporaryFolder } from './support/built-page.ts';
import { withChromium } from './support/chromium.ts';
import { longestMainThreadTask } from './support/main-thread.ts';

const DEVICES = 1_000;
const LIST_RUNS = 7;
const PASSPHRASE = 'quarry lantern ostrich tumble';

interface Times {
  readonly makeS: number;
  readonly makeBlockMs: number;
  readonly listMs: number;
  readonly backupRestoreS: number;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

async function makeProject(page: Page, origin: string): Promise<void> {
  await page.goto(origin);
  await button(page, 'New project').click();
  await page.getByLabel('Project name').fill('Porch');
  await page.getByLabel('Broker host names').fill('pi.local');
  await page.getByLabel('Wi-Fi name').fill('Attic');
  await page.getByLabel('Device name').fill('porch-1');
  await button(page, 'Create').click();
  await page.getByRole('heading', { level: 1, name: 'Porch' }).waitFor();
}

/** From pressing *Make* until all are saved, and the longest task of the page's main thread meanwhile. */
async function make(
  browser: Browser,
  page: Page,
  origin: string,
): Promise<Pick<Times, 'makeS' | 'makeBlockMs'>> {
  await page.goto(`${origin}/#/devices/!table`);
  const rows = Array.from({ length: DEVICES - 1 }, (_, i) => `bench-${i + 1},dht22`);
  const buffer = Buffer.from(['id,sensor', ...rows].join('\n'));
  await page
    .getByLabel('Table of devices')
    .setInputFiles({ name: 'devices.csv', mimeType: 'text/csv', buffer });
  const makeThem = button(page, `Make ${DEVICES - 1} devices`);
  await makeThem.waitFor();
  let makeS = 0;
  const { wallMs, cpuMs } = await longestMainThreadTask(browser, page, async () => {
    makeS = await seconds(async () => {
      await makeThem.click();
      await page.getByText(`${DEVICES - 1} made`).waitFor({ timeout: 120_000 });
    });
  });
  note(
    `  made in ${makeS.toFixed(2)} s, longest task ${wallMs.toFixed(0)} ms, of processor time ${cpuMs.toFixed(0)} ms`,
  );
  return { makeS, makeBlockMs: wallMs };
}

/** From pressing *Devices* until the list stands drawn; by the page's own clock. */
const openList = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    window.location.hash = '#/live';
    await new Promise((resolve) => setTimeout(resolve, 300));
    const startedMs = performance.now();
    window.location.hash = '#/devices';
    while (!document.querySelector('ul[aria-label="Devices"] li')) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - startedMs;
  });

async function backUpAndRestore(browser: Browser, page: Page, origin: string): Promise<number> {
  await page.goto(`${origin}/#/start/keep`);
  await page.getByLabel('Passphrase of the file', { exact: true }).fill(PASSPHRASE);
  await page.getByLabel('The same again', { exact: true }).fill(PASSPHRASE);
  let file = '';
  const savingS = await seconds(async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      button(page, 'Save backup').click(),
    ]);
    file = await download.path();
  });
  const context = await browser.newContext();
  const there = await context.newPage();
  await there.goto(`${origin}/#/start/keep`);
  const backup = {
    name: 'porch.signet-backup',
    mimeType: 'application/octet-stream',
    buffer: readFileSync(file),
  };
  await there.getByLabel('Backup file').setInputFiles(backup);
  await there.getByLabel('Passphrase of the backup', { exact: true }).fill(PASSPHRASE);
  const openingS = await seconds(async () => {
    await button(there, 'Open').click();
    await button(there, 'Restore').waitFor();
  });
  const restoringS = await seconds(async () => {
    await button(there, 'Restore').click();
    await there.getByText('Restored', { exact: true }).waitFor();
  });
  await context.close();
  note(
    `  saved in ${savingS.toFixed(2)} s (${backup.buffer.length} bytes), opened in ${openingS.toFixed(2)} s, restored in ${restoringS.toFixed(2)} s`,
  );
  return savingS + openingS + restoringS;
}

async function measured(): Promise<Times> {
  const { folder, dispose } = temporaryFolder();
  await buildInto(folder);
  const server = await serveFolder(folder);
  try {
    return await withChromium(async (browser) => {
      const page = await browser.newPage({ acceptDownloads: true });
      await makeProject(page, server.origin);
      const made = await make(browser, page, server.origin);
      const lists: number[] = [];
      for (let run = 0; run < LIST_RUNS; run += 1) lists.push(await openList(page));
      note(`  list: ${lists.map((ms) => ms.toFixed(0)).join(', ')} ms`);
      const backupRestoreS = await backUpAndRestore(browser, page, server.origin);
      return { ...made, listMs: median(lists), backupRestoreS };
    });
  } finally {
    await server.close();
    dispose();
  }
}

let running: Promise<Times> | null = null;
const times = (): Promise<Times> => (running ??= measured());

const bench = (name: string, unit: string, part: (of: Times) => number): Bench => ({
  name,
  unit,
  run: async () => ({ value: part(await times()), yardstick: null }),
});

export const benches: readonly Bench[] = [
  bench('project.1000.list', 'ms', ({ listMs }) => listMs),
  bench('project.1000.make', 's', ({ makeS }) => makeS),
  bench('project.1000.make.longest-block', 'ms', ({ makeBlockMs }) => makeBlockMs),
  bench('project.1000.backup-restore', 's', ({ backupRestoreS }) => backupRestoreS),
];
