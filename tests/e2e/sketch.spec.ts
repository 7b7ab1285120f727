/**
 * A person's own sketch: its files and its .bin written to the board, judged outside the page by OpenSSL and from the
 * board's flash. Real: the page, esptool-js, OpenSSL. Simulated: the USB cable.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { layoutNamed } from '../../src/contract/flash-layouts.ts';
import { readImage } from '../../src/littlefs/reader.ts';
import { buildImage, fullImage } from '../../src/littlefs/writer.ts';
import { concatBytes, u32le, utf8, type Bytes } from '../../src/shared/bytes.ts';
import { VirtualBoard } from '../../src/virtual-board/virtual-board.ts';
import { installAxe, violations } from './support/axe.ts';
import { createProject, download, overflowPx, writeButton } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { ScriptedProgram } from './support/scripted-program.ts';
import { plugIn } from './support/usb-cable.ts';

test.use({ actionTimeout: 15_000, permissions: ['clipboard-read', 'clipboard-write'] });

const passphrase = 'amber lantern quietly orbit seventeen';
const layout = layoutNamed('4m1m');
let server: PageServer;
let folder: string;

test.beforeAll(async () => {
  server = await servePage();
  folder = mkdtempSync(path.join(tmpdir(), 'signet-sketch-'));
});

test.afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

/** A boot loader and a program as the IDE exports them; the program's code names the layout's file system. */
function sketchBin(): Bytes {
  const start = 0x40200000 + layout.fsOffset;
  const header = Uint8Array.of(0xe9, 1, 2, 0x40);
  const words = [u32le(start), u32le(start + layout.fsSizeBytes)];
  const code = concatBytes([new Uint8Array(9000).fill(0x3a), ...words, new Uint8Array(192).fill(7)]);
  const loader = concatBytes([header, u32le(0x4010f000), u32le(0x4010f000), u32le(16), new Uint8Array(16)]);
  const bytes = new Uint8Array(4096 + 16 + code.length).fill(0xaa);
  bytes.set(loader);
  bytes[47] = 0xef;
  bytes.set(concatBytes([header, u32le(0x40201010), u32le(0x40201010), u32le(code.length), code]), 4096);
  return bytes;
}

const file = (name: string, content: Uint8Array): { name: string; mimeType: string; buffer: Buffer } => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content),
});

async function openSketch(page: Page, preset: string): Promise<void> {
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await page.getByRole('link', { name: /porch-1/ }).click();
  await page.getByRole('link', { name: 'Own sketch' }).click();
  await page.getByLabel('Preset').selectOption(preset);
}

const rows = (page: Page): Locator =>
  page.getByRole('list', { name: 'Files', exact: true }).getByRole('listitem');
const write = (page: Page): Locator => page.getByRole('button', { name: 'Write to the board' });

/** Files and folders of this computer let go over the drop zone, as the browser gets them from the desktop. */
async function dropFiles(page: Page, paths: readonly string[]): Promise<void> {
  const zone = page.getByRole('group', { name: 'Further files' });
  await zone.scrollIntoViewIfNeeded();
  const box = await zone.boundingBox();
  const at = { x: (box?.x ?? 0) + 20, y: (box?.y ?? 0) + 10 };
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', {
      type,
      ...at,
      data: { items: [], files: [...paths], dragOperationsMask: 1 },
    });
  }
  await session.detach();
}

function filesIn(image: Uint8Array): Map<string, Bytes> {
  const { entries } = readImage(image, layout);
  return new Map(entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.path, entry.read()]] : [])));
}

/** The public key of what lies in a file, by OpenSSL. */
function publicKey(name: string, content: Uint8Array, args: readonly string[]): string {
  const target = path.join(folder, name);
  writeFileSync(target, content);
  return execFileSync('openssl', [...args, '-in', target], { encoding: 'utf8' });
}

test('S4: the files and a .bin of my own go to the board, and what went there is what OpenSSL accepts', async ({
  page,
}) => {
  const foreign = ['shed', 'lamp-9'].map((text) => `"${text}"`);
  const other = utf8(`{"v":1,"project":${foreign[0]},"id":${foreign[1]}}`);
  const flash = new Uint8Array(4 * 1_048_576).fill(0xff);
  const before = fullImage(
    buildImage(layout, [
      { path: '/a.cfg', content: other },
      { path: '/notes.txt', content: other },
    ]),
  );
  flash.set(before, layout.fsOffset);
  const says = ':ESP8266 Sensor Application';
  const board = new VirtualBoard({ seed: 5, flash, application: new ScriptedProgram([says]) });
  await plugIn(page, board.port);
  await page.goto(server.origin);
  await createProject(page);
  await openSketch(page, 's4');
  const program = sketchBin();

  await test.step('the .bin tells its layout', async () => {
    await page.getByLabel('Program of your own').setInputFiles(file('garage.ino.bin', program));
    await expect(page.getByText('built for the layout 4m1m')).toBeVisible();
    await expect(page.getByLabel('Flash layout')).toHaveValue('4m1m');
    await expect(rows(page)).toHaveText([/\/client\.crt\.der/, /\/client\.key\.der\s+121 B\s+Secret/]);
  });

  await test.step('the plan names what will be replaced before anything is', async () => {
    await write(page).click();
    await expect(writeButton(page)).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText("The board holds Signet's files of shed/lamp-9")).toBeVisible();
    await expect(page.getByText('These files on the board will be replaced: /notes.txt.')).toBeVisible();
    const held = board.flash.bytes.subarray(layout.fsOffset, layout.fsOffset + layout.fsSizeBytes);
    expect(Buffer.from(held).equals(Buffer.from(before)), 'nothing is written yet').toBe(true);
  });

  await test.step('it is written, verified, and heard on the console', async () => {
    await writeButton(page).click();
    await expect(page.getByText('Done: the image is verified')).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText('ESP8266 Sensor Application')).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText(/Waiting for the first reading/)).toBeHidden();
  });

  const written = board.flash.bytes.slice(layout.fsOffset, layout.fsOffset + layout.fsSizeBytes);
  await test.step('certificate and key on the flash belong together', () => {
    expect(Buffer.from(board.flash.bytes.subarray(0, program.length)).equals(Buffer.from(program))).toBe(
      true,
    );
    const files = filesIn(written);
    expect([...files.keys()].sort()).toEqual(['/client.crt.der', '/client.key.der']);
    const [certificate, key] = ['/client.crt.der', '/client.key.der'].map(
      (name) => files.get(name) ?? new Uint8Array(),
    );
    const ofCertificate = publicKey('crt.der', certificate ?? new Uint8Array(), [
      'x509',
      '-inform',
      'DER',
      '-noout',
      '-pubkey',
    ]);
    const ofKey = publicKey('key.der', key ?? new Uint8Array(), ['pkey', '-inform', 'DER', '-pubout']);
    expect(ofCertificate).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    expect(ofKey).toBe(ofCertificate);
  });

  await test.step('the image for other tools is what was written', async () => {
    await page.getByRole('button', { name: 'Download image' }).click();
    const dialog = page.getByRole('dialog', { name: 'It holds secrets' });
    await expect(dialog).toContainText('holds the private key of the device');
    const image = await download(page, dialog.getByRole('button', { name: 'Download with its secrets' }));
    expect(image.name).toBe('porch-1-littlefs-4m1m-at-0x300000-SECRET.bin');
    expect(image.bytes).toHaveLength(layout.fsSizeBytes);
    expect(filesIn(image.bytes)).toEqual(filesIn(written));
    // Where the image says nothing, the board may hold anything: old blocks that no directory names.
    const differing = image.bytes.filter((byte, i) => byte !== written[i] && byte !== 0xff);
    expect(differing).toHaveLength(0);
  });

  await test.step('written once more, nothing is left to do', async () => {
    await write(page).click();
    await expect(page.getByText('The board holds exactly this already.')).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText(/will be replaced/)).toBeHidden();
    await page.getByRole('button', { name: 'Cancel' }).click();
  });
  board.stop();
});

test('names and contents that cannot be are refused beside their rows, and nothing is lost', async ({
  page,
}) => {
  const board = new VirtualBoard({ seed: 5 });
  await plugIn(page, board.port);
  await page.goto(server.origin);
  await createProject(page);
  await openSketch(page, 's4');
  await page.getByLabel('Flash layout').selectOption('512k32');
  const spiffs = new Uint8Array(3 * 8192).fill(0xff);
  for (const start of [0, 8192, 16_384]) spiffs.set([0x29, 0x04, 1, 0], start + 252);
  const long = `${'é'.repeat(16)}.txt`;
  await page
    .locator('input[type=file][multiple]')
    .setInputFiles([
      file(long, utf8('x')),
      file('client.CRT.der', utf8('x')),
      file('big.bin', new Uint8Array(40_000)),
      file('spiffs.bin', spiffs),
      file('Thumbs.db', utf8('x')),
    ]);
  await expect(page.getByText("Left out, the computer's own: Thumbs.db.")).toBeVisible();
  await expect(rows(page)).toHaveCount(6);
  await expect(rows(page).nth(2)).toContainText('has 36 bytes, and 31 is the most');
  await expect(rows(page).nth(3)).toContainText('is there twice (as "/client.crt.der")');
  await expect(rows(page).nth(4)).toContainText(
    'has 40000 bytes, and the file system of the layout 512k32 has 32768',
  );
  await expect(rows(page).nth(5)).toContainText('This is a SPIFFS image');
  await expect(write(page)).toBeDisabled();
  await expect(page.getByRole('button', { name: 'Download image' })).toBeDisabled();

  await test.step('another layout takes the large one, a new name the long one', async () => {
    await page.getByLabel('Flash layout').selectOption('4m3m');
    await expect(rows(page).nth(4)).not.toContainText('40000 bytes');
    await rows(page).nth(2).getByRole('textbox').fill('/short.txt');
    await rows(page).nth(3).getByRole('textbox').fill('/www/client.der');
    await rows(page)
      .nth(5)
      .getByRole('button', { name: /^Remove/ })
      .click();
    await expect(rows(page)).toHaveCount(5);
    await expect(page.getByText(/ used in 4m3m/)).toBeVisible();
    await expect(write(page)).toBeEnabled();
  });

  await test.step('all of it is still there after a look at another part', async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: 'Own sketch' }).click();
    await expect(rows(page).nth(3).getByRole('textbox')).toHaveValue('/www/client.der');
    await expect(page.getByLabel('Flash layout')).toHaveValue('4m3m');
  });

  await test.step('the files together can be too large', async () => {
    await page.getByLabel('Flash layout').selectOption('512k64');
    await page
      .locator('input[type=file][multiple]')
      .setInputFiles([file('more.bin', new Uint8Array(40_000))]);
    await expect(
      page.getByText(/The files need .* bytes, and the file system of the layout 512k64/),
    ).toBeVisible();
    await expect(write(page)).toBeDisabled();
  });

  await test.step('a .bin that is none is refused', async () => {
    const input = page.getByLabel('Program of your own');
    await input.setInputFiles(file('photo.bin', utf8('JFIF')));
    await expect(page.getByText('it does not begin with 0xE9')).toBeVisible();
    await input.setInputFiles(file('fs.bin', spiffs));
    await expect(page.getByText('This is a SPIFFS image')).toBeVisible();
    await input.setInputFiles(file('cut.bin', sketchBin().subarray(0, 30)));
    await expect(page.getByText(/cut|incomplete|ends/i).first()).toBeVisible();
  });
  board.stop();
});

test('a folder is dropped with what is in it, and the .zip for the IDE holds it under data/', async ({
  page,
}) => {
  await page.goto(server.origin);
  await createProject(page, { passphrase });
  await page.reload();
  await openSketch(page, 's5');

  await test.step('a folder chosen by button keeps its inner folders', async () => {
    const site = path.join(folder, 'data');
    execFileSync('mkdir', ['-p', path.join(site, 'www')]);
    writeFileSync(path.join(site, 'www', 'index.html'), '<p>');
    writeFileSync(path.join(site, 'names.txt'), 'n');
    await page.locator('input[webkitdirectory]').setInputFiles(site);
    await expect(rows(page)).toHaveCount(5);
    const paths = page.getByRole('list', { name: 'Files', exact: true }).getByRole('textbox');
    expect((await Promise.all((await paths.all()).map((input) => input.inputValue()))).sort()).toEqual([
      '/names.txt',
      '/www/index.html',
    ]);
  });

  await test.step('a folder is dropped by the mouse, an empty one in it', async () => {
    const dropped = path.join(folder, 'logs');
    execFileSync('mkdir', ['-p', path.join(dropped, 'empty')]);
    writeFileSync(path.join(dropped, 'hello.txt'), 'hello');
    await dropFiles(page, [dropped]);
    await expect(rows(page)).toHaveCount(7);
    await expect(rows(page).filter({ hasText: 'empty folder' })).toHaveCount(1);
  });

  await test.step('locked, the .zip asks for the keys and goes on by itself', async () => {
    await page.getByRole('button', { name: 'Download .zip for the IDE' }).click();
    await page.getByRole('button', { name: 'Download with its secrets' }).click();
    await page.getByRole('main').getByRole('button', { name: 'Unlock' }).click();
    const lock = page.getByRole('dialog', { name: /locked/ });
    await lock.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    const zip = await download(page, lock.getByRole('button', { name: 'Unlock' }));
    expect(zip.name).toBe('porch-1-sketch-files-SECRET.zip');
    const unpacked = unzipSync(zip.bytes);
    expect(Object.keys(unpacked).sort()).toEqual([
      'README.txt',
      'data/SecuredDev01_crt.pem',
      'data/SecuredDev01_key_nopass.pem',
      'data/logs/empty/',
      'data/logs/hello.txt',
      'data/names.txt',
      'data/rootCA_certificate.pem',
      'data/www/index.html',
      'rootCA_certificate.der.h',
    ]);
    const key = publicKey('k.pem', unpacked['data/SecuredDev01_key_nopass.pem'] ?? new Uint8Array(), [
      'pkey',
      '-pubout',
    ]);
    const crt = publicKey('c.pem', unpacked['data/SecuredDev01_crt.pem'] ?? new Uint8Array(), [
      'x509',
      '-noout',
      '-pubkey',
    ]);
    expect(key).toBe(crt);
  });
});

test('every preset shows its files, headers, code and needs', async ({ page }) => {
  await page.goto(server.origin);
  await createProject(page);

  await openSketch(page, 's1');
  await expect(page.getByText('IBM closed the Watson IoT Platform on 1 December 2023')).toBeVisible();
  await expect(page.getByText(/logs in with a user name and a token/)).toBeVisible();
  await expect(rows(page)).toHaveText([/\/rootCA_certificate\.pem/]);
  const header = await download(
    page,
    page.getByRole('button', { name: 'Download rootCA_certificate.der.h' }),
  );
  expect(header.bytes.toString()).toContain('unsigned char rootCA_certificate_der[] = {');
  const [image] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download image' }).click(),
  ]);
  expect(image.suggestedFilename(), 'an authority is no secret').toBe(
    'porch-1-littlefs-4m2m-at-0x200000.bin',
  );

  await page.getByLabel('Preset').selectOption('s3');
  await expect(page.getByText('No files: this choice puts everything into the program.')).toBeVisible();
  await expect(write(page), 'nothing to write without a .bin').toBeDisabled();
  await page.getByRole('button', { name: 'Copy secure_credentials.h' }).click();
  await expect(page.getByRole('button', { name: 'Copy secure_credentials.h' })).toHaveText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('#define STASSID "Attic"');

  await page.getByLabel('Preset').selectOption('s4');
  await page.getByText('What to replace in the sketch').click();
  await expect(page.getByText('SPIFFS.begin();')).toBeVisible();
  await page.getByText('Loader code', { exact: true }).click();
  await page.getByRole('button', { name: 'Copy loader code' }).click();
  const code = await page.evaluate(() => navigator.clipboard.readText());
  expect(code).toContain('readWholeFile("/client.key.der")');
  expect(code).toMatch(/setFingerprint\("([0-9A-F]{2} ){19}[0-9A-F]{2}"\)/);

  await page.getByLabel('Preset').selectOption('free');
  await page.getByLabel('Name 2').fill('/certs/me.der');
  await page.getByLabel('Format 2').selectOption('der');
  await page.getByRole('button', { name: 'Leave out /ca.pem' }).click();
  await expect(rows(page)).toHaveText([/\/certs\/me\.der/, /\/client\.key/]);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a phone shows every preset without scrolling sideways, WCAG 2.2 AA (${colorScheme})`, async ({
    page,
  }) => {
    await installAxe(page.context());
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme });
    await page.goto(server.origin);
    await createProject(page);
    await openSketch(page, 's4');
    await page.locator('input[type=file][multiple]').setInputFiles([file('what?.txt', utf8('x'))]);
    for (const summary of await page.getByRole('main').locator('summary').all()) await summary.click();
    for (const preset of ['s4', 's1', 's2', 's3', 's5', 'free']) {
      await page.getByLabel('Preset').selectOption(preset);
      expect(await overflowPx(page), preset).toBe(0);
      expect(await violations(page), preset).toEqual([]);
    }
  });
}
