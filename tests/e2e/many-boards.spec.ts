/** Many boards: several at once, one unplugged in the middle, swapped, not swapped; the next board; a long list. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { installAxe, violations } from './support/axe.ts';
import { createButton, createProject, download, overflowPx, writeButton } from './support/journey.ts';
import { onBoard } from './support/on-board.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { plugIn } from './support/usb-cable.ts';
import { watch } from './support/watch.ts';

test.use({ actionTimeout: 15_000 });

let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
});

test.afterAll(() => server.close());

const lane = (page: Page, id: number): Locator => page.getByRole('listitem', { name: `Lane ${id}` });
const isDone = (of: Locator): Promise<void> =>
  expect(of.getByText(/Done: the/)).toBeVisible({ timeout: 60_000 });
const hashOf = (board: VirtualBoard): string =>
  createHash('sha256').update(board.flash.read(0, board.flash.sizeBytes)).digest('hex');

async function openMany(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await page.getByRole('link', { name: 'Many boards' }).click();
  await expect(page.getByRole('heading', { name: 'Many boards' })).toBeVisible();
}

async function makeDevices(page: Page, first: string, count: number): Promise<void> {
  await page.getByLabel('Name of the first').fill(first);
  await page.getByLabel('How many').fill(String(count));
  await page.getByRole('button', { name: `Make ${count} devices` }).click();
  const waiting = page.getByRole('list', { name: 'Devices that wait' });
  await expect(waiting.getByText(first, { exact: true })).toBeVisible({ timeout: 30_000 });
}

/** The cable's other end is virtual, and so must the image be: this release has none for a chip. */
const choosePublished = (page: Page): Promise<unknown> =>
  page.getByLabel('Firmware', { exact: true }).selectOption('published');

async function openDevice(page: Page, id: string): Promise<void> {
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await page.getByRole('list', { name: 'Devices' }).getByRole('link', { name: id }).click();
}

test('two boards at once get their own devices; one is unplugged in the middle and goes on as the same', async ({
  page,
}) => {
  const [one, two, three] = [31, 32, 33].map((seed) => new VirtualBoard({ seed })) as [
    VirtualBoard,
    VirtualBoard,
    VirtualBoard,
  ];
  const cable = await plugIn(page, [one.port, two.port]);
  const seen = watch(page, server.origin);
  await page.goto(server.origin);
  await createProject(page);
  await openMany(page);

  await test.step('identities are made in a row, from what comes after the last', async () => {
    await choosePublished(page);
    await expect(page.getByLabel('Name of the first')).toHaveValue('porch-2');
    await page.getByRole('button', { name: 'Take porch-1, never flashed' }).click();
    await page.getByLabel('How many').fill('5');
    await expect(page.getByText('porch-2, porch-3, porch-4 … porch-6')).toBeVisible();
    await makeDevices(page, 'porch-2', 3);
    await expect(page.getByText('4 devices wait for a board')).toBeVisible();
  });

  await test.step('both boards are written at once; one loses its cable', async () => {
    await page.getByRole('button', { name: 'Add a port' }).click();
    await page.getByRole('button', { name: 'Add a port' }).click();
    await page.getByRole('button', { name: 'Start 2 lanes' }).click();
    const write = (id: number): Locator => lane(page, id).getByRole('button', { name: `Write porch-${id}` });
    await expect(write(1), 'without a tick every plan waits for a word').toBeVisible({ timeout: 30_000 });
    await expect(write(2)).toBeVisible({ timeout: 30_000 });
    const image = fileURLToPath(new URL('../../firmware-bin/virtual-4m2m.bin', import.meta.url));
    // The program has gone over the line, deflated, and of the files the first.
    const program = deflateSync(await readFile(image));
    two.setFaults({ unplug: { direction: 'toChip', afterBytes: program.length + 2_000 } });
    await page.getByLabel('Write each board as soon as its plan is made').check();
    await write(2).click();
    await write(1).click();
    await expect(lane(page, 2)).toContainText('porch-2 goes on where it stopped', { timeout: 30_000 });
    await isDone(lane(page, 1));
    await expect(lane(page, 1)).toContainText('Swap the board: porch-3 is next.');
  });

  await test.step('plugged in again, it goes on by itself with the same identity', async () => {
    two.setFaults({});
    two.plug();
    await isDone(lane(page, 2));
    await expect(lane(page, 2)).toContainText('unchanged and skipped');
    await expect(lane(page, 2)).toContainText('porch-2');
  });

  await test.step('each flash holds its own settings', () => {
    expect(onBoard(one)).toMatchObject({ deviceId: 'porch-1', isKeyOfCertificate: true });
    expect(onBoard(two)).toMatchObject({ deviceId: 'porch-2', isKeyOfCertificate: true });
    expect(onBoard(one).fingerprint).not.toBe(onBoard(two).fingerprint);
  });

  await test.step('a swapped board gets the next identity', async () => {
    one.unplug();
    await expect(lane(page, 1)).toContainText('Plug the next board into this cable.');
    await cable.add(three.port, { isGranted: true });
    await isDone(lane(page, 1));
    expect(onBoard(three)).toMatchObject({ deviceId: 'porch-3', isKeyOfCertificate: true });
  });

  await test.step('a board that was not swapped is not written without a yes', async () => {
    const before = hashOf(two);
    two.unplug();
    two.plug();
    await expect(lane(page, 2).getByText('Needs your word')).toBeVisible({ timeout: 30_000 });
    await expect(lane(page, 2)).toContainText('This board was written as porch-2 in this table.');
    await expect(lane(page, 2)).toContainText('settings of another device, porch/porch-2');
    await lane(page, 2).getByRole('button', { name: 'Not this board' }).click();
    await expect(lane(page, 2).getByText('Stopped')).toBeVisible();
    expect(hashOf(two)).toBe(before);
  });

  await test.step('the table tells which board is which device, and survives a reload', async () => {
    const rows = async (): Promise<string[][]> => {
      const { name, bytes } = await download(page, page.getByRole('button', { name: 'Save table (CSV)' }));
      expect(name).toBe('porch-boards.csv');
      return bytes
        .toString()
        .trim()
        .split('\r\n')
        .map((row) => row.split(','));
    };
    const written = (await rows()).filter((row) => row[4] === 'written');
    expect(written.map(([, mac, device, fingerprint]) => [mac, device, fingerprint])).toEqual(
      [one, two, three].map((board) => {
        const { deviceId, fingerprint } = onBoard(board);
        return [board.macAddress, deviceId, fingerprint];
      }),
    );
    const stored = await page.evaluate(() => Object.values(localStorage).join());
    expect(stored).toContain('porch-3');
    expect(stored, 'no secret is kept with it').not.toContain('correct horse');
    await page.reload();
    await expect(page.getByText(/^3 written/)).toBeVisible();
    await expect(page.getByText('1 device waits for a board')).toBeVisible();
    expect(await rows()).toEqual(expect.arrayContaining(written));
  });

  expect(seen.foreign).toEqual([]);
  expect(seen.complaints).toEqual([]);
  for (const board of [one, two, three]) board.stop();
});

test('a board that was begun goes on in any lane after a reload, known by its address', async ({ page }) => {
  const board = new VirtualBoard({ seed: 41 });
  await plugIn(page, board.port);
  await page.goto(server.origin);
  await createProject(page);
  await openMany(page);
  await choosePublished(page);
  await makeDevices(page, 'bench-01', 2);
  await page.getByRole('button', { name: 'Add a port' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(page.getByText(/KB to write/)).toBeVisible({ timeout: 30_000 });
  board.setFaults({ unplug: { direction: 'toChip', afterBytes: 20_000 } });
  await page.getByRole('button', { name: 'Write bench-01' }).click();
  await expect(lane(page, 1)).toContainText('bench-01 goes on where it stopped', { timeout: 30_000 });
  board.setFaults({});

  await page.reload();
  await expect(page.getByText(/Plug this board into any lane/)).toBeVisible();
  board.plug();
  await choosePublished(page);
  await page.getByRole('button', { name: 'Add a port' }).click();
  await page.getByLabel('Write each board as soon as its plan is made').check();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await isDone(lane(page, 1));
  expect(onBoard(board).deviceId).toBe('bench-01');
  await expect(page.getByText('1 device waits for a board')).toBeVisible();
  board.stop();
});

test('two begun boards whose cables were swapped go on as what each was begun as', async ({ page }) => {
  const [one, two] = [71, 72].map((seed) => new VirtualBoard({ seed })) as [VirtualBoard, VirtualBoard];
  await plugIn(page, [one.port, two.port]);
  await page.goto(server.origin);
  await createProject(page);
  await openMany(page);
  await choosePublished(page);
  await makeDevices(page, 'bench-1', 2);
  for (const id of [1, 2]) {
    await page.getByRole('button', { name: 'Add a port' }).click();
    await expect(lane(page, id)).toBeVisible();
  }
  await page.getByRole('button', { name: 'Start 2 lanes' }).click();
  for (const [id, board] of [one, two].entries()) {
    const write = page.getByRole('button', { name: `Write bench-${id + 1}` });
    await expect(write).toBeVisible({ timeout: 30_000 });
    board.setFaults({ unplug: { direction: 'toChip', afterBytes: 20_000 } });
    await write.click();
    await expect(lane(page, id + 1)).toContainText('goes on where it stopped', { timeout: 30_000 });
    board.setFaults({});
  }
  await page.getByLabel('Write each board as soon as its plan is made').check();
  // The first lane that waits gets the port that comes first.
  two.plug();
  await isDone(lane(page, 1));
  one.plug();
  await isDone(lane(page, 2));
  expect([onBoard(one).deviceId, onBoard(two).deviceId]).toEqual(['bench-1', 'bench-2']);
  await expect(lane(page, 1)).toContainText('bench-2');
  await expect(page.getByText(/^2 written · 0 to come/)).toBeVisible();
  for (const board of [one, two]) board.stop();
});

test('the next board keeps port and settings, and is written with one click; one not swapped asks', async ({
  page,
}) => {
  const [first, second] = [51, 52].map((seed) => new VirtualBoard({ seed })) as [VirtualBoard, VirtualBoard];
  const cable = await plugIn(page, first.port);
  await page.goto(server.origin);
  await createProject(page);
  await openDevice(page, 'porch-1');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Interval (seconds)').fill('60');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await page.getByRole('link', { name: 'Board', exact: true }).click();
  await choosePublished(page);
  await page.getByRole('button', { name: 'Connect board' }).click();
  await writeButton(page).click({ timeout: 30_000 });
  await isDone(page.getByRole('main'));

  const dialog = page.getByRole('dialog', { name: 'Next board' });
  await test.step('a swapped one', async () => {
    first.unplug();
    await cable.add(second.port, { isGranted: true });
    await page.getByRole('group', { name: 'Board' }).waitFor();
    await page.getByRole('button', { name: 'Next board' }).last().click();
    await expect(dialog.getByLabel('Name')).toHaveValue('porch-2');
    await expect(dialog).toContainText('The same firmware, flash layout 4m2m, the same port.');
    await dialog.getByLabel('Name').fill('porch-7');
    await dialog.getByRole('button', { name: 'Make and write' }).click();
    await expect(page.getByRole('heading', { name: 'porch-7' })).toBeVisible();
    await isDone(page.getByRole('main'));
    expect(onBoard(second).deviceId).toBe('porch-7');
    await page.getByRole('link', { name: 'Settings' }).click();
    await expect(page.getByLabel('Interval (seconds)')).toHaveValue('60');
  });

  await test.step('the same one once more shows its plan and waits', async () => {
    const before = hashOf(second);
    await page.getByRole('button', { name: 'Next board' }).first().click();
    await expect(dialog.getByLabel('Name')).toHaveValue('porch-8');
    await dialog.getByRole('button', { name: 'Make and write' }).click();
    await expect(page.getByText('settings of another device, porch/porch-7')).toBeVisible({
      timeout: 30_000,
    });
    await expect(writeButton(page)).toBeVisible();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(hashOf(second)).toBe(before);
  });
  for (const board of [first, second]) board.stop();
});

test('a port that a lane holds is not opened a second time, and the page says who has it', async ({
  page,
}) => {
  const board = new VirtualBoard({ seed: 61 });
  await plugIn(page, board.port);
  await page.goto(server.origin);
  await createProject(page);
  await openMany(page);
  await choosePublished(page);
  await page.getByRole('button', { name: 'Take porch-1, never flashed' }).click();
  await page.getByRole('button', { name: 'Add a port' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(page.getByText(/KB to write/)).toBeVisible({ timeout: 30_000 });
  await openDevice(page, 'porch-1');
  await choosePublished(page);
  await page.getByRole('button', { name: 'Connect board' }).click();
  await expect(page.getByText('The port is in use in Many boards, lane 1.')).toBeVisible();
  await openMany(page);
  await page.getByRole('button', { name: 'Write porch-1' }).click();
  await isDone(lane(page, 1));
  board.stop();
});

test('four hundred devices are searched and filtered, and opened at the bottom of a long list', async ({
  page,
}) => {
  await page.goto(server.origin);
  await createProject(page);
  await openMany(page);
  await makeDevices(page, 'bench-001', 400);
  await expect(page.getByText('and 340 more', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'All devices' }).click();
  await expect(page.getByRole('heading', { name: '401 devices' })).toBeVisible();
  const list = page.getByRole('list', { name: 'Devices' });
  await page.getByLabel('Search').fill('BENCH-39 dht');
  await expect(list.getByRole('listitem')).toHaveCount(10);
  await expect(page.getByText('10 of 401 devices')).toBeVisible();
  await page.getByLabel('Search').fill('relay');
  await page.getByRole('button', { name: 'Show all devices' }).click();
  await expect(list.getByRole('listitem')).toHaveCount(401);
  await page.getByLabel('State').selectOption('Never flashed (401)');
  await list.getByRole('link', { name: 'bench-400' }).click();
  await expect(page.getByRole('heading', { name: 'bench-400' })).toBeVisible();
  await expect(list.getByRole('link', { name: 'bench-400' })).toBeInViewport();
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await overflowPx(page)).toBe(0);
});

test('one tab at a time has the batch of a project; the other takes over when it is closed', async ({
  page,
  context,
}) => {
  await page.goto(server.origin);
  await createProject(page);
  await openMany(page);
  await makeDevices(page, 'bench-01', 2);
  const other = await context.newPage();
  await other.goto(`${server.origin}/index.html#/devices/!many`);
  await expect(other.getByText(/Many boards is open for this project in another tab/)).toBeVisible();
  await expect(other.getByRole('button', { name: /^Make/ })).toBeHidden();
  await page.close();
  await expect(other.getByText('2 devices wait for a board')).toBeVisible();
});

test('in the demo every port is a further virtual board, and boards can be swapped', async ({
  page,
  context,
}) => {
  await installAxe(context);
  const seen = watch(page, server.origin);
  await page.goto(`${server.origin}/demo.html`);
  await page.getByRole('button', { name: 'New project' }).click();
  await createButton(page).click();
  await expect(page.getByRole('button', { name: 'Use a virtual board' })).toBeVisible({ timeout: 30_000 });
  await openMany(page);
  expect(await violations(page), 'before anything is made').toEqual([]);
  await makeDevices(page, 'porch-2', 4);
  for (const id of [1, 2]) {
    await page.getByRole('button', { name: 'Add a virtual board' }).click();
    await expect(lane(page, id)).toBeVisible();
  }
  await page.getByLabel('Write each board as soon as its plan is made').check();
  await page.getByRole('button', { name: 'Start 2 lanes' }).click();
  await Promise.all([isDone(lane(page, 1)), isDone(lane(page, 2))]);
  await expect(lane(page, 1)).toContainText('porch-2');
  await page.getByRole('button', { name: 'Swap board, lane 1' }).click();
  await expect(lane(page, 1)).toContainText('porch-4', { timeout: 30_000 });
  await isDone(lane(page, 1));
  await page.getByRole('button', { name: 'Next board, lane 2' }).click();
  await expect(lane(page, 2).getByText('Needs your word')).toBeVisible({ timeout: 30_000 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page), colorScheme).toEqual([]);
  }
  await lane(page, 2).getByRole('button', { name: 'Not this board' }).press('Enter');
  await expect(lane(page, 2), 'the keyboard goes on there').toBeFocused();
  const macs = await page.getByRole('table').getByRole('row').locator('td:nth-child(3)').allInnerTexts();
  expect(new Set(macs.filter(Boolean)).size).toBe(3);
  await expect(page.getByText(/\d+ boards per hour/)).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await overflowPx(page)).toBe(0);
  expect(seen.foreign).toEqual([]);
  expect(seen.complaints).toEqual([]);
});
