/** What goes wrong, and what happens seldom: each state with its words and its way on. Only the USB cable is simulated. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { expect, test, type Page } from '@playwright/test';
import { VirtualBoard, type VirtualBoardOptions } from '../../src/virtual-board/virtual-board.ts';
import {
  createButton,
  createProject,
  download,
  fillForm,
  openStep,
  stage,
  writeButton,
} from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { ScriptedProgram } from './support/scripted-program.ts';
import { storedText } from './support/stored.ts';
import { plugIn, type Cable } from './support/usb-cable.ts';

test.use({ actionTimeout: 15_000 });

const passphrase = 'amber lantern quietly orbit seventeen';
const boards: VirtualBoard[] = [];
let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
});

test.afterAll(() => server.close());

test.afterEach(() => {
  for (const board of boards.splice(0)) board.stop();
});

/** A fresh project in a page with this board on the cable, its checklist at *Board*. */
async function withBoard(
  page: Page,
  options: VirtualBoardOptions = {},
): Promise<{ board: VirtualBoard; cable: Cable }> {
  const board = new VirtualBoard({ seed: 3, ...options });
  boards.push(board);
  const cable = await plugIn(page, board.port);
  await page.goto(server.origin);
  await createProject(page);
  return { board, cable };
}

const connectButton = (page: Page) => page.getByRole('button', { name: 'Connect board' });

/** With the published program: a board without a USB bridge's ids takes the virtual image. */
async function connect(page: Page): Promise<void> {
  await page.getByLabel('Firmware', { exact: true }).selectOption('published');
  await connectButton(page).click();
}

test.describe('before anything is erased', () => {
  test('a wrong chip is refused', async ({ page }) => {
    const { board } = await withBoard(page, { chip: 'esp32' });
    const before = board.flash.bytes.slice();
    await connect(page);
    await expect(page.getByText('Wrong board')).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText(/This board has an ESP32.*Nothing was erased/)).toBeVisible();
    expect(board.modelled.sectorsErased).toBe(0);
    expect(board.flash.bytes).toEqual(before);
  });

  test('a flash that is too small is refused with both sizes', async ({ page }) => {
    const { board } = await withBoard(page, { flashSizeBytes: 1_048_576 });
    await connect(page);
    await expect(page.getByText('Flash too small', { exact: true })).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText(/holds 1024 KB.*4m2m needs 4096 KB/)).toBeVisible();
    expect(board.modelled.sectorsErased).toBe(0);
  });

  test('a virtual image is refused on a real bridge', async ({ page }) => {
    const { board } = await withBoard(page, { usb: { vendorId: 0x1a86, productId: 0x7523 } });
    await chooseFile(page, 'virtual-4m2m.bin', await readFile(publishedImage('virtual-4m2m.bin')));
    await connectButton(page).click();
    await expect(page.getByText(/is the one for the virtual board/)).toBeVisible({ timeout: 30_000 });
    expect(board.modelled.sectorsErased).toBe(0);
  });

  test('a file that is no ESP8266 program is refused by name of what is wrong', async ({ page }) => {
    await withBoard(page);
    await chooseFile(
      page,
      'holiday.bin',
      Buffer.from('GIF89a, and certainly no program for a microcontroller'),
    );
    await expect(page.getByText(/not an ESP8266 program: it does not begin with 0xE9/)).toBeVisible();
    await expect(connectButton(page), 'no board is connected in vain').toBeDisabled();
    await chooseFile(page, 'packed.bin', Buffer.from([0x1f, 0x8b, ...new Array<number>(40).fill(0)]));
    await expect(page.getByText(/compressed \(gzip\); unpack it first/)).toBeVisible();
    await expect(connectButton(page)).toBeDisabled();
  });

  test("in a release without an image for chips the way begins with a .bin of one's own", async ({
    page,
  }) => {
    await withBoard(page);
    await expect(page.getByLabel('Firmware', { exact: true })).toHaveValue('own');
    await expect(page.getByText(/no firmware image for a real ESP8266 yet/)).toBeVisible();
    await expect(page.getByText(/Choose the file first/)).toBeVisible();
    await expect(connectButton(page)).toBeDisabled();
    await expect(page.getByText(/the demo, which has a project of its own/)).toBeVisible();
    await chooseFile(page, 'blink.bin', smallProgram());
    await expect(connectButton(page)).toBeEnabled();
  });

  test('a port that another program holds says so, and Retry goes on once it is free', async ({ page }) => {
    const { board } = await withBoard(page, { faults: { portBusy: true } });
    await connect(page);
    await expect(page.getByText(/another program uses it/)).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText(/sudo usermod -aG dialout/), 'for the system at hand').toBeVisible();
    board.setFaults({});
    await page.getByRole('button', { name: 'Retry' }).click();
    await expect(writeButton(page)).toBeVisible({ timeout: 30_000 });
  });

  test('a closed picker loses nothing and tells what the next one lists', async ({ page }) => {
    const { cable } = await withBoard(page);
    await cable.closeNextPicker();
    await connect(page);
    await expect(page.getByRole('main')).toContainText('No port was chosen.');
    await expect(page.getByRole('main')).toContainText('the next list shows every port');
    await connect(page);
    await expect(writeButton(page)).toBeVisible({ timeout: 30_000 });
  });
});

test.describe('while writing', () => {
  test('an unplugged board is resumed, and only what is missing is written', async ({ page }) => {
    const { board } = await withBoard(page);
    await connect(page);
    await expect(page.getByText(/24 sectors, 96 KB in all|\d+ sectors, \d+ KB in all/)).toBeVisible({
      timeout: 30_000,
    });
    const all = await plannedSectors(page);
    // The program has gone over the line, deflated, and of the files the first.
    const program = deflateSync(await readFile(publishedImage('virtual-4m2m.bin')));
    board.setFaults({ unplug: { direction: 'toChip', afterBytes: program.length + 2_000 } });
    await writeButton(page).click();
    await expect(page.getByText('Not finished: resume')).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText('The board was unplugged.')).toBeVisible();
    board.plug();
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect(writeButton(page)).toBeVisible({ timeout: 30_000 });
    expect(await plannedSectors(page)).toBeLessThan(all);
    await writeButton(page).click();
    await expect(page.getByText(/Done: the/)).toBeVisible({ timeout: 60_000 });
  });

  test('a page that writes is not closed without a question, and a closed one is gone on with', async ({
    page,
    context,
  }) => {
    const { board } = await withBoard(page);
    await connect(page);
    await expect(writeButton(page)).toBeVisible({ timeout: 30_000 });
    const all = await plannedSectors(page);
    await writeButton(page).click();
    await expect(page.getByRole('progressbar', { name: /[1-9]\d* of \d+ KB/ })).toBeVisible();
    const question = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    expect((await question).type()).toBe('beforeunload');
    await Promise.all([page.waitForEvent('close'), (await question).accept()]);
    board.unplug();
    board.plug();

    const later = await context.newPage();
    await plugIn(later, board.port);
    await later.goto(server.origin);
    await openStep(later, 'Board');
    await connect(later);
    await expect(writeButton(later)).toBeVisible({ timeout: 30_000 });
    expect(await plannedSectors(later), 'only what is missing').toBeLessThan(all);
    await writeButton(later).click();
    await expect(later.getByText(/Done: the/)).toBeVisible({ timeout: 60_000 });
  });

  test('cancelling leaves it to be resumed, and the rest is skipped as unchanged', async ({ page }) => {
    await withBoard(page);
    await connect(page);
    await writeButton(page).click();
    await expect(page.getByRole('progressbar', { name: /of \d+ KB/ })).toBeVisible({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByText('Not finished: resume')).toBeVisible({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Resume' }).click();
    await writeButton(page).click();
    await expect(page.getByText(/Done: the/)).toBeVisible({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Write again' }).click();
    await connect(page);
    await expect(page.getByText(/Firmware: \d+ KB unchanged, skipped/)).toBeVisible({ timeout: 30_000 });
  });

  test('cancelling the plan changes nothing', async ({ page }) => {
    const { board } = await withBoard(page);
    await connect(page);
    await expect(writeButton(page)).toBeVisible({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByText('Nothing on the board was changed.')).toBeVisible({ timeout: 30_000 });
    expect(board.modelled.sectorsErased).toBe(0);
  });
});

test.describe('boards and files', () => {
  test('a board without automatic reset asks for hands and goes on when they came', async ({ page }) => {
    const { board } = await withBoard(page, { autoReset: false });
    await connect(page);
    await expect(page.getByText('Hold FLASH, press RST')).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText('Hold the button FLASH.')).toBeVisible();
    await expect(page.getByRole('img', { name: /A NodeMCU: the buttons/ })).toBeVisible();
    await page.getByLabel('Your board').selectOption('ESP-01');
    await expect(page.getByText('Connect GPIO0 to GND.')).toBeVisible();
    await expect(page.getByRole('img', { name: /GPIO0 is joined to GND/ })).toBeVisible();
    await board.pressReset({ gpio0: 0 });
    await expect(writeButton(page)).toBeVisible({ timeout: 60_000 });
  });

  test("a program of one's own is written with the settings", async ({ page }) => {
    const { board } = await withBoard(page, { usb: { vendorId: 0x1a86, productId: 0x7523 } });
    const program = smallProgram();
    await chooseFile(page, 'blink.bin', program);
    await connectButton(page).click();
    await writeButton(page).click({ timeout: 30_000 });
    await expect(page.getByText('Done: the image is verified')).toBeVisible({ timeout: 60_000 });
    expect(Buffer.from(board.flash.bytes.subarray(0, program.length))).toEqual(program);
    await expect(
      page.getByRole('button', { name: /Board.*waits for the first reading.*now$/ }),
    ).toBeVisible();
    await expect(page.getByText(/The board (says nothing|speaks, but not as)/)).toBeVisible({
      timeout: 20_000,
    });
    await expect(page.getByText(/press RST once/)).toBeVisible();
    await expect(page.getByRole('button', { name: 'Restart the board' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Next: the broker' })).toBeHidden();
  });

  test('a second device gets an identity of its own and the same cable', async ({ page }) => {
    const { board } = await withBoard(page);
    await connect(page);
    await writeButton(page).click({ timeout: 30_000 });
    await expect(page.getByText(/Done: the/)).toBeVisible({ timeout: 60_000 });
    const first = board.flash.bytes.slice();
    await page.getByRole('link', { name: 'Devices' }).click();
    await page.getByRole('button', { name: 'Device', exact: true }).click();
    await page.getByLabel('Device name').fill('door-1');
    await page.getByRole('button', { name: 'Add device' }).click();
    await expect(page.getByRole('heading', { name: 'door-1' })).toBeVisible();
    await expect(page.getByText(/Done: the/)).toBeHidden();
    await connect(page);
    await expect(page.getByText(/Firmware: \d+ KB unchanged, skipped/)).toBeVisible({ timeout: 30_000 });
    await writeButton(page).click();
    await expect(page.getByText(/Done: the/)).toBeVisible({ timeout: 60_000 });
    await expect(page.getByRole('link', { name: /door-1/ })).toContainText('Written, not yet seen');
    expect(Buffer.compare(board.flash.bytes, first)).not.toBe(0);
  });
});

test('a device that does not come up shows the stage, its cause and what to do, and the log can be saved', async ({
  page,
}) => {
  const application = new ScriptedProgram([
    'boot ok n=0a1b2c3d',
    'fs ok',
    'cfg ok',
    'wifi ok ip=192.168.1.23 rssi=-61',
    'tls try',
    ':BearSSL said: X509 name mismatch',
    'tls fail e=403',
  ]);
  await withBoard(page, { application });
  await connect(page);
  await writeButton(page).click({ timeout: 30_000 });
  await expect(stage(page, /^TLS/)).toContainText('Failed', { timeout: 60_000 });
  await expect(stage(page, /^TLS/)).toContainText('403');
  await expect(stage(page, /^Wi-Fi/)).toContainText('OK');
  await expect(stage(page, /^Broker(?!')/)).toContainText('Waiting');
  await page.getByText('Console', { exact: true }).click();
  await expect(page.getByRole('log')).toContainText('X509 name mismatch');
  const log = await download(page, page.getByRole('button', { name: 'Save log' }));
  expect(log.bytes.toString()).toContain('X509 name mismatch');
});

test.describe('a page that cannot reach boards', () => {
  test('without Web Serial it says so, and makes keys and broker files all the same', async ({ page }) => {
    await page.addInitScript(() => {
      Reflect.deleteProperty(Navigator.prototype, 'serial');
    });
    await page.goto(server.origin);
    await expect(page.getByText(/This browser has no Web Serial/)).toBeVisible();
    await createProject(page);
    await expect(page.getByText(/This browser has no Web Serial/)).toBeVisible();
    await expect(page.getByRole('button', { name: 'Connect board' })).toBeDisabled();
    await openStep(page, 'Broker');
    const bundle = await download(page, page.getByRole('button', { name: 'Get broker files' }));
    expect(bundle.name).toBe('porch-broker.zip');
  });

  test('not served securely it says so, with the way out', async ({ page }) => {
    await page.route('http://signet.test/**', async (route) => {
      const { pathname } = new URL(route.request().url());
      await route.fulfill({ response: await route.fetch({ url: server.origin + pathname }) });
    });
    await page.goto('http://signet.test/');
    await expect(page.getByText(/not served securely/)).toBeVisible();
    await expect(page.getByRole('button', { name: 'New project' })).toBeDisabled();
    await page.getByRole('link', { name: 'Broker', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Broker' })).toBeVisible();
  });
});

test.describe('the form', () => {
  test('says beside each field what is wrong with it, and loses nothing', async ({ page }) => {
    await page.goto(server.origin);
    await page.getByRole('button', { name: 'New project' }).click();
    await fillForm(page, {
      name: '!!!',
      hosts: 'pi.local, 192.168.1.256',
      ssid: 'a network name that is much too long',
      psk: 'short',
      device: 'admin',
      passphrase: 'abc',
    });
    await page.getByText('Ports of the broker').click();
    await page.getByLabel('Port for browsers').fill('8883');
    await createButton(page).click();
    const field = (name: string) => page.getByRole('textbox', { name, exact: true });
    await expect(field('Project name')).toHaveAccessibleDescription(/no letter or digit is left of it/);
    await expect(field('Broker host names')).toHaveAccessibleDescription(
      /"192.168.1.256" is not a whole address/,
    );
    await expect(field('Wi-Fi name')).toHaveAccessibleDescription(/36 bytes long/);
    await expect(field('Wi-Fi password')).toHaveAccessibleDescription(/Use 8 to 63 plain characters/);
    await expect(field('Device name')).toHaveAccessibleDescription(/the broker keeps it for itself/);
    await expect(field('Passphrase (optional)')).toHaveAccessibleDescription(/too weak/);
    await expect(field('Port for browsers')).toHaveAccessibleDescription(/two different ones/);
    await expect(field('Project name')).toBeFocused();
    await expect(field('Wi-Fi password')).toHaveValue('short');
    await field('Port for devices').fill('many');
    await createButton(page).click();
    await expect(field('Port for devices')).toHaveAccessibleDescription(/a whole number from 1 to 65535/);

    await fillForm(page, { passphrase: '' });
    await field('Port for devices').fill('8883');
    await field('Port for browsers').fill('8884');
    await createButton(page).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Porch' })).toBeVisible({ timeout: 30_000 });
  });

  test('keeps what was typed, but for the passphrase, over Back and other places', async ({ page }) => {
    await page.goto(server.origin);
    await page.getByRole('button', { name: 'New project' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'New project' })).toBeFocused();
    await fillForm(page, { name: 'Pörch 1', device: 'Porch No. 1', passphrase });
    await expect(page.getByRole('textbox', { name: 'Device name' })).toHaveAccessibleDescription(
      /Its id will be "porch-no-1"/,
    );
    await page.goBack();
    await expect(page.getByRole('heading', { level: 1, name: /Secure ESP8266 devices/ })).toBeVisible();
    await page.goForward();
    await page.getByRole('link', { name: 'Trust', exact: true }).click();
    await page.goBack();
    await expect(page.getByLabel('Project name')).toHaveValue('Pörch 1');
    await expect(page.getByLabel('Wi-Fi password', { exact: true })).toHaveValue('correct horse');
    await expect(page.getByLabel('Passphrase (optional)', { exact: true })).toHaveValue('');
    await createButton(page).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Pörch 1' })).toBeFocused({ timeout: 30_000 });
  });

  test('asks for what was left empty', async ({ page }) => {
    await page.goto(server.origin);
    await page.getByRole('button', { name: 'New project' }).click();
    await createButton(page).click();
    await expect(page.getByText('Give the project a name')).toBeVisible();
    await expect(page.getByText('No broker host is given.')).toBeVisible();
    await expect(page.getByText("Type the network's name")).toBeVisible();
    await expect(page.getByText('Give the device a name')).toBeVisible();
  });
});

test.describe('the lock', () => {
  test('with a passphrase, keys are sealed, locked after a reload, and unlocked where they are needed', async ({
    page,
  }) => {
    await page.goto(server.origin);
    await createProject(page, { psk: 'canary-psk-4711', ssid: 'Attic', passphrase });
    const lock = page.getByRole('banner').getByRole('button');
    await expect(lock).toContainText('Unlocked for signing');
    const stored = await storedText(page);
    expect(stored, 'the scan reads what is not secret').toContain('Attic');
    expect(stored).not.toContain('canary-psk-4711');
    expect(stored).not.toContain('PRIVATE KEY');
    expect(stored).not.toContain(passphrase);

    await page.reload();
    await expect(lock).toHaveText(/Locked/);
    await openStep(page, 'Broker');
    await page.getByRole('button', { name: 'Get broker files' }).click();
    await expect(page.getByText("The project's keys are locked.")).toBeVisible();
    await page.getByRole('button', { name: 'Unlock' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Passphrase', { exact: true }).fill('not this one');
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await expect(dialog.getByText("This is not the project's passphrase.")).toBeVisible({ timeout: 30_000 });
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    const bundle = await download(page, dialog.getByRole('button', { name: 'Unlock' }));
    expect(bundle.name, 'what was asked for goes on by itself').toBe('porch-broker.zip');
    await expect(lock).toContainText('Unlocked for signing');

    await lock.click();
    await dialog.getByRole('button', { name: 'Lock now' }).click();
    await expect(lock).toHaveText(/Locked/);
  });

  test('locked, a board is not written before the passphrase is given', async ({ page }) => {
    const board = new VirtualBoard({ seed: 3 });
    boards.push(board);
    await plugIn(page, board.port);
    await page.goto(server.origin);
    await createProject(page, { passphrase });
    await page.reload();
    await connect(page);
    await page.getByRole('button', { name: 'Unlock' }).click({ timeout: 30_000 });
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await dialog.getByRole('button', { name: 'Unlock' }).click();
    await expect(writeButton(page)).toBeVisible({ timeout: 30_000 });
  });

  test('without one the page says Not locked and what that means', async ({ page }) => {
    await page.goto(server.origin);
    await createProject(page, { psk: 'canary-psk-4711' });
    expect(await storedText(page)).not.toContain('canary-psk-4711');
    await openStep(page, 'Project');
    await expect(page.getByRole('main')).toContainText(
      "Not locked: there is no passphrase, so whoever copies this browser's profile can read the keys.",
    );
    await page.getByRole('button', { name: 'Not locked' }).click();
    await expect(page.getByRole('dialog').getByText(/This project has no passphrase/)).toBeVisible();
  });
});

test.describe('projects and tabs', () => {
  test('a device added in one tab appears in the other', async ({ page, context }) => {
    await page.goto(`${server.origin}/index.html`);
    await createProject(page);
    await page.getByRole('link', { name: 'Devices' }).click();
    const other = await context.newPage();
    await other.goto(`${server.origin}/index.html#/devices`);
    await other.getByRole('button', { name: 'Device', exact: true }).click();
    await other.getByLabel('Device name').fill('door-1');
    await other.getByRole('button', { name: 'Add device' }).click();
    await expect(page.getByRole('link', { name: /door-1/ })).toBeVisible();
    await expect(page.getByRole('heading', { name: '2 devices' })).toBeVisible();
  });

  test('among several projects one is chosen; a deleted one is gone, in every tab', async ({
    page,
    context,
  }) => {
    await page.goto(server.origin);
    await createProject(page);
    await createProject(page, { name: 'Attic', device: 'attic-1' });
    await page.getByLabel('Project', { exact: true }).selectOption('Porch');
    await expect(page.getByRole('heading', { level: 1, name: 'Porch' })).toBeVisible();
    const other = await context.newPage();
    await other.goto(server.origin);
    await expect(other.getByRole('heading', { level: 1, name: 'Porch' })).toBeVisible();

    await page.getByRole('button', { name: 'Not locked' }).click();
    await page.getByRole('button', { name: 'Backup, journal, projects' }).click();
    await page.getByRole('button', { name: 'Delete Porch' }).click();
    await page.getByRole('button', { name: 'Delete from this browser' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Keep Attic safe' })).toBeVisible();
    await expect(other.getByRole('heading', { level: 1, name: 'Attic' })).toBeVisible();
    expect(await storedText(page)).not.toContain('porch-1');
    await page.reload();
    await expect(page.getByRole('heading', { level: 1, name: 'Attic' })).toBeVisible();
  });
});

const publishedImage = (name: string): string => path.join(import.meta.dirname, '../../firmware-bin', name);

async function chooseFile(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.getByLabel('Firmware', { exact: true }).selectOption('A .bin of my own');
  await page
    .getByLabel('Firmware file (.bin)')
    .setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
}

async function plannedSectors(page: Page): Promise<number> {
  const text = await page.getByText(/\d+ sectors, \d+ KB in all/).innerText();
  return Number(/^\d+/.exec(text)?.[0]);
}

/** A program with one segment of 300 bytes and a right checksum; what it does is nobody's concern here. */
function smallProgram(): Buffer {
  const data = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7) & 0xff));
  const header = Buffer.alloc(16);
  header.set([0xe9, 1, 2, 0x40]);
  header.writeUInt32LE(0x4010_0000, 4);
  header.writeUInt32LE(0x4010_0000, 8);
  header.writeUInt32LE(data.length, 12);
  const bodyBytes = header.length + data.length;
  const image = Buffer.concat([header, data, Buffer.alloc(16 - (bodyBytes % 16))]);
  image[image.length - 1] = data.reduce((sum, byte) => sum ^ byte, 0xef);
  return image;
}
