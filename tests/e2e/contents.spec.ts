/** What stands on a board: read, verified file by file, saved, erased, put back. Only the USB cable is simulated. */
import { expect, test, type Locator, type Page } from '@playwright/test';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import { probeImage } from '../../src/littlefs/reader.ts';
import { VirtualBoard, type VirtualBoardOptions } from '../../src/virtual-board/virtual-board.ts';
import { installAxe, violations } from './support/axe.ts';
import { createProject, download, overflowPx, writeButton } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { plugIn } from './support/usb-cable.ts';

test.use({ actionTimeout: 15_000 });

const layout = layoutNamed('1m256');
const boards: VirtualBoard[] = [];
let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
});
test.afterAll(() => server.close());
test.afterEach(() => {
  for (const board of boards.splice(0)) board.stop();
});

/** A project whose device is written to a board of 1 MB, and its part *On the board*. */
async function writtenBoard(page: Page, options: VirtualBoardOptions = {}): Promise<VirtualBoard> {
  const board = new VirtualBoard({ seed: 5, flashSizeBytes: layout.flashSizeBytes, ...options });
  boards.push(board);
  await plugIn(page, board.port);
  await page.goto(server.origin);
  await createProject(page);
  await page.getByRole('link', { name: 'Devices' }).click();
  await page.getByRole('link', { name: /porch-1/ }).click();
  await page.getByLabel('Firmware', { exact: true }).selectOption('published');
  await page.getByLabel('Flash layout').selectOption(layout.name);
  await page.getByRole('button', { name: 'Connect board' }).click();
  await writeButton(page).click({ timeout: 30_000 });
  await expect(page.getByText(/Done: the/)).toBeVisible({ timeout: 60_000 });
  await page.getByRole('link', { name: 'On the board' }).click();
  return board;
}

async function readBoard(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Read (the board|again)$/ }).click();
  await expect(page.getByRole('heading', { name: 'This board' })).toBeVisible({ timeout: 30_000 });
}

const file = (page: Page, name: string): Locator =>
  page.getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) });

const deviceRow = (page: Page): Locator => page.getByRole('link', { name: /porch-1.*(flashed|seen)/ });

async function erase(page: Page, what: 'file system' | 'whole flash'): Promise<void> {
  await page.getByRole('button', { name: `Erase ${what}` }).click();
  const confirm = page.getByRole('button', { name: 'Erase', exact: true });
  await expect(confirm).toBeDisabled();
  await page.getByLabel('Type porch-1 to confirm').fill('porch-1');
  await confirm.click();
  await expect(page.getByText('Erased, and read again: this is what is left.')).toBeVisible({
    timeout: 60_000,
  });
}

const restore = (page: Page, name: string, buffer: Buffer): Promise<void> =>
  page
    .getByLabel('Restore a backup (.bin)')
    .setInputFiles({ name, mimeType: 'application/octet-stream', buffer });

test('a written board is read and verified, saved, erased, restored from the backup, and verified again', async ({
  page,
}) => {
  const board = await writtenBoard(page);
  await readBoard(page);
  const facts = page.getByRole('region', { name: 'This board' });
  await expect(facts).toContainText(/ESP8266EX/);
  await expect(facts).toContainText('1 MB, Winbond');
  await expect(facts).toContainText(/A program, flash mode DIO, 1 segment\./);
  await expect(facts).toContainText(/LittleFS of the layout 1m256: 8 files/);
  await expect(facts).toContainText(/Runs settings of porch-1, as this page wrote them last; generation/);
  await expect(page.getByText('6 same.')).toBeVisible();
  await expect(file(page, 'a.key')).toContainText('Same');
  await expect(file(page, 'sel')).toContainText("The device's own");
  await expect(file(page, 'clk')).toContainText('it only moves forward');

  const key = await download(page, page.getByRole('button', { name: 'Download /a.key, a secret' }));
  expect(key.name).toBe('porch-1-SECRET-a.key');
  expect(key.bytes[0]).toBe(0x30);
  const before = Buffer.from(board.flash.bytes);
  const backup = await download(page, page.getByRole('button', { name: 'Download whole flash (1 MB)' }));
  expect(backup.name).toMatch(/^porch-1-[0-9a-f]{12}-flash-1024KB-SECRET\.bin$/);
  expect(Buffer.compare(backup.bytes, before)).toBe(0);

  await erase(page, 'whole flash');
  await expect(facts).toContainText('None: the flash does not begin with an ESP8266 program.');
  await expect(facts).toContainText('None: no LittleFS at the place of any layout.');
  expect(board.flash.bytes.every((byte) => byte === 0xff)).toBe(true);
  await expect(deviceRow(page)).toContainText('Never flashed');

  await restore(page, backup.name, backup.bytes);
  await expect(page.getByText(/sectors, \d+ KB in all, are erased and written/)).toBeVisible({
    timeout: 30_000,
  });
  await writeButton(page).click();
  await expect(page.getByText('Done: the image is verified')).toBeVisible({ timeout: 90_000 });
  expect(Buffer.compare(board.flash.bytes, before)).toBe(0);
  await expect(page.getByText('6 same.')).toBeVisible();
  await expect(deviceRow(page)).toContainText('Written, not yet seen');
});

test('a file system is saved, erased and put back, and a change is told file by file', async ({ page }) => {
  const board = await writtenBoard(page);
  await readBoard(page);
  const image = await download(page, page.getByRole('button', { name: 'Download file system (1m256)' }));
  expect(image.name).toMatch(/-littlefs-1m256-at-0x0bb000-SECRET\.bin$/);
  expect(probeImage(image.bytes)?.geometry.blockCount).toBe(layout.blockCount);
  await erase(page, 'file system');
  await expect(page.getByRole('region', { name: 'This board' })).toContainText('A program, flash mode DIO');

  await restore(page, 'other.bin', Buffer.alloc(5000));
  await expect(page.getByText(/neither a backup of this whole flash/)).toBeVisible();
  await restore(page, image.name, image.bytes);
  await writeButton(page).click({ timeout: 30_000 });
  await expect(page.getByText('Done: the image is verified')).toBeVisible({ timeout: 60_000 });
  const region = board.flash.bytes.subarray(layout.fsOffset, layout.fsOffset + layout.fsSizeBytes);
  expect(Buffer.compare(region, image.bytes)).toBe(0);

  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Interval (seconds)').fill('60');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByRole('link', { name: 'On the board' }).click();
  await readBoard(page);
  await expect(page.getByText('4 same, 2 differ.')).toBeVisible();
  await expect(file(page, 'a.cfg')).toContainText('Changed here since the board was written.');
  await expect(file(page, 'a.ok')).toContainText('The seal covers the other five files');
});

test('a board that is unplugged while its flash is downloaded says so, and a second try brings the file', async ({
  page,
}) => {
  const board = await writtenBoard(page);
  await readBoard(page);
  board.setFaults({ unplug: { direction: 'fromChip', afterBytes: 300_000 } });
  const save = page.getByRole('button', { name: 'Download whole flash (1 MB)' });
  await save.click();
  await expect(page.getByText('The board was unplugged.')).toBeVisible({ timeout: 30_000 });
  await expect(save).toBeEnabled();
  board.plug();
  const backup = await download(page, page.getByRole('button', { name: 'Retry' }));
  expect(Buffer.compare(backup.bytes, board.flash.bytes)).toBe(0);
});

test('a download is cancelled, and the port is free for the console at once', async ({ page }) => {
  await writtenBoard(page);
  await readBoard(page);
  await page.getByRole('button', { name: 'Download whole flash (1 MB)' }).click();
  await expect(page.getByRole('progressbar')).toBeInViewport({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Cancelled. Nothing on the board was changed.')).toBeVisible({
    timeout: 30_000,
  });
  await page.getByRole('link', { name: 'Board', exact: true }).click();
  await expect(page.getByRole('button', { name: /Connect board|Write again/ })).toBeEnabled();
});

test('the part holds WCAG 2.2 AA, and needs no wider window than a phone has', async ({ page, context }) => {
  await installAxe(context);
  await writtenBoard(page);
  await readBoard(page);
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await overflowPx(page)).toBe(0);
  await page.getByRole('button', { name: 'Erase whole flash' }).click();
  expect(await violations(page)).toEqual([]);
});
