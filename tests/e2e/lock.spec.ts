/** A project gets a passphrase afterwards, a recovery code and a passkey, and opens by each of them. */
import { expect, test, type Page } from '@playwright/test';
import { installAxe, violations } from './support/axe.ts';
import { createProject, overflowPx } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { storedText } from './support/stored.ts';

test.use({ actionTimeout: 15_000 });

const passphrase = 'velvet harbour sixteen pickle';
let server: PageServer;
/** Passkeys belong to a name, never to an address. */
let origin: string;

test.beforeAll(async () => {
  server = await servePage();
  origin = server.origin.replace('127.0.0.1', 'localhost');
});

test.afterAll(() => server.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const unlocked = (page: Page) => page.getByRole('button', { name: /^Unlocked for signing/ });

async function withAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

async function setPassphrase(page: Page): Promise<void> {
  await page.goto(`${origin}/#/start/keep`);
  await button(page, 'Set a passphrase').click();
  await page.getByLabel('New passphrase', { exact: true }).fill('porch porch porch');
  await expect(page.getByText('Too weak')).toBeVisible();
  await page.getByLabel('New passphrase', { exact: true }).fill(passphrase);
  await expect(page.getByText('Strong', { exact: true })).toBeVisible();
  await page.getByLabel('The same once more', { exact: true }).fill(passphrase);
  await button(page, 'Lock with it').click();
  await expect(unlocked(page)).toBeVisible();
}

async function reopened(page: Page): Promise<void> {
  await page.reload();
  await page.getByRole('button', { name: 'Locked' }).click();
}

test('a passphrase put on afterwards locks what was readable, in every tab', async ({ page, context }) => {
  await page.goto(origin);
  await createProject(page, { psk: 'wlan-canary-7431' });
  const other = await context.newPage();
  await other.goto(origin);
  await expect(other.getByRole('button', { name: 'Not locked' })).toBeVisible();
  await setPassphrase(page);
  await expect(other.getByRole('button', { name: 'Locked', exact: true })).toBeVisible();
  expect(await storedText(page)).not.toContain('canary');
  await reopened(page);
  await page.getByLabel('Passphrase', { exact: true }).fill('not this one at all');
  await button(page, 'Unlock').click();
  await expect(page.getByText("This is not the project's passphrase.")).toBeVisible();
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await button(page, 'Unlock').click();
  await expect(unlocked(page)).toBeVisible();
});

test('a recovery code and a passkey open the project as the passphrase does', async ({ page }) => {
  await withAuthenticator(page);
  await page.goto(origin);
  await createProject(page);
  await setPassphrase(page);
  await page.getByLabel('Passphrase, to make another way', { exact: true }).fill(passphrase);
  await button(page, 'Make a recovery code').click();
  await expect(page.getByText('it is shown only once', { exact: false })).toBeVisible();
  const code = (await page.getByText(/^([0-9A-Z]{4}-){7}[0-9A-Z]{4}$/).innerText()).trim();
  await button(page, 'I have it on paper').click();
  await page.getByLabel('Passphrase, to make another way', { exact: true }).fill(passphrase);
  await button(page, 'Add a passkey').click();
  await expect(button(page, 'Remove Passkey')).toBeVisible();
  expect(await storedText(page)).not.toContain(code);

  await reopened(page);
  await button(page, 'Use the recovery code').click();
  await page.getByLabel('Recovery code', { exact: true }).fill('wrong');
  await button(page, 'Unlock').click();
  await expect(page.getByText('This cannot be a recovery code', { exact: false })).toBeVisible();
  await page.getByLabel('Recovery code', { exact: true }).fill(code.toLowerCase().replaceAll('-', ' '));
  await button(page, 'Unlock').click();
  await expect(unlocked(page)).toBeVisible();

  await reopened(page);
  await button(page, 'Use a passkey').click();
  await expect(unlocked(page)).toBeVisible();
});

for (const scheme of ['light', 'dark'] as const) {
  test(`the lock has no accessibility faults and fits a phone, ${scheme}`, async ({ page }) => {
    await installAxe(page.context());
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(origin);
    await createProject(page);
    await setPassphrase(page);
    await page.getByLabel('Passphrase, to make another way', { exact: true }).fill(passphrase);
    await button(page, 'Make a recovery code').click();
    await expect(button(page, 'I have it on paper')).toBeVisible();
    await button(page, 'Change the passphrase').click();
    expect(await violations(page)).toEqual([]);
    const { SCREENSHOTS } = process.env;
    if (SCREENSHOTS)
      await page.screenshot({ path: `${SCREENSHOTS}/lock-${scheme}-wide.png`, fullPage: true });
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await overflowPx(page)).toBe(0);
    if (SCREENSHOTS)
      await page.screenshot({ path: `${SCREENSHOTS}/lock-${scheme}-phone.png`, fullPage: true });
  });
}
