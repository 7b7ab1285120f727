/** The project's own certificates: explained, judged for every verifier, and taken away with their keys. */
import { expect, test, type Locator, type Page } from '@playwright/test';
import { OpensslFolder } from '../fixtures/openssl.ts';
import { installAxe, violations } from './support/axe.ts';
import { download, overflowPx } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { openTrust, row } from './support/trust.ts';

test.use({ actionTimeout: 15_000 });

let server: PageServer;
let files: OpensslFolder;
const strong = 'lantern orbit quiet seventeen';

test.beforeAll(async () => {
  server = await servePage();
  files = new OpensslFolder();
});
test.afterAll(async () => {
  files.remove();
  await server.close();
});

async function showAll(page: Page, name: string): Promise<Locator> {
  await row(page, name).first().locator('summary').first().click();
  await page.getByRole('button', { name: `Explain and export: ${name}`, exact: true }).click();
  return row(page, name).first();
}

test('a device is taken away as PKCS#12 and as a header with its Wi-Fi, and OpenSSL opens both', async ({
  page,
}) => {
  await openTrust(page, server.origin);
  const device = await showAll(page, 'porch-1');
  await expect(device.getByText('Certificate of a client')).toBeVisible();
  await device.getByRole('button', { name: 'Open its key, to take it away' }).click();
  await expect(device.getByText('EC, P-256').first()).toBeVisible();
  await device.getByText('Take it away as …').first().click();
  const form = device.getByLabel('Form of porch-1');

  await form.selectOption('p12-modern');
  for (const label of ['Password for the file', 'Password again'])
    await device.getByLabel(label, { exact: true }).fill(strong);
  const p12 = await download(page, device.getByRole('button', { name: 'Download', exact: true }));
  files.write('porch.p12', p12.bytes);
  const opened = files.judge(`pkcs12 -in porch.p12 -nodes -passin {pass:${strong}}`);
  expect(opened.text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  expect(opened.text).toContain('BEGIN PRIVATE KEY');

  await form.selectOption('secure-credentials');
  await expect(device.getByLabel('Wi-Fi name for STASSID')).toHaveValue('Attic');
  const header = await download(page, device.getByRole('button', { name: 'Download', exact: true }));
  expect(header.name).toBe('secure_credentials.h');
  expect(header.bytes.toString()).toContain('#define STASSID "Attic"\n#define STAPSK "correct horse"\n');
});

test("each verifier says of the broker's own certificate whether it will work", async ({ page }) => {
  await openTrust(page, server.origin);
  const broker = await showAll(page, 'Broker, port 8883');
  const verdictOf = (verifier: string): Locator => broker.getByRole('listitem').filter({ hasText: verifier });
  await expect(verdictOf('ESP8266 (BearSSL)')).toContainText('Works');
  await expect(verdictOf('Node-RED')).toContainText('Works');
  await expect(broker.getByText('On the browser port')).toBeHidden();
  await broker.getByLabel('The broker is reached as').fill('other.local');
  await expect(verdictOf('ESP8266 (BearSSL)')).toContainText('Refused');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a certificate in full breaks no WCAG 2.2 AA and no narrow screen, ${colorScheme}`, async ({
    page,
    context,
  }) => {
    await installAxe(context);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await openTrust(page, server.origin);
    const broker = await showAll(page, 'Broker, port 8884');
    await broker.getByRole('button', { name: 'Open its key, to take it away' }).click();
    await expect(broker.getByText('Private key', { exact: true })).toBeVisible();
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
      expect(await violations(page)).toEqual([]);
      expect(await overflowPx(page)).toBe(0);
      const pictures = process.env['SIGNET_PICTURES'];
      if (pictures !== undefined)
        await page.screenshot({ path: `${pictures}/own-${width}-${colorScheme}.png`, fullPage: true });
    }
  });
}
