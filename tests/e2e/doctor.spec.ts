/**
 * The doctor against the published list: every fault is really made (Mosquitto, Chromium's own network, certificate store
 * and permissions, the page's host) and the page has to name it. The page knows nothing of the list.
 */
import { fileURLToPath } from 'node:url';
import { expect, test, type Page } from '@playwright/test';
import { doctorCases, isRight, saidIn, type DoctorCase } from './support/doctor/doctor-cases.ts';
import { DoctorWorld } from './support/doctor/doctor-world.ts';
import { overflowPx } from './support/journey.ts';
import { servePage } from './support/page-server.ts';
import { violationsNow } from './support/axe.ts';

test.describe.configure({ mode: 'serial' });

let world: DoctorWorld;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  world = await DoctorWorld.open(fileURLToPath(new URL('../../dist/', import.meta.url)));
});

test.afterAll(() => world.close());

const title = ({ kind, name }: DoctorCase): string =>
  `${name}: ${kind === 'knowable' ? 'named first' : 'among the first three'}`;

/** As it stands on a desk and in a hand: readable for everybody, and no wider than its window. */
async function looksRight(page: Page): Promise<void> {
  expect(await violationsNow(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await overflowPx(page)).toBe(0);
}

async function tried(each: DoctorCase): Promise<void> {
  const findings = await world.check(each.fault, looksRight);
  expect(
    isRight(each, findings),
    `${each.cause} of ${saidIn(findings).join(', ')}\n${findings.evidence}`,
  ).toBe(true);
  expect(findings.likely.length).toBeLessThanOrEqual(3);
}

for (const each of doctorCases.filter(({ isUntrusted }) => isUntrusted)) test(title(each), () => tried(each));

test('with nothing wrong it says so, and names no cause', async () => {
  await world.trustAll();
  const findings = await world.check({});
  expect(findings.headline).toContain('All is well');
  expect(saidIn(findings)).toEqual([]);
});

for (const each of doctorCases.filter(({ isUntrusted }) => !isUntrusted))
  test(title(each), () => tried(each));

test('in the demo the doctor logs in at the in-page broker and has nothing else to look at', async ({
  page,
}) => {
  const server = await servePage();
  try {
    await page.goto(`${server.origin}/demo.html`);
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('link', { name: 'Broker', exact: true }).click();
    await page.getByRole('button', { name: 'Check my broker' }).click();
    await expect(page.getByRole('heading', { name: /All is well/ })).toBeVisible();
    await expect(page.getByRole('list', { name: 'What was checked' })).toContainText('inside this page');
    await looksRight(page);
  } finally {
    await server.close();
  }
});
