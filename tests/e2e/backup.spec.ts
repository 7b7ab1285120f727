/** A project goes from one browser to another in a backup file; a changed one is refused; the journal can be checked. */
import { expect, test, type Page } from '@playwright/test';
import { installAxe, violations } from './support/axe.ts';
import { createProject, download, overflowPx } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { storedText } from './support/stored.ts';

test.use({ actionTimeout: 15_000 });

const filePassphrase = 'quarry lantern ostrich tumble';
const newLock = 'velvet harbour sixteen pickle';
let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
});

test.afterAll(() => server.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function openKeepSafe(page: Page): Promise<void> {
  await page.goto(`${server.origin}/#/start/keep`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

async function saveBackup(page: Page): Promise<{ name: string; bytes: Buffer }> {
  await page.getByLabel('Passphrase of the file', { exact: true }).fill(filePassphrase);
  await page.getByLabel('The same again', { exact: true }).fill(filePassphrase);
  const file = await download(page, button(page, 'Save backup'));
  await expect(page.getByText('Everything is in the last backup')).toBeVisible();
  return file;
}

async function chooseBackup(page: Page, file: { name: string; bytes: Buffer }): Promise<void> {
  await page
    .getByLabel('Backup file')
    .setInputFiles({ name: file.name, mimeType: 'application/octet-stream', buffer: file.bytes });
}

async function openBackup(page: Page, passphrase: string): Promise<void> {
  await page.getByLabel('Passphrase of the backup', { exact: true }).fill(passphrase);
  await button(page, 'Open').click();
}

test('a project goes into another browser, under another lock', async ({ page, browser }) => {
  await page.goto(server.origin);
  await createProject(page, { psk: 'wlan-canary-7431' });
  await openKeepSafe(page);
  await expect(page.getByText('Never backed up')).toBeVisible();
  await page.getByLabel('Passphrase of the file', { exact: true }).fill(filePassphrase);
  await page.getByLabel('The same again', { exact: true }).fill('something else entirely');
  await button(page, 'Save backup').click();
  await expect(page.getByText('The two passphrases are not the same.')).toBeVisible();
  const file = await saveBackup(page);
  expect(file.name).toMatch(/^porch-\d{4}-\d\d-\d\d-\d{4}\.signet-backup$/);
  expect(file.bytes.toString('latin1')).not.toMatch(/canary|Attic|pi\.local/);

  const other = await browser.newContext();
  const there = await other.newPage();
  await there.goto(server.origin);
  await there.getByRole('link', { name: 'Restore a backup' }).click();
  await expect(there.getByRole('heading', { level: 1, name: 'Restore a backup' })).toBeVisible();
  await chooseBackup(there, { name: 'notes.txt', bytes: Buffer.from('nothing of ours, but long enough') });
  await expect(there.getByText('This file is no backup of Signet.')).toBeVisible();
  const changed = Buffer.from(file.bytes);
  changed[changed.length - 9] = (changed[changed.length - 9] ?? 0) ^ 4;
  await chooseBackup(there, { name: file.name, bytes: changed });
  await openBackup(there, filePassphrase);
  await expect(there.getByText(/The backup was changed or cut/)).toBeVisible();
  await chooseBackup(there, file);
  await openBackup(there, 'not this one at all');
  await expect(there.getByText(/not the backup's passphrase/)).toBeVisible();
  await openBackup(there, filePassphrase);
  await expect(there.getByText('nothing here changes', { exact: false })).toBeVisible();
  await there.getByLabel('Passphrase in this browser (optional)', { exact: true }).fill(newLock);
  await button(there, 'Restore').click();
  await expect(there.getByRole('heading', { level: 1, name: 'Keep Porch safe' })).toBeVisible();
  await expect(there.getByRole('button', { name: /^Unlocked for signing/ })).toBeVisible();
  expect(await storedText(there), 'the restored secrets are sealed').not.toContain('canary');
  await there.reload();
  await expect(there.getByRole('button', { name: 'Locked' })).toBeVisible();
  await there.getByRole('button', { name: 'Locked' }).click();
  await there.getByLabel('Passphrase', { exact: true }).fill(newLock);
  await button(there, 'Unlock').click();
  await expect(there.getByRole('button', { name: /^Unlocked for signing/ })).toBeVisible();
  await expect(there.getByText('Whole: 3 entries')).toBeVisible();
  await other.close();
});

test('restoring over a project says first what goes, and what was done since', async ({ page }) => {
  await page.goto(server.origin);
  await createProject(page);
  await openKeepSafe(page);
  const file = await saveBackup(page);
  await page.goto(`${server.origin}/#/devices`);
  await button(page, 'Device').click();
  await page.getByLabel('Device name').fill('door-1');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^(Add|Create)/ })
    .click();
  await expect(
    page.getByRole('heading', { level: 1, name: 'door-1' }).or(page.getByRole('link', { name: /door-1/ })),
  ).toBeVisible();
  await openKeepSafe(page);
  await expect(page.getByText('Made since the last backup')).toBeVisible();
  await chooseBackup(page, file);
  await openBackup(page, filePassphrase);
  await expect(page.getByText('door-1 goes: it was made after the backup.')).toBeVisible();
  await button(page, 'Replace and restore').click();
  await expect(page.getByText('Restored', { exact: true })).toBeVisible();
  await page.goto(`${server.origin}/#/devices`);
  await expect(page.getByRole('link', { name: /porch-1/ })).toBeVisible();
  await expect(page.getByRole('link', { name: /door-1/ })).toHaveCount(0);
});

test('the journal is exported and compared, and a changed copy shows', async ({ page }) => {
  await page.goto(server.origin);
  await createProject(page);
  await openKeepSafe(page);
  const copy = await download(page, button(page, 'Export journal'));
  await saveBackup(page);
  const compare = (bytes: Buffer): Promise<void> =>
    page
      .getByLabel('Older export of the journal')
      .setInputFiles({ name: copy.name, mimeType: 'application/json', buffer: bytes });
  await compare(copy.bytes);
  await expect(page.getByText("The copy's 1 entries stand unchanged")).toBeVisible();
  await compare(Buffer.from(copy.bytes.toString().replace('project created', 'project stolen')));
  await expect(page.getByText('The copy itself was changed, at its entry 1.')).toBeVisible();
  await compare(Buffer.from('{"kind":"other"}'));
  await expect(page.getByText('This file is no journal of Signet.')).toBeVisible();
});

test('a project that is not open is deleted, and the last one leads back to the welcome', async ({
  page,
}) => {
  await page.goto(server.origin);
  await createProject(page);
  await page.getByRole('button', { name: 'New project' }).click();
  await page.getByLabel('Project name').fill('Barn');
  await page.getByLabel('Broker host names').fill('pi.local');
  await page.getByLabel('Wi-Fi name').fill('Attic');
  await page.getByLabel('Device name').fill('barn-1');
  await button(page, 'Create').click();
  await expect(page.getByRole('heading', { level: 1, name: 'Barn' })).toBeVisible({ timeout: 30_000 });
  await openKeepSafe(page);
  await button(page, 'Delete Porch').click();
  await button(page, 'Delete from this browser').click();
  await expect(button(page, 'Delete Porch')).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1, name: 'Keep Barn safe' })).toBeVisible();
  await button(page, 'Delete Barn').click();
  await button(page, 'Delete from this browser').click();
  await expect(page.getByRole('heading', { level: 1, name: 'Restore a backup' })).toBeVisible();
  expect(await storedText(page)).not.toMatch(/Porch|Barn/);
});

for (const scheme of ['light', 'dark'] as const) {
  test(`the screen has no accessibility faults and fits a phone, ${scheme}`, async ({ page }) => {
    await installAxe(page.context());
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(server.origin);
    await createProject(page);
    await openKeepSafe(page);
    const file = await saveBackup(page);
    await chooseBackup(page, file);
    await openBackup(page, filePassphrase);
    await expect(button(page, 'Replace and restore')).toBeVisible();
    expect(await violations(page)).toEqual([]);
    const { SCREENSHOTS } = process.env;
    if (SCREENSHOTS)
      await page.screenshot({ path: `${SCREENSHOTS}/keep-${scheme}-wide.png`, fullPage: true });
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflowPx(page)).toBe(0);
    if (SCREENSHOTS)
      await page.screenshot({ path: `${SCREENSHOTS}/keep-${scheme}-phone.png`, fullPage: true });
  });
}
