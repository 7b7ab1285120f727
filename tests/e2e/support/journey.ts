/** Steps that every walk through the page shares, as a person takes them. */
import { readFileSync } from 'node:fs';
import { expect, type Locator, type Page } from '@playwright/test';

export interface FormValues {
  readonly name?: string;
  readonly hosts?: string;
  readonly ssid?: string;
  readonly psk?: string;
  readonly device?: string;
  readonly passphrase?: string;
}

/** Fills the open form; what is not given gets a value that is right. */
export async function fillForm(page: Page, values: FormValues = {}): Promise<void> {
  await page.getByLabel('Project name').fill(values.name ?? 'Porch');
  await page.getByLabel('Broker host names').fill(values.hosts ?? 'pi.local');
  await page.getByLabel('Wi-Fi name').fill(values.ssid ?? 'Attic');
  await page.getByLabel('Wi-Fi password', { exact: true }).fill(values.psk ?? 'correct horse');
  await page.getByLabel('Device name').fill(values.device ?? 'porch-1');
  if (values.passphrase !== undefined)
    await page.getByLabel('Passphrase (optional)', { exact: true }).fill(values.passphrase);
}

export const createButton = (page: Page): Locator =>
  page.getByRole('button', { name: 'Create', exact: true });

/** From Welcome to the checklist of a fresh project. */
export async function createProject(page: Page, values: FormValues = {}): Promise<void> {
  await page.getByRole('button', { name: 'New project' }).click();
  await fillForm(page, values);
  await createButton(page).click();
  await expect(page.getByRole('heading', { level: 1, name: values.name ?? 'Porch' })).toBeVisible({
    timeout: 30_000,
  });
}

/** Opens a step of Start's checklist; an open one stays open. */
export async function openStep(page: Page, name: string): Promise<void> {
  const step = page.getByRole('button', { name: new RegExp(`${name}.*(done|now|next|not needed)$`) });
  if ((await step.getAttribute('aria-expanded')) !== 'true') await step.click();
}

export const writeButton = (page: Page): Locator => page.getByRole('button', { name: 'Write', exact: true });

/** A stage of the device's way up, by the beginning of its text. */
export const stage = (page: Page, name: RegExp): Locator =>
  page.getByRole('list', { name: 'Bring-up' }).getByRole('listitem').filter({ hasText: name });

/** Presses what downloads, and gives the file's name and bytes. */
export async function download(page: Page, button: Locator): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** How far the page is wider than its window, in CSS pixels. */
export const overflowPx = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
