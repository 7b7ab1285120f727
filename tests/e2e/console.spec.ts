/** A device's console, with the simulated cable: what an expert does with a serial monitor, and what the page adds to it. */
import { readFileSync } from 'node:fs';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { buildVirtualImage } from '../../src/contract/firmware-image.ts';
import { VirtualBoard, type VirtualBoardOptions } from '../../src/virtual-board/virtual-board.ts';
import { longestMainThreadTask } from '../bench/support/main-thread.ts';
import { installAxe, violations } from './support/axe.ts';
import { createButton, createProject, download, overflowPx, stage, writeButton } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { ScriptedProgram } from './support/scripted-program.ts';
import { plugIn } from './support/usb-cable.ts';
import { watch, type Watch } from './support/watch.ts';

test.use({ actionTimeout: 15_000 });

const psk = 'canary-psk-4711';
const nonce = '0a1b2c3d4e5f6071';
const started = [`boot ok n=${nonce} fw=0.1.0`, 'fs ok', 'cfg ok slot=a project=porch id=porch-1'];
const boards: VirtualBoard[] = [];
let server: PageServer;
let seen: Watch;

test.beforeAll(async () => {
  server = await servePage();
});

test.afterAll(() => server.close());

test.beforeEach(({ page }) => {
  seen = watch(page, server.origin);
});

test.afterEach(() => {
  for (const board of boards.splice(0)) board.stop();
  expect(seen.complaints, 'no error, no broken policy').toEqual([]);
});

const log = (page: Page): Locator => page.getByRole('log', { name: 'Serial console' });
const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });

/** A board whose flash holds a program that the boot ROM starts. */
function boardWith(options: VirtualBoardOptions): VirtualBoard {
  const flash = new Uint8Array(4 * 1024 * 1024).fill(0xff);
  flash.set(buildVirtualImage({ layout: '4m2m', wasm: new Uint8Array() }));
  const board = new VirtualBoard({ seed: 3, flash, ...options });
  boards.push(board);
  return board;
}

/** A fresh project with this board on the cable, in the console of its device; the board has just been reset. */
async function listen(page: Page, board: VirtualBoard): Promise<void> {
  await plugIn(page, board.port);
  await page.goto(`${server.origin}/index.html`);
  await createProject(page, { psk });
  await page.goto(`${server.origin}/index.html#/devices/porch-1/console`);
  await button(page, 'Listen').click();
  await expect(page.getByText('Listening', { exact: true })).toBeVisible();
  await button(page, 'Reset').click();
}

async function listenTo(page: Page, ...lines: readonly string[]): Promise<ScriptedProgram> {
  const program = new ScriptedProgram(lines);
  await listen(page, boardWith({ application: program }));
  return program;
}

test("the boot ROM's text is read at 74880 baud and explained", async ({ page }) => {
  await listen(page, boardWith({ application: new ScriptedProgram([]) }));
  await page.getByLabel('Baud rate', { exact: true }).selectOption('74880');
  await expect(page.getByText('Listening', { exact: true })).toBeVisible();
  await button(page, 'Reset').click();
  await expect(log(page)).toContainText(/rst cause:2, boot mode:\(3,/);
  await expect(log(page)).toContainText('The chip starts from its flash, after the reset pin.');
});

test('a program at another speed is gibberish, and one button listens at the right one', async ({ page }) => {
  const program = new ScriptedProgram([], { baudRate: 74_880 });
  await listen(page, boardWith({ application: program }));
  const words = Array.from({ length: 60 }, (_, i) => `:reading number ${i}`);
  await expect(async () => {
    program.say(...words);
    await expect(page.getByText(/not readable at 115200 baud/)).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await button(page, 'Listen at 74880').click();
  await expect(page.getByText(/not readable at 115200 baud/)).toBeHidden();
  await expect(page.getByLabel('Baud rate', { exact: true })).toHaveValue('74880');
  await expect(async () => {
    program.say(':now it can be read');
    await expect(log(page)).toContainText('now it can be read', { timeout: 1_000 });
  }).toPass();
});

test('a typed speed is taken, and one that no line has is refused in words', async ({ page }) => {
  const program = new ScriptedProgram([], { baudRate: 31_250 });
  await listen(page, boardWith({ application: program }));
  await page.getByLabel('Baud rate', { exact: true }).selectOption('Another …');
  await page.getByLabel('Another baud rate').fill('31,250');
  await button(page, 'Use it').click();
  await expect(page.getByText('A whole number from 300 to 3000000.')).toBeVisible();
  await page.getByLabel('Another baud rate').fill('31250');
  await button(page, 'Use it').click();
  await expect(async () => {
    program.say(':MIDI says hello');
    await expect(log(page)).toContainText('MIDI says hello', { timeout: 1_000 });
  }).toPass();
});

test('a search highlights, counts, goes to the next and the one before, and knows capitals', async ({
  page,
}) => {
  const lines = Array.from({ length: 300 }, (_, i) => (i % 100 === 7 ? `:Needle ${i}` : `:hay ${i}`));
  await listenTo(page, ...lines);
  await expect(log(page)).toContainText('hay 299');
  await expect(log(page).getByText('Needle 7', { exact: true }), 'far lines are not drawn').toHaveCount(0);
  const search = page.getByLabel('Search the console');
  await search.fill('needle');
  await expect(page.getByText('3 lines', { exact: true })).toBeVisible();
  await search.press('Enter');
  await expect(page.getByText('1 of 3 lines')).toBeVisible();
  await expect(log(page).locator('mark').first()).toHaveText('Needle');
  await expect(log(page).getByText('Needle 7', { exact: true })).toBeInViewport();
  await button(page, 'Next').click();
  await expect(log(page).getByText('Needle 107')).toBeInViewport();
  await button(page, 'Previous').click();
  await button(page, 'Previous').click();
  await expect(page.getByText('3 of 3 lines')).toBeVisible();
  await expect(log(page).getByText('Needle 207')).toBeInViewport();
  await page.getByLabel('Match case').check();
  await expect(page.getByText('Nothing found')).toBeVisible();
});

test('paused, lines are kept and counted, and come when it goes on', async ({ page }) => {
  const program = await listenTo(page, ':before');
  await expect(log(page)).toContainText('before');
  await button(page, 'Pause').click();
  program.say(':one', ':two', ':three');
  await expect(page.getByText('Paused. 3 lines came meanwhile and are kept.')).toBeVisible();
  await expect(log(page)).not.toContainText('three');
  await button(page, 'Resume').click();
  await expect(log(page)).toContainText('three');
});

test('a line is sent with CR and LF, shown as sent, and the arrow keys bring it back', async ({ page }) => {
  const program = await listenTo(page, ...started);
  await expect(log(page)).toContainText('fw=0.1.0');
  const input = page.getByLabel('Line to send');
  for (const text of ['wifi', 'tls', `psk ${psk}`]) {
    await input.fill(text);
    await input.press('Enter');
  }
  await expect.poll(() => program.heard).toContain(`wifi\r\ntls\r\npsk ${psk}\r\n`);
  await expect(log(page)).toContainText('> wifi');
  await input.press('ArrowUp');
  await expect(input, 'a line with a secret is not remembered').toHaveValue('tls');
  await input.press('ArrowUp');
  await expect(input).toHaveValue('wifi');
  await input.press('ArrowDown');
  await input.press('ArrowDown');
  await expect(input).toHaveValue('');
});

test('an unplugged board is listened to again by itself as soon as it is back', async ({ page }) => {
  const program = new ScriptedProgram([':hello']);
  const board = boardWith({ application: program });
  await listen(page, board);
  await expect(log(page)).toContainText('hello');
  board.unplug();
  await expect(page.getByText(/Unplugged\. Trying again in \d s/)).toBeVisible();
  await expect(button(page, 'Retry')).toBeVisible();
  board.plug();
  await expect(page.getByText('Listening', { exact: true })).toBeVisible();
  program.say(':I am back');
  await expect(log(page)).toContainText('I am back');
  await expect(log(page), 'what was said before stays').toContainText('hello');
});

test('a board beside it, of the same kind, is not taken for the one that was unplugged', async ({ page }) => {
  const [ours, other] = [new ScriptedProgram([':ours']), new ScriptedProgram([':other'])];
  const [board, beside] = [boardWith({ application: ours }), boardWith({ application: other, seed: 4 })];
  const cable = await plugIn(page, board.port);
  await page.goto(`${server.origin}/index.html`);
  await createProject(page, { psk });
  await page.goto(`${server.origin}/index.html#/devices/porch-1/console`);
  await button(page, 'Listen').click();
  await button(page, 'Reset').click();
  await expect(log(page)).toContainText('ours');
  await cable.add(beside.port, { isGranted: true });
  board.unplug();
  await expect(page.getByText(/Unplugged\. Trying again/)).toBeVisible();
  await button(page, 'Retry').click();
  await expect(page.getByText(/Unplugged\. Trying again/)).toBeVisible();
  other.say(':nobody listens to this');
  board.plug();
  await expect(page.getByText('Listening', { exact: true })).toBeVisible();
  await expect(async () => {
    ours.say(':ours again');
    await expect(log(page)).toContainText('ours again', { timeout: 1_000 });
  }).toPass();
  await expect(log(page)).not.toContainText('nobody listens');
});

test('a crash is explained, with its addresses and the command that decodes them', async ({ page }) => {
  await listenTo(
    page,
    ':Exception (29):',
    ':epc1=0x40201a4b epc2=0x00000000 epc3=0x00000000 excvaddr=0x00000008 depc=0x00000000',
    ':>>>stack>>>',
    ':ctx: cont',
    ':3fffff70:  3fffdad0 00000000 40202f10 40202f10  ',
    ':<<<stack<<<',
  );
  await expect(log(page)).toContainText(/exception 29.*null pointer/);
  await expect(log(page)).toContainText("The crash happened in the sketch's own code.");
  await expect(log(page)).toContainText('addr2line -aipfC -e sketch.ino.elf 0x40201a4b 0x40202f10');
  await expect(button(page, 'Copy the command')).toBeVisible();
  const choose = (name: string, buffer: Buffer): Promise<void> =>
    page
      .getByLabel(/The .elf file of the very build/)
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
  await choose('porch.elf', Buffer.from('GIF89a'));
  await expect(page.getByRole('alert')).toContainText('no .elf file of an ESP8266 program');
  await choose('porch.elf', smallElf('_ZN6Sensor4readEv', 0x40201a00, 0x100));
  await expect(log(page)).toContainText('0x40201a4b Sensor::read');
  await expect(log(page)).toContainText('1 of 2 addresses are in functions of porch.elf');
});

test("the project's secrets are neither on the screen nor in the saved log", async ({ page }) => {
  await listenTo(page, ...started, `:psk is ${psk}, they say`, 'wifi try ssid=Attic', ':the end');
  await expect(log(page)).toContainText('the end');
  await expect(log(page)).toContainText('psk is •••, they say');
  const saved = await download(page, button(page, 'Save log'));
  expect(saved.name).toBe('porch-1-console.log');
  expect(saved.bytes.toString()).toContain('psk is •••, they say');
  expect(saved.bytes.toString()).not.toContain(psk);
  expect(await page.content()).not.toContain(psk);
  await button(page, 'Clear').click();
  await expect(log(page)).toContainText('What the board says over USB appears here.');
});

test.describe('under a failed stage', () => {
  test('a refused Wi-Fi password leads to Edit Wi-Fi', async ({ page }) => {
    await listenTo(page, ...started, 'wifi fail e=202');
    await expect(stage(page, /^Wi-Fi/)).toContainText('refused the password');
    await stage(page, /^Wi-Fi/)
      .getByRole('button', { name: 'Edit Wi-Fi' })
      .click();
    await expect(page.getByRole('dialog', { name: 'Edit Wi-Fi' })).toBeVisible();
    await expect(page.getByRole('dialog').getByLabel('Wi-Fi name')).toHaveValue('Attic');
  });

  test("a sensor that does not answer leads to the device's settings", async ({ page }) => {
    await listenTo(page, ...started, 'read fail e=801');
    await stage(page, /^Reading/)
      .getByRole('link', { name: 'Settings of porch-1' })
      .click();
    await expect(page.getByLabel('Sensor type')).toBeVisible();
  });

  test('a broker of another authority leads to its files', async ({ page }) => {
    await listenTo(page, ...started, 'tls fail e=404');
    await stage(page, /^TLS/).getByRole('link', { name: 'Broker files and start' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Broker' })).toBeVisible();
  });

  test('damaged files lead to writing again, right there', async ({ page }) => {
    await listenTo(page, ...started.slice(0, 2), 'cfg fail e=104');
    await stage(page, /^Settings/)
      .getByRole('link', { name: 'Write again' })
      .click();
    await expect(page.getByRole('button', { name: 'Connect board' })).toBeVisible();
    await stage(page, /^Settings/)
      .getByRole('button', { name: 'Write again' })
      .click();
    await expect(page.getByLabel('Firmware', { exact: true })).toBeFocused();
  });

  test('a time server that is wrong has nothing to press, and it says why', async ({ page }) => {
    await listenTo(page, ...started, 'time fail e=302');
    await expect(stage(page, /^Time/)).toContainText('Nothing to press here: it is the time server');
    await expect(stage(page, /^Time/).getByRole('button')).toHaveCount(0);
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`with failures, a crash, a match and a report nothing breaks WCAG 2.2 AA, ${colorScheme}`, async ({
    page,
    context,
  }) => {
    await installAxe(context);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const crash = [':Exception (29):', ':>>>stack>>>', ':3fffff70:  40202f10 40202f14 ', ':<<<stack<<<'];
    const failures = ['cfg ok id=porch-1 e=103 key=led.pin', 'wifi fail e=202', 'time fail e=302'];
    await listenTo(page, ...started, ...failures, ...crash);
    await expect(button(page, 'Copy the command')).toBeVisible();
    await page.getByLabel('Search the console').fill('stack');
    await button(page, 'Next').click();
    await page.getByLabel('Baud rate', { exact: true }).selectOption('Another …');
    await button(page, 'Pause').click();
    await page.getByRole('button', { name: 'Save field report …' }).click();
    await page.getByText('Lines of the console').click();
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflowPx(page)).toBe(0);
  });
}

test('20,000 lines at once keep every task of the page short, also while they are searched', async ({
  page,
  browser,
}) => {
  const program = await listenTo(page, ':ready');
  await expect(log(page)).toContainText('ready');
  const lines = Array.from({ length: 20_000 }, (_, i) => `:burst ${i} temperature=21.5 humidity=40.2`);
  const longest = await longestMainThreadTask(browser, page, async () => {
    for (let at = 0; at < lines.length; at += 500) program.say(...lines.slice(at, at + 500));
    await expect(log(page)).toContainText('burst 19999', { timeout: 60_000 });
    await page.getByLabel('Search the console').fill('BURST');
    await expect(page.getByText('20000 lines')).toBeVisible();
  });
  const description = `${longest.wallMs.toFixed(1)} ms wall, ${longest.cpuMs.toFixed(1)} ms cpu`;
  test.info().annotations.push({ type: 'longest task', description });
  expect(longest.cpuMs).toBeLessThan(50);
  expect(await log(page).locator('[data-line]').count(), 'only what is seen is drawn').toBeLessThan(200);
});

test('a field report is looked at, saved, and replayed in the demo with the same checklist', async ({
  page,
}) => {
  await listenTo(
    page,
    ...started,
    'wifi ok ip=192.168.1.23 rssi=-61',
    `:by the way, ${psk}`,
    'tls fail e=403',
    'read ok temperature=21.5 humidity=40.2',
  );
  await expect(page.getByText('21.5 °C', { exact: true })).toBeVisible();
  await expect(stage(page, /^TLS/)).toContainText('Failed');
  const states = (of: Page): Promise<string[]> =>
    of.getByRole('list', { name: 'Bring-up' }).locator('.line').allInnerTexts();
  const before = await states(page);

  await page.getByRole('button', { name: 'Save field report …' }).click();
  await expect(page.getByText(/\d+ lines over \d+ s at 115200 baud/)).toBeVisible();
  await page.getByText('Lines of the console').click();
  await expect(page.getByRole('log', { name: 'Lines of the report' })).toContainText('by the way, •••');
  const report = await download(page, button(page, 'Save this report'));
  expect(report.name).toMatch(/^signet-field-report-\d{4}-\d\d-\d\d\.json$/);
  expect(report.bytes.toString()).not.toContain(psk);

  await page.goto(`${server.origin}/demo.html`);
  await page.getByRole('button', { name: 'New project' }).click();
  await createButton(page).click();
  await expect(page.getByRole('button', { name: 'Use a virtual board' })).toBeVisible({ timeout: 30_000 });
  await page.goto(`${server.origin}/demo.html#/devices/porch-1/console`);
  const choose = async (name: string, buffer: Buffer): Promise<void> =>
    page.getByLabel(/^Report/).setInputFiles({ name, mimeType: 'application/json', buffer });
  await choose('holiday.json', Buffer.from('{"photos": 12}'));
  await expect(
    page.getByText(/This is not a field report that can be read: format is missing/),
  ).toBeVisible();
  await choose('cut.json', report.bytes.subarray(0, 400));
  await expect(page.getByText(/cannot? be read|can be read: it is no JSON/)).toBeVisible();
  await choose(report.name, report.bytes);
  await page.getByLabel('Speed').selectOption('5 times as fast');
  await button(page, 'Replay').click();
  await expect(stage(page, /^TLS/)).toContainText('403');
  await expect(stage(page, /^Reading/)).toContainText('OK');
  await expect.poll(() => states(page)).toEqual(before);
  await expect(log(page)).toContainText('by the way, •••');
});

test('locked, a field report asks for the passphrase first', async ({ page }) => {
  const passphrase = 'amber lantern quietly orbit seventeen';
  const program = new ScriptedProgram([`:psk ${psk}`, ':the end']);
  await plugIn(page, boardWith({ application: program }).port);
  await page.goto(`${server.origin}/index.html`);
  await createProject(page, { psk, passphrase });
  await page.goto(`${server.origin}/index.html#/devices/porch-1/console`);
  await page.reload();
  await button(page, 'Listen').click();
  await button(page, 'Reset').click();
  await expect(log(page)).toContainText('the end');
  await expect(page.getByText(/project is locked: its passwords are not known/)).toBeVisible();
  await page.getByRole('button', { name: 'Save field report …' }).click();
  await expect(page.getByText("The project's keys are locked.")).toBeVisible();
  await page.getByRole('alert').getByRole('button', { name: 'Unlock' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await dialog.getByRole('button', { name: 'Unlock' }).click();
  await expect(button(page, 'Save this report')).toBeVisible({ timeout: 30_000 });
  await expect(log(page).first(), 'what was shown before the keys came is hidden too').toContainText(
    'psk •••',
  );
  expect(await page.content()).not.toContain(psk);
});

test('what the flash job went through stands in the report', async ({ page }) => {
  const board = new VirtualBoard({ seed: 3, application: new ScriptedProgram(started) });
  boards.push(board);
  await plugIn(page, board.port);
  await page.goto(`${server.origin}/index.html`);
  await createProject(page, { psk });
  await page.getByLabel('Firmware', { exact: true }).selectOption('published');
  await page.getByRole('button', { name: 'Connect board' }).click();
  await writeButton(page).click({ timeout: 30_000 });
  await expect(page.getByText(/Done: the/)).toBeVisible({ timeout: 60_000 });
  await page.goto(`${server.origin}/index.html#/devices/porch-1/console`);
  await page.getByRole('button', { name: 'Save field report …' }).click();
  await expect(page.getByText(/^ESP8266EX, 4 MB flash, MAC 5c:cf:7f and no further$/)).toBeVisible();
  await page.getByText('Steps of the flash job').click();
  await expect(page.getByText(/connecting attempt 1 of \d/)).toBeVisible();
  const report = await download(page, button(page, 'Save this report'));
  const parsed = JSON.parse(report.bytes.toString()) as { page: { version: string } };
  expect(parsed.page.version).toBe(
    (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version,
  );
});

/** An ELF file of the chip with one function: three sections, of which one is the symbols and one their names. */
function smallElf(name: string, address: number, sizeBytes: number): Buffer {
  const [sectionsAt, symbolsAt, namesAt] = [52, 52 + 3 * 40, 52 + 3 * 40 + 16];
  const elf = Buffer.alloc(namesAt + 1 + name.length + 1);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  elf.writeUInt16LE(94, 18);
  elf.writeUInt32LE(sectionsAt, 32);
  elf.writeUInt16LE(3, 48);
  /** Type, offset, size and link, at their places of a section's header. */
  const section = (index: number, values: readonly [number, number, number, number]): void =>
    [4, 16, 20, 24].forEach((place, i) => elf.writeUInt32LE(values[i] ?? 0, sectionsAt + index * 40 + place));
  section(1, [2, symbolsAt, 16, 2]);
  section(2, [3, namesAt, name.length + 2, 0]);
  elf.writeUInt32LE(1, symbolsAt);
  elf.writeUInt32LE(address, symbolsAt + 4);
  elf.writeUInt32LE(sizeBytes, symbolsAt + 8);
  elf.writeUInt8(2, symbolsAt + 12);
  elf.write(name, namesAt + 1);
  return elf;
}
