/** New certificates and settings over the broker, in the demo: the virtual board makes its own key, tries and keeps. */
import { expect, test, type Page } from '@playwright/test';
import { installAxe, violations } from './support/axe.ts';
import { createButton, overflowPx, writeButton } from './support/journey.ts';
import { servePage, type PageServer } from './support/page-server.ts';
import { storedText } from './support/stored.ts';
import { watch } from './support/watch.ts';

test.use({ actionTimeout: 15_000 });

let server: PageServer;

test.beforeAll(async () => {
  server = await servePage();
});

test.afterAll(() => server.close());

async function readyBoard(page: Page): Promise<void> {
  await page.goto(`${server.origin}/demo.html`);
  await page.getByRole('button', { name: 'New project' }).click();
  await createButton(page).click();
  await page.getByRole('button', { name: 'Use a virtual board' }).click();
  await writeButton(page).click({ timeout: 30_000 });
  await expect(page.getByText('Done: the device is ready')).toBeVisible({ timeout: 60_000 });
}

const openPart = async (page: Page, part: string): Promise<void> => {
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await page.getByRole('link', { name: /porch-1/ }).click();
  await page.getByRole('navigation', { name: 'Parts of porch-1' }).getByRole('link', { name: part }).click();
};

test('a device gets a new key and certificate, then new Wi-Fi settings over MQTT, and is lost', async ({
  page,
}) => {
  const seen = watch(page, server.origin);
  await installAxe(page.context());
  await readyBoard(page);
  const rotation = page.getByRole('region', { name: 'New certificate over MQTT' });

  await test.step('it is renewed, and its steps can be read', async () => {
    await openPart(page, 'Certificate');
    await expect(page.getByText('made here, sealed in this project; a copy went to the board')).toBeVisible();
    await page.getByLabel(/is revoked as soon as the new one is kept/).check();
    await page.getByRole('button', { name: 'Renew over MQTT' }).click();
    await expect(rotation.getByText('Kept, old one revoked')).toBeVisible({ timeout: 60_000 });
    await expect(rotation.getByRole('listitem')).toHaveText([
      /Begun/,
      /made a new key and sent its request/,
      /certificate was made/,
      /has everything/,
      /told to try it/,
      /it was kept/,
      /old certificate was revoked/,
    ]);
    await expect(page.getByText('made on the chip, and only there')).toBeVisible();
    await expect(page.getByText('In use')).toBeVisible();
  });

  await test.step('changed Wi-Fi settings are sent, sealed', async () => {
    await page.getByRole('link', { name: 'Start', exact: true }).click();
    await page.getByRole('button', { name: /Project.*done$/ }).click();
    await page.getByRole('button', { name: 'Edit Wi-Fi' }).click();
    const dialog = page.getByRole('dialog', { name: 'Edit Wi-Fi' });
    await dialog.getByLabel('Wi-Fi name').fill('Neubau');
    await dialog.getByLabel('New Wi-Fi password', { exact: true }).fill('canary-new-wifi');
    await dialog.getByRole('button', { name: 'Save Wi-Fi' }).click();
    const note = page.getByText('Saved is not what is on the device: Wi-Fi.');
    await expect(note).toBeVisible();
    await page.getByRole('button', { name: 'Send over MQTT' }).click();
    await expect(note).toBeHidden({ timeout: 60_000 });
    expect(await storedText(page)).not.toContain('canary');
  });

  await test.step('the list of all shows it, and nothing is left to be chosen twice', async () => {
    await page.getByRole('link', { name: 'Devices', exact: true }).click();
    await page.getByRole('link', { name: 'Renew …' }).click();
    await page.getByRole('button', { name: 'Choose all 1' }).click();
    await page.getByRole('button', { name: 'Renew 1 device over MQTT' }).click();
    await expect(page.getByText('1 on the way, 0 kept, 0 not changed')).toBeVisible();
    await expect(page.getByText('0 on the way, 1 kept, 0 not changed')).toBeVisible({ timeout: 60_000 });
    expect(await overflowPx(page)).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  await test.step('a replaced authority has a guide: the device is given both over MQTT, and then the broker is next', async () => {
    await page.getByRole('link', { name: 'Trust', exact: true }).click();
    await page.getByRole('button', { name: 'New authority' }).click();
    await page.getByRole('button', { name: 'Make the authority' }).click();
    const guide = page.getByRole('region', { name: 'The authority that devices trust' });
    await expect(guide.getByText('Next: 1 left')).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await guide.getByRole('button', { name: 'Send to 1 over MQTT' }).click();
    await expect(guide.getByRole('listitem').first().getByText('Done')).toBeVisible({ timeout: 60_000 });
    await expect(guide.getByRole('listitem').nth(1).getByText('Next')).toBeVisible();
  });

  await test.step('lost, it is revoked with every certificate it had, and the next steps are there', async () => {
    await openPart(page, 'Certificate');
    await page.getByRole('button', { name: 'This device is lost …' }).click();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Revoke porch-1' }).click();
    const lost = page.getByRole('region', { name: 'porch-1 is revoked' });
    await expect(lost.getByRole('button', { name: 'Get broker files' })).toBeVisible();
    await expect(page.getByRole('button', { name: /Renew over MQTT/ })).toHaveCount(0);
    await lost.getByRole('button', { name: 'Ask the broker' }).click();
    await expect(lost.getByText('The broker has its old files: it lets the device in')).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });

  expect(seen.foreign, 'the page talks to nobody').toEqual([]);
  expect(seen.complaints, 'no error, no broken policy').toEqual([]);
});
