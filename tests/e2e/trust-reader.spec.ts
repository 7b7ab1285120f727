/** *Drop any certificate, key, CSR or P12 to read it*: files of the real openssl, explained, judged and taken away again. */
import { readFileSync } from 'node:fs';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { OpensslFolder } from '../fixtures/openssl.ts';
import { installAxe, violations } from './support/axe.ts';
import { overflowPx } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';

test.use({ actionTimeout: 15_000 });

let server: PageServer;
let files: OpensslFolder;

test.beforeAll(async () => {
  server = await servePage();
  files = new OpensslFolder();
  files.run(
    'req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj {/CN=Porch Root CA} -days 3560 -out ca.crt',
  );
  files.run('ecparam -name prime256v1 -genkey -noout -out leaf.key');
  files.run('req -new -key leaf.key -subj /CN=pi.local -out leaf.csr');
  files.write(
    'ext.cfg',
    'subjectAltName=DNS:pi.local,IP:192.168.1.10\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n',
  );
  files.run(
    'x509 -req -in leaf.csr -CA ca.crt -CAkey ca.key -set_serial 11 -days 900 -extfile ext.cfg -out leaf.crt',
  );
  files.run(
    'pkcs12 -export -legacy -inkey leaf.key -in leaf.crt -certfile ca.crt -passout pass:password123 -out old.p12',
  );
});

test.afterAll(async () => {
  files.remove();
  await server.close();
});

const open = async (page: Page): Promise<void> => {
  await page.goto(`${server.origin}/index.html#/trust`);
  await expect(page.getByText('Drop any certificate, key, CSR, CRL or P12 to read it.')).toBeVisible();
};
const bring = (page: Page, ...names: string[]): Promise<void> =>
  page.getByLabel('Certificate or key files').setInputFiles(names.map((name) => files.file(name)));
const article = (page: Page, name: string): Locator =>
  page.getByRole('article').filter({ has: page.getByRole('heading', { name, exact: true, level: 3 }) });
const verdictOf = (page: Page, verifier: string): Locator =>
  article(page, 'pi.local').getByRole('listitem').filter({ hasText: verifier });

test('a broker certificate is explained with its chain, and each verifier says whether it will work', async ({
  page,
}) => {
  await open(page);
  await bring(page, 'leaf.crt');
  const leaf = article(page, 'pi.local');
  await expect(leaf.getByText('Certificate of a server')).toBeVisible();
  await expect(leaf.getByText('DNS:pi.local, IP:192.168.1.10')).toBeVisible();
  await expect(
    leaf.getByText(/An ESP8266 will not accept the IP address 192.168.1.10 as host name/),
  ).toBeVisible();
  await expect(leaf.getByText('Porch Root CA (not here: add its certificate)')).toBeVisible();
  await expect(verdictOf(page, 'Mosquitto')).toContainText('Not proven');

  await bring(page, 'ca.crt', 'leaf.crt');
  await expect(leaf.getByText('signed itself')).toBeVisible();
  await expect(verdictOf(page, 'ESP8266 (BearSSL)')).toContainText('Works');
  await expect(verdictOf(page, 'Apple')).toContainText('825 are the most');
  await leaf.getByLabel('The broker is reached as').fill('192.168.1.10');
  await expect(verdictOf(page, 'ESP8266 (BearSSL)')).toContainText('Refused');
  await expect(verdictOf(page, 'ESP8266 (BearSSL)')).toContainText('Add 192.168.1.10 to the DNS names');
  await expect(verdictOf(page, 'Chrome')).toContainText('Works');
});

test('an old .p12 opens with its password only, and its key is taken away under a strong one', async ({
  page,
}) => {
  await open(page);
  await bring(page, 'old.p12');
  const password = page.getByLabel('Password of old.p12', { exact: true });
  await password.fill('wrong');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(page.getByText('The password does not open the file.')).toBeVisible();
  await password.fill('password123');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  const key = article(page, 'EC, P-256');
  await expect(key.getByText(/3DES-CBC, PKCS#12 with SHA-1, 2048 rounds/)).toBeVisible();
  await expect(password).toBeHidden();

  await key.getByText('Take it away as …').click();
  await key.getByLabel('Form of private-key').selectOption('key-encrypted');
  await key.getByLabel('Password for the file', { exact: true }).fill('password123');
  await key.getByLabel('Password again', { exact: true }).fill('password124');
  await key.getByRole('button', { name: 'Download' }).click();
  await expect(key.getByText('The two passwords differ.')).toBeVisible();
  await key.getByLabel('Password again', { exact: true }).fill('password123');
  await key.getByRole('button', { name: 'Download' }).click();
  await expect(key.getByText(/The password is too weak/)).toBeVisible();
  for (const label of ['Password for the file', 'Password again']) {
    await key.getByLabel(label, { exact: true }).fill('lantern orbit quiet seventeen');
  }
  const download = page.waitForEvent('download');
  await key.getByRole('button', { name: 'Download' }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe('private-key.key.pem');
  files.write('saved.pem', readFileSync(await saved.path()));
  expect(files.run('pkey -in saved.pem -passin {pass:lantern orbit quiet seventeen}')).toBe(
    files.run('pkey -in leaf.key'),
  );

  const leaf = article(page, 'pi.local');
  await leaf.getByText('Take it away as …').click();
  await leaf.getByLabel('Form of pi.local').selectOption('p12-compatible');
  for (const label of ['Password for the file', 'Password again']) {
    await leaf.getByLabel(label, { exact: true }).fill('lantern orbit quiet seventeen');
  }
  const second = page.waitForEvent('download');
  await leaf.getByRole('button', { name: 'Download' }).click();
  files.write('saved.p12', readFileSync(await (await second).path()));
  const opened = files.judge(
    'pkcs12 -in saved.p12 -legacy -nodes -passin {pass:lantern orbit quiet seventeen}',
  );
  expect(opened.text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
});

test('a copy leaves the clipboard after half a minute', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.clock.install();
  await open(page);
  await bring(page, 'leaf.crt');
  const leaf = article(page, 'pi.local');
  await leaf.getByText('Take it away as …').click();
  await leaf.getByRole('button', { name: 'Copy' }).click();
  await expect(leaf.getByText('Copied. The clipboard is emptied in 30 seconds.')).toBeVisible();
  const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  expect(await clipboard()).toBe(files.run('x509 -in leaf.crt'));
  await page.clock.runFor(31_000);
  await expect.poll(clipboard).toBe('');
});

test('what cannot be read says why and what to do, and pasting works too', async ({ page }) => {
  await open(page);
  const paste = async (text: string): Promise<void> => {
    await page.getByRole('button', { name: 'Paste text' }).click();
    await page.getByLabel('Text with its BEGIN and END lines').fill(text);
    await page.getByRole('button', { name: 'Read text' }).click();
  };
  await paste('Dear all');
  await expect(page.getByRole('alert')).toContainText('This is no certificate, key, request');
  const pem = files.run('x509 -in leaf.crt');
  await paste(pem.slice(0, 300));
  await expect(page.getByRole('alert')).toContainText('ends too early');
  files.write('large', new Uint8Array(5 * 1024 * 1024));
  await bring(page, 'large');
  await expect(page.getByRole('alert')).toContainText('no key or certificate is larger than 4 MiB');
  await paste(pem);
  await expect(page.getByRole('alert')).toBeHidden();
  await expect(article(page, 'pi.local')).toBeVisible();
  await page.getByRole('button', { name: 'Clear what was read' }).click();
  await expect(article(page, 'pi.local')).toBeHidden();
});

test('files may be dropped', async ({ page }) => {
  await open(page);
  const text = files.run('req -in leaf.csr');
  const transfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer();
    data.items.add(new File([content], 'leaf.csr'));
    return data;
  }, text);
  await page
    .getByRole('group', { name: 'Drop files here' })
    .dispatchEvent('drop', { dataTransfer: transfer });
  await expect(article(page, 'pi.local').getByText('Certificate signing request')).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`what was read breaks no WCAG 2.2 AA and no narrow screen, ${colorScheme}`, async ({
    page,
    context,
  }) => {
    await installAxe(context);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await open(page);
    await bring(page, 'leaf.crt', 'ca.crt', 'old.p12', 'leaf.csr');
    await expect(page.getByRole('article')).toHaveCount(4);
    await article(page, 'pi.local').first().getByText('Take it away as …').click();
    await page.getByRole('button', { name: 'Paste text' }).click();
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflowPx(page)).toBe(0);
    expect(await violations(page)).toEqual([]);
    const pictures = process.env['SIGNET_PICTURES'];
    if (pictures === undefined) return;
    await page.screenshot({ path: `${pictures}/reader-narrow-${colorScheme}.png`, fullPage: true });
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.screenshot({ path: `${pictures}/reader-wide-${colorScheme}.png`, fullPage: true });
  });
}
