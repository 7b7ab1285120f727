/** What was typed wrong at first is put right, and only that goes to the board. The USB cable is simulated. */
import { expect, test, type Page } from '@playwright/test';
import { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { createProject, openStep, overflowPx, writeButton } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { storedText } from './support/stored.ts';
import { plugIn } from './support/usb-cable.ts';

test.use({ actionTimeout: 15_000 });

const passphrase = 'amber lantern quietly orbit seventeen';
const notOnDevice = 'Saved is not what is on the device:';
let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
});

test.afterAll(() => server.close());

async function connect(page: Page, firmware: 'published' | 'keep'): Promise<void> {
  await page.getByLabel('Firmware', { exact: true }).selectOption(firmware);
  await page.getByRole('button', { name: 'Connect board' }).click();
}

async function writeBoard(page: Page): Promise<void> {
  await writeButton(page).click({ timeout: 30_000 });
  await expect(page.getByText(/Done: the/)).toBeVisible({ timeout: 60_000 });
}

test('a wrong Wi-Fi password is corrected, and the board gets the files only', async ({ page }) => {
  const board = new VirtualBoard({ seed: 3 });
  await plugIn(page, board.port);
  await page.goto(server.origin);
  await createProject(page, { psk: 'wrong-canary-1' });

  await test.step('the board is written with the wrong one', async () => {
    await connect(page, 'published');
    await writeBoard(page);
  });

  await test.step('the project takes another, and says that the board has not got it', async () => {
    await openStep(page, 'Project');
    await page.getByRole('button', { name: 'Edit Wi-Fi' }).click();
    const dialog = page.getByRole('dialog', { name: 'Edit Wi-Fi' });
    const password = dialog.getByLabel('New Wi-Fi password', { exact: true });
    await password.fill('short');
    await dialog.getByRole('button', { name: 'Save Wi-Fi' }).click();
    await expect(dialog.getByText(/This cannot be a Wi-Fi password/)).toBeVisible();
    await password.fill('right-canary-2');
    await dialog.getByRole('button', { name: 'Save Wi-Fi' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByText(`${notOnDevice} Wi-Fi.`)).toBeVisible();
    const stored = await storedText(page);
    expect(stored, 'the scan reads what is not secret').toContain('Wi-Fi changed');
    expect(stored).not.toContain('canary');
  });

  await test.step('the way from there leads to writing the files only', async () => {
    await page.getByRole('link', { name: 'Write porch-1' }).click();
    await expect(page.getByText(`${notOnDevice} Wi-Fi.`)).toBeVisible();
    await expect(page.getByRole('navigation', { name: 'Parts of porch-1' })).toBeVisible();
    await page.getByRole('button', { name: 'Write again' }).click();
    await connect(page, 'keep');
    await expect(writeButton(page)).toBeVisible({ timeout: 30_000 });
    const rows = page.getByRole('table').first().getByRole('row');
    await expect(rows.filter({ hasText: /^(Firmware|Program)/ })).toHaveCount(0);
    await expect(rows.filter({ hasText: /^(Files|File system|Settings)/ })).not.toHaveCount(0);
    await writeBoard(page);
    await expect(page.getByText(notOnDevice)).toBeHidden();
  });
  board.stop();
});

test('settings of a device are checked beside their fields and saved', async ({ page }) => {
  await page.goto(server.origin);
  await createProject(page);
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await page.getByRole('link', { name: /porch-1/ }).click();
  await page.getByRole('link', { name: 'Settings' }).click();
  const save = page.getByRole('button', { name: 'Save settings' });
  await expect(save, 'nothing to save yet').toBeDisabled();

  await page.getByLabel('Relay is').selectOption('low');
  const pin = page.getByLabel('Relay pin (GPIO)');
  await pin.fill('4');
  await save.click();
  await expect(page.getByText('GPIO 4 is given to two: the sensor and the relay.')).toBeVisible();
  await pin.fill('7');
  await save.click();
  await expect(page.getByText('GPIO 7 cannot be used: the flash chip hangs on it.')).toBeVisible();
  await pin.fill('16');
  await expect(page.getByText(/GPIO 16 .*the relay may click/)).toBeVisible();
  await page.getByLabel('Interval (seconds)').fill('60');
  await save.click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByText(notOnDevice), 'never written, nothing differs').toBeHidden();

  await page.reload();
  await expect(pin).toHaveValue('16');
  await expect(page.getByLabel('Relay is')).toHaveValue('low');
  await expect(page.getByLabel('Interval (seconds)')).toHaveValue('60');
});

test('locked, Live says so and a new Wi-Fi password asks for the keys', async ({ page }) => {
  await page.goto(server.origin);
  await createProject(page, { passphrase });
  await page.reload();
  await page.getByRole('link', { name: 'Live', exact: true }).click();
  const main = page.getByRole('main');
  await expect(main).toContainText('Locked: the password for the broker');
  await expect(main.getByRole('button', { name: 'Unlock' })).toBeVisible();

  await page.getByRole('link', { name: 'Start', exact: true }).click();
  await openStep(page, 'Project');
  await page.getByRole('button', { name: 'Edit Wi-Fi' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit Wi-Fi' });
  await dialog.getByLabel('New Wi-Fi password', { exact: true }).fill('another horse');
  await dialog.getByRole('button', { name: 'Save Wi-Fi' }).click();
  await dialog.getByRole('button', { name: 'Unlock' }).click();
  const lock = page.getByRole('dialog', { name: /locked/ });
  await lock.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await lock.getByRole('button', { name: 'Unlock' }).click();
  await expect(dialog, 'what was asked for goes on by itself').toBeHidden({ timeout: 30_000 });
});

test('a text for the display is counted in bytes', async ({ page }) => {
  await page.goto(server.origin);
  await createProject(page);
  await page.getByRole('link', { name: 'Live', exact: true }).click();
  const text = page.getByLabel('Text for the display of porch-1');
  await text.fill('é'.repeat(31));
  await expect(page.getByText('2 of 64 bytes left')).toBeVisible();
  await text.fill('é'.repeat(33));
  await expect(page.getByText(/^2 bytes too long: the device takes 64/)).toBeVisible();
  await expect(text, 'nothing is cut').toHaveValue('é'.repeat(33));
  await expect(page.getByRole('button', { name: 'Show', exact: true })).toBeDisabled();
});

test('a phone shows a long project name without scrolling sideways', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(server.origin);
  await createProject(page, { name: 'p'.repeat(60) });
  for (const step of ['Project', 'Board', 'Broker', 'Browser']) {
    await openStep(page, step);
    expect(await overflowPx(page), step).toBe(0);
  }
  for (const place of ['Devices', 'Broker', 'Trust', 'Live']) {
    await page.getByRole('link', { name: place, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: place })).toBeVisible();
    expect(await overflowPx(page), place).toBe(0);
    if (place === 'Devices') await walkDevice(page);
  }
});

/** Every part of a device's page. */
async function walkDevice(page: Page): Promise<void> {
  await page.getByRole('link', { name: /porch-1/ }).click();
  for (const part of await page
    .getByRole('navigation', { name: 'Parts of porch-1' })
    .getByRole('link')
    .all()) {
    await part.click();
    await expect(part).toHaveAttribute('aria-current', 'page');
    expect(await overflowPx(page), await part.innerText()).toBe(0);
  }
}
