/** The doctor where there is no network to look at. */
import { expect, test } from '@playwright/test';
import { looksRight } from './support/doctor/looks-right.ts';
import { servePage } from './support/page-server.ts';

test('in the demo the doctor logs in at the in-page broker and has nothing else to look at', async ({
  page,
}) => {
  const server = await servePage();
  try {
    await page.goto(`${server.origin}/demo.html`);
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('button', { name: 'Use a virtual board' }).waitFor();
    await page.getByRole('link', { name: 'Broker', exact: true }).click();
    await page.getByRole('button', { name: 'Check my broker' }).click();
    await expect(page.getByRole('heading', { name: /All is well/ })).toBeVisible();
    await expect(page.getByRole('list', { name: 'What was checked' })).toContainText('inside this page');
    await looksRight(page);
  } finally {
    await server.close();
  }
});
