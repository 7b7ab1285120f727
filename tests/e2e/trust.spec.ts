/** Trust as a workshop, on the production build in real Chromium; a real Mosquitto and OpenSSL are the judges. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { installAxe, violations } from './support/axe.ts';
import { freePorts } from './support/broker.ts';
import { download, overflowPx } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import {
  act,
  brokerJudges,
  dialog,
  identityOf,
  makeDevice,
  openTrust,
  revoke,
  row,
  type Identity,
} from './support/trust.ts';
import { watch } from './support/watch.ts';

test.use({ actionTimeout: 15_000 });

let server: PageServer;
let folder: string;

test.beforeAll(async () => {
  server = await servePage();
});
test.afterAll(() => server.close());
test.beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'signet-trust-'));
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a real Mosquitto refuses the device that was revoked, takes the other, and the revoked one again with a new certificate', async ({
  page,
}) => {
  const ports = await freePorts(2);
  const { complaints, foreign } = watch(page, server.origin);
  await openTrust(page, server.origin, { ports });
  await makeDevice(page, 'door-1');
  const porch = await identityOf(page, 'porch-1');
  const door = await identityOf(page, 'door-1');

  const judged = (...identities: Identity[]): Promise<(number | 'refused')[]> =>
    brokerJudges(page, ports, identities);

  await test.step('before anything is revoked both get in', async () => {
    expect(await judged(porch, door)).toEqual([0, 0]);
  });

  await test.step('one is revoked', async () => {
    await revoke(page, 'porch-1');
    await expect(row(page, 'porch-1').first().getByText('Revoked')).toBeVisible();
    expect(await judged(porch, door)).toEqual(['refused', 0]);
  });

  await test.step('OpenSSL reads the list that the page saves', async () => {
    const { bytes, name } = await download(
      page,
      page.getByRole('button', { name: 'Download the revocation list' }),
    );
    expect(name).toBe('porch-client.crl');
    const shown = execFileSync('openssl', ['crl', '-noout', '-text'], { input: bytes }).toString();
    expect(shown).toContain('Key Compromise');
  });

  await test.step('a new certificate lets the device in again, the old one stays out', async () => {
    await act(page, 'porch-1', 'Re-issue');
    await dialog(page).getByRole('button', { name: 'Renew', exact: true }).click();
    await expect(page.getByText('porch-1 is renewed.')).toBeVisible();
    expect(await judged(porch, door, await identityOf(page, 'porch-1'))).toEqual(['refused', 0, 0]);
  });
  expect(complaints).toEqual([]);
  expect(foreign).toEqual([]);
});

test('an authority is replaced: both are trusted until the new one signed everything', async ({ page }) => {
  await openTrust(page, server.origin);
  await page.getByRole('button', { name: 'New authority' }).click();
  await expect(dialog(page).getByLabel('Common name (CN)')).toHaveValue('porch server authority 2');
  await dialog(page).getByRole('button', { name: 'Make the authority' }).click();
  await expect(page.getByText('Both authorities are trusted now.')).toBeVisible();
  await row(page, 'Server authority before').locator('summary').click();
  await page.getByRole('button', { name: 'Stop trusting it' }).click();
  await dialog(page).getByRole('button', { name: 'Stop trusting it' }).click();
  await expect(dialog(page).getByText('Certificates that it signed are still in use: device.')).toBeVisible();
  await page.keyboard.press('Escape');
  await act(page, 'Broker, port 8883', 'Renew');
  await dialog(page).getByRole('button', { name: 'Renew', exact: true }).click();
  await expect(page.getByText('Broker, port 8883 is renewed.')).toBeVisible();
  await page.getByRole('button', { name: 'Stop trusting it' }).click();
  await dialog(page).getByRole('button', { name: 'Stop trusting it' }).click();
  await expect(page.getByText('Only the new authority is trusted now.')).toBeVisible();
  await expect(row(page, 'Server authority before')).toHaveCount(0);
});

test('a request made by OpenSSL is signed, and its key never comes here', async ({ page }) => {
  await openTrust(page, server.origin);
  const at = (name: string): string => path.join(folder, name);
  const made = [
    'req',
    '-new',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    at('k'),
    '-out',
    at('r'),
    '-subj',
    '/CN=laptop',
  ];
  expect(spawnSync('openssl', made).status).toBe(0);
  await page.getByRole('button', { name: 'New certificate' }).click();
  const form = dialog(page);
  await form.getByLabel('For', { exact: true }).selectOption('custom');
  await form.getByLabel('Name', { exact: true }).fill('laptop');
  await form.getByText('Names, key, dates, request').click();
  await form.getByLabel('Sign a request (CSR) instead of making a key').fill('nonsense');
  await form.getByRole('button', { name: 'Read the request' }).click();
  await expect(form.getByText('This is not a readable certificate request')).toBeVisible();
  await form.getByLabel('Sign a request (CSR) instead of making a key').fill(readFileSync(at('r'), 'utf8'));
  await form.getByRole('button', { name: 'Read the request' }).click();
  await expect(form.getByText('CN=laptop')).toBeVisible();
  await form.getByRole('button', { name: 'Make the certificate' }).click();
  await expect(page.getByText('The certificate is made.')).toBeVisible();
  await row(page, 'laptop').locator('summary').click();
  await expect(row(page, 'laptop').getByText('RSA-2048, kept elsewhere')).toBeVisible();
});

test("a tutorial's set is made in the page and satisfies OpenSSL; RSA keys come from a sandboxed frame too", async ({
  page,
}) => {
  const { complaints } = watch(page, server.origin);
  await openTrust(page, server.origin);
  await page.getByLabel('Clients').fill('dev01, dev02');
  const frame = page.waitForEvent('frameattached');
  const { bytes } = await download(
    page,
    page.getByRole('button', { name: 'Make keys and certificates here' }),
  );
  await frame;
  writeFileSync(path.join(folder, 'set.zip'), bytes);
  execFileSync('unzip', ['-q', 'set.zip'], { cwd: folder });
  for (const name of ['mqttServer_crt', 'SecuredDev01_crt', 'SecuredDev02_crt']) {
    const { stdout } = spawnSync('openssl', ['verify', '-CAfile', 'rootCA_certificate.pem', `${name}.pem`], {
      cwd: folder,
    });
    expect(stdout.toString()).toContain(': OK');
  }
  expect(complaints).toEqual([]);
  await expect(page.locator('iframe')).toHaveCount(0);
});

test("every form of Trust is free of axe's violations and fits a small screen, in light and dark", async ({
  page,
}) => {
  await installAxe(page.context());
  await openTrust(page, server.origin);
  const openers: (() => Promise<void>)[] = [
    () => page.getByRole('button', { name: 'New certificate' }).click(),
    () => page.getByRole('button', { name: 'New authority' }).click(),
    () => page.getByRole('button', { name: 'New request' }).click(),
    () => act(page, 'porch-1', 'Revoke'),
    () => act(page, 'porch-1', 'Renew'),
    async () => {
      await row(page, 'Broker, port 8883').locator('summary').click();
      await page.getByRole('button', { name: 'Change names' }).click();
    },
  ];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const open of openers.slice(0, 5)) {
      await open();
      for (const more of await dialog(page).locator('summary').all()) await more.click();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
    }
  }
  await page.setViewportSize({ width: 390, height: 844 });
  for (const open of openers) {
    await open();
    for (const more of await dialog(page).locator('summary').all()) await more.click();
    expect(await overflowPx(page)).toBe(0);
    await page.keyboard.press('Escape');
  }
});
